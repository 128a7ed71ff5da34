// marks.js: the small signs: squares, node glyphs, ticks, clocks, tags, icons. Shape says what the hue says too; each has its words.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { duration } from '../lib/time.js';

// Fixed classes of load, never scaled to the day's maximum: 0 · 1–2 · 3–5 · 6–9 · 10+.
export const load = (open) => (open >= 10 ? 4 : open >= 6 ? 3 : open >= 3 ? 2 : open >= 1 ? 1 : 0);

// The pattern that a stale square or field is hatched with; once a page: <svg><${Hatch} /></svg>.
export const Hatch = () => html`<defs>
  <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-line" d="M0 0V5" /></pattern>
</defs>`;

// One square, w × h at x, y, in an SVG. p: {open, overdue, emergency, state, stale}. Its words stand behind it (the board's table).
export function Square({ p, x, y, w, h, name, size, chosen }) {
  const c = load(p.open), k = Math.min(w, h) * 0.45, cy = y + h;
  if (p.state === 'cut') {
    return html`<g><rect x=${x + 0.75} y=${y + 0.75} width=${w - 1.5} height=${h - 1.5} class="slash" /><path class="slash" d=${`M${x + 1} ${cy - 1}L${x + w - 1} ${y + 1}`} /></g>`;
  }
  return html`<g>
    <rect x=${x} y=${y} width=${w} height=${h} rx="1" class=${p.emergency ? 'stone' : `tile c${c}`} />
    ${p.state === 'late' && html`<rect x=${x} y=${y} width=${w} height=${h} fill="url(#hatch)" />`}
    ${name && html`<text x=${x + w / 2} y=${y + h / 2 + size * 0.36} text-anchor="middle" font-size=${size} class=${p.emergency ? 'stone-dot' : `on-c${c}`}>${name}</text>`}
    ${p.emergency && !name && html`<circle cx=${x + w / 2} cy=${y + h / 2} r=${Math.min(w, h) * 0.22} class="stone-dot" />`}
    ${p.overdue > 0 && html`<path class="corner" d=${`M${x} ${cy - k}V${cy}H${x + k}Z`} />`}
    ${chosen && html`<rect class="ring" x=${x - 1.5} y=${y - 1.5} width=${w + 3} height=${h + 3} rx="2" />`}
  </g>`;
}

// live filled · late half · cut slashed · unknown dashed. label: said to who cannot see it ('' when words stand beside it).
export function Glyph({ state, label }) {
  const named = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' };
  return html`<svg class="glyph" viewBox="0 0 12 12" ...${named}>${
    state === 'live' ? html`<rect class="g-live" width="12" height="12" rx="1" />`
      : state === 'late' ? html`<rect class="g-late-edge" x=".75" y=".75" width="10.5" height="10.5" rx="1" /><path class="g-late" d="M1 1L11 11H1Z" />`
        : state === 'cut' ? html`<rect class="g-cut" x=".75" y=".75" width="10.5" height="10.5" rx="1" /><path class="g-cut" d="M1 11L11 1" />`
          : html`<rect class="g-unknown" x=".75" y=".75" width="10.5" height="10.5" rx="1" />`}</svg>`;
}

export const Corner = () => html`<svg class="glyph" viewBox="0 0 12 12" aria-hidden="true"><path class="g-late" d="M0 1V12H11Z" /></svg>`;
export const Stone = () => html`<svg class="glyph" viewBox="0 0 12 12" aria-hidden="true"><rect class="stone" width="12" height="12" rx="1" /><circle class="stone-dot" cx="6" cy="6" r="2.6" /></svg>`;

