// sessions.js: the person's own sessions: when each began, when and by what browser it was last used; to end one, or all the others.
import { html, useState, useEffect } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { get, remove } from '../lib/api.js';
import { again } from '../lib/stream.js';
import { ErrorPanel } from './frame.js';

// "Chrome 131 · Windows", from how browsers call themselves; what is not known is shown as it is.
export function deviceOf(agent) {
  if (!agent) return t('session_unknown');
  const browser = [[/MicroMessenger\/([\d]+)/, t('session_wechat')], [/Edg\w*\/([\d]+)/, 'Edge'], [/Firefox\/([\d]+)/, 'Firefox'], [/(?:Headless)?Chrome\/([\d]+)/, 'Chrome'], [/Version\/([\d]+).*Safari/, 'Safari']].map(([r, name]) => { const m = agent.match(r); return m && `${name} ${m[1]}`; }).find(Boolean);
  const system = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']].filter(([r]) => r.test(agent)).map(([, name]) => name)[0];
  return [browser, system].filter(Boolean).join(' · ') || agent.slice(0, 40);
}

export function Sessions() {
  const [s, set] = useState(null), [error, fail] = useState(null), [sure, ask] = useState(false), [done, tell] = useState('');
  const read = () => get('/api/v1/sessions').then((x) => { set(x); fail(null); }, fail);
  useEffect(() => { read(); }, []);
  const end = (x) => remove(`/api/v1/sessions/${x.id}`).then(() => { tell(t('session_ended', { device: deviceOf(x.device) })); return read(); }, fail);
  const others = () => remove('/api/v1/sessions').then(() => { ask(false); tell(t('sessions_ended')); again(); return read(); }, fail);
  if (!s) return error ? html`<${ErrorPanel} what=${t('sessions')} error=${error} ways=${[[t('again'), read]]} />` : html`<p class="reading">${t('loading')}</p>`;
  return html`<div class="sessions">${error && html`<${ErrorPanel} what=${t('session_end')} error=${error} ways=${[[t('again'), read]]} />`}${done && html`<p role="status">${done}</p>`}
    <ul>${s.items.map((x) => html`<li key=${x.id}><div><b>${deviceOf(x.device)}</b>${x.this && html` <span class="tag offered">${t('session_this')}</span>`}<br /><small>${t('session_times', { a: moment(x.begun_at), b: moment(x.used_at), c: moment(x.until) })}</small></div>
      ${!x.this && html`<button type="button" class="button" aria-label=${`${t('session_end')} ${deviceOf(x.device)}`} onClick=${() => end(x)}>${t('session_end')}</button>`}</li>`)}</ul>
    <p class="under">${t('sessions_since', { t: moment(s.since) })}</p>
    <p class="ways">${sure ? html`<button type="button" class="button danger" onClick=${others}>${t('sessions_sure')}</button><button type="button" class="button" onClick=${() => ask(false)}>${t('cancel')}</button>` : html`<button type="button" class="button" onClick=${() => ask(true)}>${t('sessions_others')}</button>`}</p></div>`;
}
