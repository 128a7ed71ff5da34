// mapview.js: the one map of wall, desk and phone: outlines, places with their figures, matters by their state, persons. A matter's mark says by
// its shape how far it is, and by its hue what is wrong; many close together are one mark with their number. What is drawn stands in a
// table behind it. The map itself (map.js) is read when the first one is opened.
import { html, render, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, word, language } from '../lib/i18n.js';
import { get } from '../lib/api.js';
import { useStore } from '../lib/store.js';
import { settings } from '../lib/settings.js';
import { ErrorPanel } from './frame.js';

// ---- what a mark looks like ----

// The shape of how far a matter is: hollow: nobody has it yet; full: somebody has it; checked: done; barred: hung; a stone: an emergency.
export const SHAPES = ['waits', 'assigned', 'done', 'hung', 'emergency'];
export function shapeOf(m) {
  if (m.urgency === 'emergency' && !['closed', 'merged'].includes(m.state)) return 'emergency';
  if (m.state === 'hung') return 'hung';
  return m.state === 'assigned' ? 'assigned' : ['handled', 'visited', 'closed', 'merged'].includes(m.state) ? 'done' : 'waits';
}

// 20 × 20, with a rim in the colour of the ground, so that it stands off whatever lies below.
export function MatterMark({ shape, urgent, overdue, chosen }) {
  return html`<svg class="map-mark" viewBox="-4 -4 28 28" width="28" height="28" aria-hidden="true"><rect class="mm-rim" x="-.5" y="-.5" width="21" height="21" rx="3" />
    ${shape === 'emergency' ? html`<rect class="stone" x="1" y="1" width="18" height="18" rx="2" /><circle class="stone-dot" cx="10" cy="10" r="4.2" />` : html`<rect class=${`mm-${shape}`} x="2" y="2" width="16" height="16" rx="2" />`}
    ${shape === 'done' && html`<path class="mm-check" d="M6 10.5L9 13.5L14.5 7" />`}${shape === 'hung' && html`<path class="mm-bars" d="M8 6.5V13.5M12 6.5V13.5" />`}
    ${urgent && html`<rect class="mm-urgent" x="-1" y="-1" width="22" height="22" rx="3" />`}${overdue && html`<path class="corner" d="M0 9V20H11Z" />`}${chosen && html`<rect class="ring" x="-3" y="-3" width="26" height="26" rx="4" />`}</svg>`;
}

// Many close together: their number; a rim where one of them is urgent, a corner where one is overdue.
const ManyMark = ({ n, urgent, overdue }) => html`<span class=${urgent > 0 ? 'map-many urgent' : 'map-many'}>${number(n)}${overdue > 0 && html`<svg viewBox="0 0 12 12" aria-hidden="true"><path class="corner" d="M0 1V12H11Z" /></svg>`}</span>`;

// Persons are round: where one is, and how well that is known.
export const PersonMark = () => html`<svg class="map-mark" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true"><circle class="mm-person" cx="14" cy="14" r="9" /><circle class="mm-person-dot" cx="14" cy="14" r="3.5" /></svg>`;

export const saidOf = (m) => [m.title, m.urgency !== 'routine' && t(m.urgency), word('state', m.state), m.overdue && t('overdue')].filter(Boolean).join(' · ');

// The marks with their words, of those that are drawn.
export function MapKey({ shapes, overdue, urgent, person }) {
  return html`<p class="map-key">${SHAPES.filter((s) => shapes.includes(s)).map((s) => html`<span><${MatterMark} shape=${s} />${t(`map_is_${s}`)}</span>`)}${urgent && html`<span><${MatterMark} shape="waits" urgent />${t('urgent')}</span>`}
    ${overdue && html`<span><${MatterMark} shape="waits" overdue />${t('overdue')}</span>`}${person && html`<span><${PersonMark} />${person}</span>`}</p>`;
}

// ---- the pins ----

// of what GET /api/v1/matters lists; where nothing is known nothing is drawn. chosen: an id; act(id); apart: never within another mark.
export const matterPins = (items, { chosen, act, main }) => items.filter((m) => m.location).map((m) => ({ key: m.id, lat: m.location.lat, lon: m.location.lon, apart: m.id === chosen || m.id === main || shapeOf(m) === 'emergency', above: m.id === chosen ? 2e6 : shapeOf(m) === 'emergency' ? 1e6 : 0, main: m.id === main, label: saidOf(m), act: act && (() => act(m.id)),
  urgent: m.urgency === 'urgent', overdue: m.overdue, draw: (el) => render(html`<${MatterMark} shape=${shapeOf(m)} urgent=${m.urgency === 'urgent'} overdue=${m.overdue} chosen=${m.id === chosen} />`, el) }));

export const personPin = (at, label) => ({ key: 'me', lat: at.lat, lon: at.lon, apart: true, above: 3e6, label, draw: (el) => render(html`<${PersonMark} />`, el) });

