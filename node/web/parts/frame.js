// frame.js: what stands around a page's matter: banners of a cut or a silent node, error panels, empty states, the status bar.
import { html, useState, useEffect } from '../lib/ui.js';
import { t, number, language } from '../lib/i18n.js';
import { moment, momentSeconds, duration } from '../lib/time.js';
import { pulse } from '../lib/stream.js';
import { useStore } from '../lib/store.js';
import { stale } from '../lib/tree.js';
import { Glyph, Icon, Mark } from './marks.js';

// The time by this machine's clock, drawn again every `ms`.
export function useNow(ms = 1000) {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const id = setInterval(() => set(Date.now()), ms);
    return () => clearInterval(id);
  }, [ms]);
  return now;
}

// Which part of the totals is old, in words: null when nothing is.
export function oldest(tree) {
  const places = stale(tree);
  if (!places.length) return null;
  const at = places.map((p) => p.as_of).filter(Boolean).sort()[0], first = places[0].title || places[0].path;
  return { dated: Boolean(at), place: places.length > 1 ? t('and_others', { place: first, n: places.length }) : first, t: at ? moment(at) : t('unseen'), open: places.reduce((n, p) => n + p.open, 0), overdue: places.reduce((n, p) => n + p.overdue, 0) };
}

// By the node's clock, as its last beat said it: an age on a machine whose clock is slow is an age all the same.
export function useNodeNow(ms) {
  const apart = useStore(pulse, (p) => p.apart_ms || 0);
  return useNow(ms) + apart;
}

export const Banner = ({ kind, icon, head, children }) => html`<div class=${`banner ${kind}`} role=${kind === 'healed' ? 'status' : 'alert'}>
  <${Icon} name=${icon} /><p><b>${head}</b>${children}</p></div>`;

// By which work is being lost or turned away: the first of the grave alarms with its remedy, and how many more there are.
function Grave({ alarms }) {
  const a = alarms[0];
  return html`<${Banner} kind="cut grave" icon="bell" head=${`${a.path ? `${a.path}：` : ''}${language() === 'zh' ? a.message_zh : a.message}`}>${a.since && html`<span>${t('since_t', { t: moment(a.since) })} </span>`}${a.detail && html`<span>${a.detail} </span>`}${
    a.remedy && html`<code>${a.remedy}</code> `}${alarms.length > 1 && html`<span>${t('grave_more', { n: number(alarms.length - 1) })}</span>`}<//>`;
}

// What this page must not hide: that its node does not answer; that it is out of service, refused above, full, or has another grave
// alarm; that it is cut off from its parent (node: GET /api/v1/node); for ten seconds, that a silence or a cut is over. since: when
// what is shown was read.
export function Truth({ node, since }) {
  const p = useStore(pulse), now = useNow(), then = now + (p.apart_ms || 0); // then: by the node's clock
  const [was, remember] = useState({ cut: false, until: 0, text: '' });
  const up = node && node.parent, cut = up && up.state === 'cut';
  const waits = up && up.queue ? (up.queue.urgent ? up.queue.urgent.parcels : 0) + (up.queue.bulk ? up.queue.bulk.parcels : 0) : 0;
  useEffect(() => {
    if (cut) remember((w) => ({ ...w, cut: true }));
    else if (was.cut && up && up.state === 'live') remember({ cut: false, until: Date.now() + 10000, text: waits ? t('healed_rest', { n: number(waits) }) : t('healed') });
  }, [up && up.state, waits > 0]);
  useEffect(() => {
    if (p.state === 'live' && p.was) remember((w) => ({ ...w, until: Date.now() + 10000, text: t('healed_node') }));
  }, [p.state]);
  if (p.state === 'silent') {
    return html`<${Banner} kind="no-answer" icon="retry" head=${t('no_answer', { t: momentSeconds(Math.max(p.since, 0) || since || now) })}>${t('no_answer_next')}<//>`;
  }
  const grave = ((node && node.alarms) || []).filter((a) => a.grave), out = grave.some((a) => a.code === 'out_of_service'), told = [];
  if (grave.length) told.push(html`<${Grave} alarms=${grave} />`);
  if (cut && !out) { // of one that is out of service nothing goes up by itself
    const parent = up.title || up.path, at = up.last_heard;
    told.push(html`<${Banner} kind="cut" icon="broken" head=${t('cut_banner_head', { parent, t: at ? moment(at) : '–', d: at ? duration(then - Date.parse(at)) : '–' })}>${
      t('cut_banner', { parent, t: at ? moment(at) : '–', n: number(waits) })}<//>`);
  } else if (now < was.until) told.push(html`<${Banner} kind="healed" icon="check" head=${was.text} />`);
  return told.length ? html`<div class="truths">${told}</div>` : null;
}

// What was not done, why, what is so now, and two ways on: `ways` are [label, what it does]. error: a Refused (lib/api.js).
export const ErrorPanel = ({ what, error, now, ways = [] }) => html`<div class="error-panel" role="alert">
  <b>${t('not_done', { step: what })}</b><p>${error.message}</p>${now && html`<p>${t('so_now', { now })}</p>`}
  <div class="ways">${ways.map(([label, act], i) => html`<button type="button" class=${i ? 'button' : 'button solid'} onClick=${act}>${label}</button>`)}</div>
  ${error.code && html`<p class="code">${t('code', { code: error.code })}</p>`}</div>`;

export const Empty = ({ children, acts = [] }) => html`<div class="empty"><${Mark} /><p>${children}</p>
  ${acts.map(([label, act]) => html`<button type="button" class="button" onClick=${act}>${label}</button>`)}</div>`;

export function StatusBar({ node, at, fresh = true, children }) {
  const p = useStore(pulse), up = node && node.parent, below = node ? node.children : [];
  const waits = up && up.queue ? (up.queue.urgent ? up.queue.urgent.parcels : 0) + (up.queue.bulk ? up.queue.bulk.parcels : 0) : 0;
  const known = p.state === 'live' && fresh;
  return html`<footer class="status-bar">
    ${node && !node.silent && (up ? html`<span><${Glyph} state=${known ? up.state : 'unknown'} />${t('parent')} ${up.title || up.path} ${known ? t(up.state) : t('unseen')}</span><span>${t('up_queue', { n: number(waits) })}</span>`
      : html`<span>${t('no_parent')}</span>`)}
    ${below.length > 0 && html`<span><${Glyph} state=${!known ? 'unknown' : below.every((c) => c.state === 'live') ? 'live' : below.some((c) => c.state === 'cut') ? 'cut' : 'late'} />${
      t('children_live', { a: known ? below.filter((c) => c.state === 'live').length : '–', b: below.length })}</span>`}
    ${at && html`<span>${t('page_to', { t: momentSeconds(at) })}</span>`}${children}</footer>`;
}
