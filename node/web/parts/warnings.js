// warnings.js: what is unusually high here and below, as wall and desk draw it: what, where, since when, how strong, what was usual.
// Never of persons. A list that could not be read again says as of when it is; what has not come from below is named.
import { html } from '../lib/ui.js';
import { t, number, word } from '../lib/i18n.js';
import { moment, ofDay } from '../lib/time.js';
import { stale, titles } from '../lib/tree.js';
import { Icon, Tag } from './marks.js';

export const RUNNING = 'raised,watch';
const MANY = 1e6, SHOWN = 3;

// One in how many: score is -log10 of the chance, written to two digits.
function rare(score) {
  const n = 10 ** score;
  if (n >= MANY) return t('sign_rarer', { n: number(MANY) });
  const step = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return t('sign_rare', { n: number(Math.round(n / step) * step) });
}

export const seenOf = (w) => (w.behind.from === w.behind.to ? t('sign_day', { n: number(w.seen), day: ofDay(w.day) }) : t('sign_days', { n: number(w.seen), from: ofDay(w.behind.from), to: ofDay(w.behind.to) }));
export const usualOf = (w) => t('usual_limit', { a: w.expected.toFixed(1), b: number(w.limit) });
export const sinceOf = (w) => (w.first_day === w.last_day ? t('sign_on', { a: ofDay(w.first_day) }) : t('sign_since', { a: ofDay(w.first_day), b: ofDay(w.last_day) }));
// Beside what is hardly ever seen there is no telling how many times.
const timesOf = (w) => w.expected >= 0.1 && t('sign_times', { x: (w.seen / w.expected).toFixed(w.seen < 10 * w.expected ? 1 : 0) });
export const strongOf = (w) => [timesOf(w), rare(w.score)].filter(Boolean).join(' · ');

// The bar of what was seen, a tick at what is usual, a dashed one at the limit; the figures stand beside it in words.
export function Beside({ w }) {
  const most = Math.max(w.seen, w.limit, w.expected, 1), x = (v) => Math.min(99, (100 * v) / most);
  return html`<svg class="count-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-ground" y="3" width="100" height="4" /><rect class=${w.state === 'raised' ? 'bar late' : 'bar'} y="3" width=${(100 * w.seen) / most} height="4" />
    <rect class="bar-tick" x=${x(w.expected)} width="1" height="10" /><path class="limit-tick" vector-effect="non-scaling-stroke" d=${`M${x(w.limit)} 0V10`} /></svg>`;
}

export const StateTag = ({ state }) => html`<${Tag} kind=${state === 'raised' ? 'warning' : ''}>${word('warning', state)}<//>`;

// What the list lacks: that of places which are cut off. tree: of GET /api/v1/tree, or null where it could not be read.
export function Lacks({ tree }) {
  const places = tree ? stale(tree) : [];
  if (!places.length) return null;
  const at = places.map((p) => p.as_of).filter(Boolean).sort()[0], name = places[0].title || places[0].path, place = places.length > 1 ? t('signs_places', { place: name, n: places.length }) : name;
  return html`<p class="sign-note warn"><${Icon} name="broken" /> ${at ? t('signs_old', { place, t: moment(at) }) : t('signs_unheard', { place })}</p>`;
}

// That it could not be read, why, and since when what stands here is old. at: when it was read, 0: never.
export const Unread = ({ what, error, at }) => html`<p class="sign-note warn" role="status"><${Icon} name="retry" /> ${at ? t('signs_stale', { what, t: moment(at), why: error.message }) : t('signs_unread', { what, why: error.message })}</p>`;

// The wall's panel. most: how many it shows; signs: {items (null: not read), more, at, error}; w: the wall's own answer, for names and for what is cut off.
export function Warnings({ w, signs, most = SHOWN }) {
  const all = signs.items || [], sorted = [...all.filter((x) => x.state === 'raised'), ...all.filter((x) => x.state !== 'raised')], rest = sorted.length - most;
  return html`<section class="panel warnings" aria-label=${t('warnings')}><div class="panel-head"><h2>${t('warnings')}${signs.items && html` <b>${number(all.length)}${signs.more ? '+' : ''}</b>`}</h2><p>${t('signs_note')}</p></div>
    ${signs.error && html`<${Unread} what=${t('warnings')} error=${signs.error} at=${signs.items ? signs.at : 0} />`}
    ${!signs.items && !signs.error && html`<p class="none">${t('loading')}</p>`}
    ${signs.items && (all.length ? html`<ul>${sorted.slice(0, most).map((x) => html`<li key=${x.id}><${StateTag} state=${x.state} /><b>${titles(w.places, x.area, 3)}</b><span class="sub end">${t('sign_on', { a: ofDay(x.first_day) })}</span><span class="what"><span>${x.category}<small class="sub"> ${timesOf(x)}</small></span><span class="end">${seenOf(x)}</span></span><${Beside} w=${x} /><span class="sub end">${usualOf(x)}</span></li>`)}
      ${rest > 0 && html`<li class="sub rest">${signs.more ? t('signs_more_still', { n: number(rest) }) : t('signs_more', { n: number(rest) })}</li>`}</ul>`
    : html`<p class="none">${t('signs_none')}<br /><small>${t('signs_none_why')}</small></p>`)}
    <${Lacks} tree=${w.tree} /></section>`;
}
