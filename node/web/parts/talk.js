// talk.js: a line as the desk and the phone read and show it. me: {name, node: {path}}.
import { html, useEffect } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { moment, running } from '../lib/time.js';
import { ask, get } from '../lib/api.js';

export const PAGE = 100;

// The line with what was said last, PAGE of it; throws when it cannot be read.
export async function readLine(id) {
  const { seq } = await get(`/api/v1/lines/${id}`, { limit: 1 });
  return get(`/api/v1/lines/${id}`, { after: Math.max(0, Number(seq) - PAGE), limit: PAGE });
}

// Once the last message of `list` (a ref) is on the screen those who wrote it are told: what is below the fold nobody has read.
export function useSeen(list, line) {
  useEffect(() => {
    const last = line && list.current && list.current.lastElementChild;
    if (!last) return undefined;
    let near = false, told = false; // told: scrolled away and back it is not told again
    const tell = () => {
      if (told || !near || document.hidden || !(line.unseen > 0)) return;
      told = true;
      ask('POST', `/api/v1/lines/${line.id}/seen`, { body: { seq: Number(line.seq) }, quiet: true }).catch(() => { told = false; });
    };
    const eye = new IntersectionObserver((all) => { near = all[all.length - 1].isIntersecting; tell(); });
    eye.observe(last);
    document.addEventListener('visibilitychange', tell);
    return () => { eye.disconnect(); document.removeEventListener('visibilitychange', tell); };
  }, [line]);
}

const shortOf = (by) => by.replace(/^[^:]*:/, '');
const here = (me) => (me.node || {}).path;

export const lineName = (l, me) => l.title || l.members.filter((m) => !(m.name === me.name && m.node === here(me))).map((m) => m.name || m.desk || m.grid || m.node).join('、') || l.id.slice(0, 8);

// How far a message has come: the least that is true of all members but himself, whose node has seen what he wrote there.
export function far(m) {
  const k = (m.ticks || []).filter(({ member: x }) => x.node !== m.node || (x.name && x.name !== shortOf(m.by)));
  return k.length && k.every((x) => x.seen) ? 'line_seen' : k.length && k.every((x) => x.delivered) ? 'line_delivered' : 'line_kept';
}

// Of a call that both sides wrote down (one was cut off) the first counts.
export const once = (messages) => messages.filter((m, i) => !m.call || !m.call.id || messages.findIndex((x) => x.call && x.call.id === m.call.id) === i);

// place: what a node is called.
export function Said({ m, me, place = (path) => path }) {
  const own = m.node === here(me) && shortOf(m.by) === me.name;
  if (m.call) return html`<li class="call">${t(m.call.answered ? 'call_was' : 'call_missed', { t: moment(m.call.began_at), d: running(Date.parse(m.call.ended_at) - Date.parse(m.call.began_at)) })}</li>`;
  return html`<li class=${own ? 'own' : ''}>${m.unreadable ? html`<p class="unreadable">${t(`line_${m.unreadable}`)}</p>` : html`<p>${m.text}${m.location && html`<span>${t('position_short', { lat: m.location.lat.toFixed(5), lon: m.location.lon.toFixed(5) })}</span>`}</p>`}
    <small>${own ? '' : `${shortOf(m.by)} · ${place(m.node)} · `}${moment(m.at)}${own ? ` · ${t(far(m))}` : ''}</small></li>`;
}