// Three rising squares: kept here, held above, at the top. cut: what is to come is queued behind a cut link.
export function Ticks({ ticks, cut }) {
  const on = [ticks.kept, ticks.held, ticks.top], n = on.filter(Boolean).length;
  const words = [t('none_kept'), t('kept'), t('held'), t('top')][n] + (cut && n < 3 ? `，${t('queued')}` : '');
  return html`<svg class="icon" viewBox="0 0 17 12" role="img" aria-label=${words}>${on.map((yes, i) => html`<rect
    x=${i * 6 + 0.5} y=${7.5 - i * 3.5} width="4" height="4" class=${yes ? 'tick-on' : cut ? 'tick-cut' : 'tick-off'} />`)}</svg>`;
}

// How a clock stands, as the node said at `at`. left_s is of the clock's own measure (working hours, where its rule says so). soon: less than a fifth is left, or an hour. passed: the stage went on to another holder in time.
export function chipOf(c, now, at = now) {
  if (!c || !c.due) return { state: c && c.paused ? 'paused' : 'none' };
  const started = Date.parse(c.started), due = Date.parse(c.due), end = c.ended ? Date.parse(c.ended) : now, whole = Math.max(1, due - started);
  if (c.met === false) return { state: 'over', ms: Math.max(0, end - due) };
  if (c.ended || c.met) return { state: c.met ? 'met' : 'passed', used: Math.max(0, (c.ended ? end : due) - started), of: whole };
  if (c.paused) return { state: 'paused' };
  let left = typeof c.left_s === 'number' ? 1000 * c.left_s - (now - (at || now)) : due - now;
  if (left < 0 && c.left_s > 0 && due > now) left = Math.min(1000 * c.left_s, due - now); // what went by meanwhile did not count: a night, a holiday
  return left < 0 ? { state: 'over', ms: -left } : { state: left < 3600000 || due - now < whole / 5 ? 'soon' : 'ok', part: Math.min(1, left / whole), ms: left };
}
// In a list there is the deadline alone: the clock of the closing, or what was stated.
export function deadlineChip(m, now, at) {
  if (['closed', 'merged'].includes(m.state)) return null;
  const c = (m.clocks || []).find((x) => x.stage === 'close' && !x.ended && (x.due || x.paused));
  return c ? chipOf(c, now, at) : m.deadline ? chipOf({ started: m.opened_at, due: m.deadline, met: null, paused: m.state === 'hung' }, now, at) : null;
}

// {state: ok|soon|over|paused|met|passed|none, part (left, 0 to 1), ms (left or over), used, of}
export function Chip({ clock }) {
  const { state, part = 1, ms = 0 } = clock, r = 5, a = 2 * Math.PI * Math.min(0.9999, Math.max(0, part));
  const pie = `M6 6V1A${r} ${r} 0 ${part > 0.5 ? 1 : 0} 1 ${6 + r * Math.sin(a)} ${6 - r * Math.cos(a)}Z`;
  const sign = state === 'over' ? html`<path class="pie" d="M0 1V12H11Z" />`
    : state === 'met' ? html`<path class="pie-edge" d="M1 6.5L4.5 10L11 2" />`
      : state === 'paused' ? html`<path class="pie-edge" d="M4 2V10M8 2V10" />`
      : state === 'passed' ? html`<path class="pie-edge" d="M1 6H10M7 3L10 6L7 9" />`
        : html`<circle class="pie-edge" cx="6" cy="6" r=${r} /><path class="pie" d=${pie} />`;
  if (state === 'none') return html`<span class="chip">${t('not_started')}</span>`;
  const words = state === 'over' ? t('over', { d: duration(ms) }) : state === 'met' ? t('used', { a: duration(clock.used || 0), b: duration(clock.of || 0) })
    : state === 'passed' ? t('passed_on', { a: duration(clock.used || 0) }) : state === 'paused' ? t('paused') : t('left', { d: duration(ms) });
  return html`<span class=${`chip ${state}`}><svg class="glyph" viewBox="0 0 12 12" aria-hidden="true">${sign}</svg>${words}</span>`;
}

// kind: urgent emergency offered urged lead warning visited hung
export const Tag = ({ kind, children }) => html`<span class=${`tag ${kind || ''}`}>${children && children.length !== 0 ? children : t(kind)}</span>`;

