// calling.js: what is shown of a call: a panel over the page, from the first ring until its end was read. Nothing sounds by itself but the
// other's voice, and nothing is recorded.
import { html, useEffect, useRef } from '../lib/ui.js';
import { t, language } from '../lib/i18n.js';
import { useStore } from '../lib/store.js';
import { call, accept, refuse, hangUp, dismiss, mute, firstPicture, place } from './call.js';
import { Icon } from './marks.js';
import { clock, running } from '../lib/time.js';

function Picture({ stream, own, label }) {
  const box = useRef(null);
  useEffect(() => { if (box.current && box.current.srcObject !== stream) box.current.srcObject = stream; }, [stream]);
  return html`<video ref=${box} class=${own ? 'own' : 'other'} autoplay playsinline muted=${own} aria-label=${label} onLoadedData=${() => { if (!own && box.current.videoWidth) firstPicture(); }} onResize=${() => { if (!own && box.current.videoWidth) firstPicture(); }} />`;
}

const told = (c) => (Array.isArray(c.told) ? c.told.map((u) => `${(language() === 'zh' && u.message_zh) || u.message}${u.since ? ` · ${t('call_since', { t: clock(u.since) })}` : ''}`).join(' ') : c.told || '');

// now: ms. place: what a node is called.
export function Calling({ now, place: name = (path) => path }) {
  const c = useStore(call), panel = useRef(null), phase = c && c.phase;
  useEffect(() => { if (panel.current && ['incoming', 'over'].includes(phase)) { const first = panel.current.querySelector('button'); if (first) first.focus(); } }, [phase]);
  if (!c) return null;
  const who = `${c.who || ''}${c.node ? ` · ${name(c.node)}` : ''}`, gone = c.answered ? running((c.ended || now) - c.answered) : '';
  return html`<section class=${`calling ${phase}`} ref=${panel} role=${phase === 'incoming' ? 'alertdialog' : 'dialog'} aria-label=${t('call_with', { who })} data-first=${c.first_ms || ''}>
    <div class="who"><b>${who}</b><span role="status">${phase === 'over' ? t(c.why) : phase === 'talking' ? gone : t(`call_${phase}`)}</span></div>
    ${c.note && html`<p class="warned" role="status">${t(c.note)}</p>`}${phase === 'over' && told(c) && html`<p class="warned">${told(c)}</p>`}
    ${(c.other || c.own) && phase !== 'over' && html`<div class="pictures">${c.other && html`<${Picture} stream=${c.other} label=${t('call_other_picture')} />`}${c.own && c.picture && html`<${Picture} stream=${c.own} own label=${t('call_own_picture')} />`}</div>`}
    ${c.own && !c.picture && phase !== 'over' && html`<p class="as-of">${t('call_sound_only')}</p>`}
    <div class="buttons">${phase === 'incoming' && html`<button type="button" class="button solid" onClick=${accept}><${Icon} name="talk" />${t('call_accept')}</button><button type="button" class="button danger" onClick=${refuse}>${t('call_refuse')}</button>`}
      ${['asking', 'calling', 'ringing', 'connecting', 'talking'].includes(phase) && html`<button type="button" class="button danger" onClick=${hangUp}>${t('call_hang_up')}</button>`}
      ${phase === 'talking' && html`<button type="button" class="button" aria-pressed=${String(Boolean(c.muted))} onClick=${() => mute(!c.muted)}>${t(c.muted ? 'call_unmute' : 'call_mute')}</button>`}
      ${phase === 'over' && html`<button type="button" class="button solid" onClick=${dismiss}>${t('close')}</button>`}</div>
    <p class="as-of">${t('not_recorded')}</p></section>`;
}

// line: an id, or a function that gives a promise of one.
export function CallButton({ line, who, id }) {
  const busy = useStore(call, (c) => Boolean(c && c.phase !== 'over'));
  return html`<button type="button" class="button" id=${id} disabled=${busy} onClick=${() => place(typeof line === 'function' ? line() : line, who)}><${Icon} name="talk" />${t('see_scene')}</button>`;
}