const joined = (show) => (pins) => {
  const urgent = pins.filter((p) => p.urgent).length, overdue = pins.filter((p) => p.overdue).length;
  return { key: `many ${pins[0].key} ${pins.length}`, label: [t('map_many', { n: number(pins.length) }), urgent > 0 && `${t('urgent')} ${number(urgent)}`, overdue > 0 && `${t('overdue')} ${number(overdue)}`].filter(Boolean).join('，'), act: () => show(pins), draw: (el) => render(html`<${ManyMark} n=${pins.length} urgent=${urgent} overdue=${overdue} />`, el) };
};

// ---- what is read for it ----

// The outlines and how the map file is: {outlines: [{node, code, title, boundary}], file: {state, message, message_zh}, left_off}.
export const readOutlines = (area) => get('/api/v1/map', { area });
export const noOutlines = { outlines: [], file: { state: 'unknown', message: '', message_zh: '' }, left_off: 0 };

// Why there is no ground, and what is not drawn: sentences.
export const lacksOf = (ground) => [ground.file.state !== 'fine' && (language() === 'zh' ? ground.file.message_zh : ground.file.message), ground.left_off > 0 && t('map_left_off', { n: number(ground.left_off) })].filter(Boolean);

function dress() {
  if (document.querySelector('link[href="/web/parts/map.css"]')) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = '/web/parts/map.css';
  document.head.append(link);
}

// ---- the map ----

// label: what it is the map of; ground: of readOutlines; shapes, pins, ring: as in map.js; at: changes when another place is shown, which
// is then fitted in; chosen: a pin that is kept in view; still, moved: as in map.js; children: what stands below it.
export function MapView({ label, ground, shapes, pins, ring, at, chosen, still, moved, children }) {
  const el = useRef(null), kept = useRef(null), [part, load] = useState(null), [error, fail] = useState(null), [round, again] = useState(0), [many, gather] = useState(null), theme = useStore(settings, (s) => `${s.theme} ${s.language}`), file = ground.file.state === 'fine';
  const told = useRef(moved);
  told.current = moved;
  const drawing = useRef({});
  drawing.current = { shapes, pins, ring };
  useEffect(() => {
    let gone = false;
    dress();
    fail(null);
    import('/web/parts/map.js').then((m) => { if (!gone) load(m); }, () => { if (!gone) fail(new Error(t('no_answer_call'))); });
    return () => { gone = true; };
  }, [round]);
  useEffect(() => {
    if (!part || !el.current) return undefined;
    const m = kept.current = part.openMap(el.current, { still, file, dark: document.documentElement.dataset.theme === 'dark', language: language(), said: { nearer: t('map_nearer'), farther: t('map_farther'), credit: t('map_credit') }, moved: (box) => told.current && told.current(box) });
    m.shapes(drawing.current.shapes);
    m.pins(drawing.current.pins, joined(gather));
    m.ring(drawing.current.ring || null);
    m.fit();
    return () => { kept.current = null; m.end(); };
  }, [part, theme, file]);
  useEffect(() => { if (kept.current) kept.current.shapes(shapes); }, [shapes]);
  useEffect(() => { if (kept.current) kept.current.pins(pins, joined(gather)); }, [pins]);
  useEffect(() => { if (kept.current) kept.current.ring(ring || null); }, [ring && ring.lat, ring && ring.lon, ring && ring.metres]);
  useEffect(() => { if (kept.current) { gather(null); kept.current.fit(); } }, [at]);
  useEffect(() => { if (kept.current && chosen) kept.current.see(chosen); }, [chosen]);
  if (error) return html`<${ErrorPanel} what=${t('map')} error=${error} ways=${[[t('again'), () => again((n) => n + 1)]]} />`;
  const none = shapes.length === 0 && pins.length === 0;
  return html`<div class=${none ? 'map-box nothing' : 'map-box'}><div class="map" ref=${el} role=${still ? 'group' : 'application'} aria-label=${label}></div>${!part && html`<p class="reading">${t('loading')}</p>`}</div>
    ${many && html`<div class="map-here" role="group" aria-label=${t('map_many', { n: number(many.length) })}><p>${t('map_many', { n: number(many.length) })} <button type="button" class="link" aria-label=${t('close')} onClick=${() => gather(null)}>×</button></p><ul>${many.slice(0, 50).map((p) => html`<li><button type="button" class="link" onClick=${p.act}>${p.label}</button></li>`)}</ul></div>`}${children}`;
}

// The same in a table. columns: heads; rows: arrays whose first is the name.
export const MapTable = ({ columns, rows }) => html`<details class="map-table"><summary>${t('as_table')}</summary><table><thead><tr>${columns.map((c) => html`<th scope="col">${c}</th>`)}</tr></thead>
  <tbody>${rows.map((r) => html`<tr>${r.map((v, i) => (i ? html`<td>${v}</td>` : html`<th scope="row">${v}</th>`))}</tr>`)}</tbody></table></details>`;