const ICONS = {
  add: 'M8 3V13M3 8H13', down: 'M8 3V13M4 9L8 13L12 9', up: 'M8 13V3M4 7L8 3L12 7', right: 'M3 8H13M9 4L13 8L9 12', back: 'M7 4L3 8L7 12M3 8H10A3 3 0 0 1 13 11',
  check: 'M3 8.5L6.5 12L13 4', flag: 'M4 14V3H12L10 6L12 9H4', bell: 'M4 11V7A4 4 0 0 1 12 7V11L13 12H3ZM7 14H9', pause: 'M6 4V12M10 4V12', merge: 'M4 3V6C4 9 12 8 12 13M12 3V6',
  note: 'M4 12L5 9L11 3L13 5L7 11ZM3 14H13', person: 'M8 8A2.5 2.5 0 1 0 8 3A2.5 2.5 0 1 0 8 8M3 14C3 10.5 13 10.5 13 14', retry: 'M13 8A5 5 0 1 1 11 4M11 1V4H8', broken: 'M2 8H5L7 5L9 11L11 8H14',
  pin: 'M8 14C5 10 3.5 8 3.5 6A4.5 4.5 0 0 1 12.5 6C12.5 8 11 10 8 14M8 7.5A1.5 1.5 0 1 0 8 4.5A1.5 1.5 0 1 0 8 7.5',
  walk: 'M9 4.2A1.3 1.3 0 1 0 9 1.6A1.3 1.3 0 1 0 9 4.2M8 6L6.5 9.5L4 14M7 9.5L10 11.5V14M8 6L11 8.5H13', talk: 'M3 3H13V11H8L5 14V11H3Z',
  sort: 'M3 4H13M3 8H10M3 12H7', node: 'M4 4H12V12H4Z', search: 'M7 12A5 5 0 1 0 7 2A5 5 0 1 0 7 12M11 11L14 14', menu: 'M3 4H13M3 8H13M3 12H13', dot: 'M8 7V9', grid: 'M3 3H7V7H3ZM9 3H13V7H9ZM3 9H7V13H3ZM9 9H13V13H9Z',
};
export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${ICONS[name] || ICONS.dot} /></svg>`;

const STEP_ICONS = {
  opened: 'add', sorted: 'sort', assigned: 'person', progressed: 'note', offered: 'right', accepted: 'check', refused: 'back', withdrawn: 'back', handled: 'flag', visited: 'flag', closed: 'check',
  reopened: 'retry', hung: 'pause', resumed: 'retry', merged: 'merge', unmerged: 'merge', commented: 'note', urged: 'bell',
  taken: 'person', given_back: 'back', seized: 'up', extension_asked: 'pause', extension_approved: 'check', extension_denied: 'back', extended: 'retry', assisted: 'person', parted: 'note', released: 'back',
  personal_erased: 'dot', appealed: 'flag', decided: 'check', appeal_ended: 'check', prolonged: 'pause',
};
const OFFER_ICONS = { escalate: 'up', dispatch: 'down', transfer: 'right', return: 'back' };
// The glyph of an event's step; of an offer by its kind.
export const StepIcon = ({ type, kind }) => html`<${Icon} name=${(type === 'offered' && OFFER_ICONS[kind]) || STEP_ICONS[type] || 'dot'} />`;

// The mark: a field in four, one of them in four, one of those in four; the last square is the seal.
export const Mark = () => html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <path class="mark-ink" d="M0 0H15V15H0ZM17 0H32V15H17ZM0 17H15V32H0ZM17 17H23.5V23.5H17ZM25.5 17H32V23.5H25.5ZM17 25.5H23.5V32H17ZM25.5 25.5H28V28H25.5ZM29.5 25.5H32V28H29.5ZM25.5 29.5H28V32H25.5Z" />
  <path class="mark-seal" d="M29.5 29.5H32V32H29.5Z" /></svg>`;
