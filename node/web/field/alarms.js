// alarms.js: what is wrong with the node that a worker has to know: what it means for what he does, and what to do about it; what an
// operator does about it stands behind it. An alarm that has no words of its own here shows when it is grave, by the node's sentence.
// So do two things that the phone sees itself: that its node does not answer, and that its own clock is not the node's.
import { html, useState, useEffect } from '../lib/ui.js';
import { t, language } from '../lib/i18n.js';
import { duration, moment, setZone } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { ask, denied } from '../lib/api.js';
import { listen, pulse } from '../lib/stream.js';
import { Icon } from '../parts/marks.js';
import { keep, kept } from './outbox.js';

const OWN = ['out_of_service', 'refused_above', 'forked', 'old_copy', 'no_room', 'damaged', 'recovering', 'parent_cut', 'clock', 'files', 'lines_closed'], APART_MS = 60e3, EVERY_MS = 20e3, SOON_MS = 300;

// at: when the node last said it; silent: since when it does not answer (0: it does); parent: the name of the node above
const told = make({ items: [], at: 0, silent: 0, parent: '' });

let zone; // of all times that the phone shows, as the desk does
async function read(patience_ms = 8000) {
  try {
    const node = await ask('GET', '/api/v1/node', { quiet: true, patience_ms });
    if (node.zone && node.zone !== zone) keep('zone', node.zone);
    zone = node.zone || zone;
    setZone(zone);
    told.set({ items: node.alarms || [], at: Date.now(), silent: 0, parent: node.parent ? node.parent.title || node.parent.path : '' });
  } catch (e) {
    told.set((s) => (denied(e) ? { ...s, items: [], silent: 0 } : { ...s, silent: e.status === 0 ? s.silent || s.at || Date.now() : 0 }));
  }
}

// Those that concern somebody in the street: grave ones first, each code once.
export function concerning(items) {
  const of = (a) => OWN.includes(a.code) || a.grave, seen = new Set();
  const below = ['refused_below', 'forked_below'];
  return [...items].filter((a) => of(a) && !below.includes(a.code)).sort((a, b) => Number(b.grave) - Number(a.grave)).filter((a) => !seen.has(a.code) && seen.add(a.code));
}

const ofNode = (a) => (language() === 'zh' ? a.message_zh : a.message);
const meaning = (a, parent) => (OWN.includes(a.code) ? t(`alarm_${a.code}`, { parent: parent || a.path }) : ofNode(a));

export function Alarms({ online }) {
  const s = useStore(told), mute = useStore(pulse, (p) => p.state === 'silent'), apart = useStore(pulse, (p) => (p.state === 'live' && Math.abs(p.apart_ms) > APART_MS ? Math.round(p.apart_ms / 60e3) : 0)), [open, show] = useState('');
  useEffect(() => {
    let soon = 0;
    const again = () => { if (!soon) soon = setTimeout(() => { soon = 0; read(); }, SOON_MS); };
    kept('zone').then((had) => had && !told.get().at && setZone(had.value)); // of the node, also without a signal
    read();
    const id = setInterval(() => { if (!document.hidden) read(); }, EVERY_MS), deaf = listen((e) => { if (e.type === 'node' || e.type === 'up') again(); });
    addEventListener('online', again);
    return () => { clearInterval(id); clearTimeout(soon); deaf(); removeEventListener('online', again); };
  }, []);
  useEffect(() => { if (mute) read(4000); }, [mute]); // the stream knows it within seconds: whether it is so is asked at once
  const lines = concerning(s.items), old = s.silent > 0;
  return html`${online && old && html`<p class="banner no-answer alarm" role="status"><${Icon} name="retry" /><span>${t('alarm_silent', { t: moment(s.silent) })}</span></p>`}
    ${apart !== 0 && html`<p class="banner no-answer alarm" role="status"><${Icon} name="bell" /><span>${t('alarm_own_clock', { d: duration(Math.abs(apart) * 60e3) })}</span></p>`}
    ${lines.map((a) => html`<div key=${a.code} class=${`banner alarm ${a.grave ? 'cut' : 'no-answer'}`} role=${a.grave ? 'alert' : 'status'}><${Icon} name=${a.code === 'parent_cut' ? 'broken' : 'bell'} /><div><p>${meaning(a, s.parent)}${a.since && html` <span class="since">${t('since_t', { t: moment(a.since) })}</span>`}${old && html` <span class="since">${t('as_of', { t: moment(s.at) })}</span>`}</p>
      ${OWN.includes(a.code) && html`<button type="button" class="link" aria-expanded=${String(open === a.code)} onClick=${() => show(open === a.code ? '' : a.code)}>${t('alarm_for_operator')}</button>`}
      ${open === a.code && html`<p class="small">${ofNode(a)} ${a.detail || ''} ${a.remedy && html`<code>${a.remedy}</code>`}</p>`}</div></div>`)}`;
}
