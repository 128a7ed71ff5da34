// wallmap.js: the wall's map: each place one level down with its outline, shaded by what is open for each community, its name and figure
// at its middle. A place without an outline stands as a square beside it; nothing is put where nobody has said that it lies. What is not
// heard has no figure; what is old is dashed and dated.
import { html, render, useState, useEffect, useMemo } from '../lib/ui.js';
import { t, number, useLanguage } from '../lib/i18n.js';
import { moment, ago } from '../lib/time.js';
import { lowest } from '../lib/tree.js';
import { Glyph, Corner, Stone } from './marks.js';
import { WithTable } from './figures.js';
import { Unread } from './warnings.js';
import { MapView, lacksOf, readOutlines } from './mapview.js';

const AGAIN_MS = 600e3, RETRY_MS = 10e3;

// Open for each lowest place, in three steps: under 2, under 4, more. Null: not heard, so it has none.
const SHADES = 3;
export function shadeOf(p) {
  const each = p.open / lowest(p).length;
  return p.open === null || (p.state === 'cut' && !p.as_of) ? null : each < 2 ? 0 : each < 4 ? 1 : 2;
}
const unheard = (p) => shadeOf(p) === null;

// Of the area: {of, ground, at, error}. Outlines seldom change: they are read once, and again in ten minutes.
export function useOutlines(area) {
  const [s, set] = useState({ of: null, ground: null, at: 0, error: null });
  useEffect(() => {
    let gone = false, timer = 0;
    const read = () => readOutlines(area).then((ground) => { if (!gone) { set({ of: area, ground, at: Date.now(), error: null }); timer = setTimeout(read, AGAIN_MS); } }, (error) => { if (!gone) { set((x) => ({ ...(x.of === area ? x : { of: area, ground: null, at: 0 }), error })); timer = setTimeout(read, RETRY_MS); } });
    read();
    return () => { gone = true; clearTimeout(timer); };
  }, [area]);
  return s.of === area ? s : { of: area, ground: null, at: 0, error: null };
}

const within = (path, above) => path === above || path.startsWith(`${above}/`);

// The middle of the box around its outlines, where the node does not say its centroid.
function middle(p, boundaries) {
  if (p.centroid) return p.centroid;
  const all = boundaries.map((b) => (b.type === 'Polygon' ? b.coordinates[0] : b.coordinates[0][0])).flat(), mean = (i) => (Math.min(...all.map((c) => c[i])) + Math.max(...all.map((c) => c[i]))) / 2;
  return { lat: mean(1), lon: mean(0) };
}

// [{p, boundaries}]: the places one level down, or the place itself where there is none below.
export function drawn(tree, outlines) {
  const places = tree.children.length ? tree.children : [tree];
  return places.map((p) => ({ p, boundaries: outlines.filter((o) => within(o.node, p.path)).map((o) => o.boundary) }));
}

const said = (p) => [p.title, unheard(p) ? t('unseen') : `${t('open')} ${number(p.open)}`, p.overdue > 0 && !unheard(p) && `${t('overdue')} ${number(p.overdue)}`, p.emergency > 0 && `${t('emergency')} ${number(p.emergency)}`, p.state !== 'live' && t(p.state), p.state === 'cut' && p.as_of && t('as_of', { t: moment(p.as_of) })].filter(Boolean).join('，');

const Figures = ({ p, now }) => html`${p.state !== 'live' && html`<small class=${p.state}><${Glyph} state=${p.state} />${p.state === 'cut' ? (p.as_of ? t('as_of', { t: moment(p.as_of) }) : t('unseen')) : p.last_heard ? ago(Math.max(0, now - Date.parse(p.last_heard))) : t(p.state)}</small>`}
  <b>${p.short || p.title}</b><span class="figure">${unheard(p) ? '–' : number(p.open)}</span>
  ${(p.emergency > 0 || (p.overdue > 0 && !unheard(p))) && html`<span class="signs">${p.emergency > 0 && html`<span class="alarm"><${Stone} />${number(p.emergency)}</span>`}${p.overdue > 0 && !unheard(p) && html`<span class="warn"><${Corner} />${number(p.overdue)}</span>`}</span>`}`;

const Beside = ({ places, now, go }) => html`<div class="map-beside"><h3>${t('no_outline')}</h3><ul>${places.map((p) => html`<li key=${p.path}><svg viewBox="0 0 24 24" aria-hidden="true"><rect class=${unheard(p) ? 'g-unknown' : `c${shadeOf(p)}`} x="1" y="1" width="22" height="22" rx="1" /></svg>
  <button type="button" disabled=${!p.children.length} onClick=${() => go(p.path)} aria-label=${said(p)}><${Figures} p=${p} now=${now} /></button></li>`)}</ul></div>`;

// tree: with `emergency` of each; go(path): one level down.
export function WallMap({ tree, go, now }) {
  const language = useLanguage(), { ground, at, error } = useOutlines(tree.path);
  const mapped = useMemo(() => (ground ? drawn(tree, ground.outlines) : []), [tree, ground]), on = mapped.filter((m) => m.boundaries.length), off = mapped.filter((m) => !m.boundaries.length).map((m) => m.p);
  const look = on.map(({ p }) => `${p.path} ${shadeOf(p)} ${p.state}`).join();
  const own = ground && tree.children.length ? ground.outlines.filter((o) => o.node === tree.path).map((o) => o.boundary) : []; // grids of the place itself, beside those below
  const shapes = useMemo(() => [...(own.length ? [{ key: tree.path, boundaries: own, kind: 'grid' }] : []), ...on.map(({ p, boundaries }) => ({ key: p.path, boundaries, kind: unheard(p) ? 'unknown' : `m${shadeOf(p)}${p.state === 'cut' ? ' old' : ''}`, whole: true }))], [ground, look]);
  const pins = useMemo(() => on.map(({ p, boundaries }) => ({ key: p.path, ...middle(p, boundaries), apart: true, label: said(p), act: p.children.length ? () => go(p.path) : undefined, draw: (el) => render(html`<div class="map-place"><${Figures} p=${p} now=${now} /></div>`, el) })), [ground, tree, language, Math.floor(now / 5000)]);
  const rows = mapped.map(({ p }) => [p.title, unheard(p) ? '–' : number(p.open), unheard(p) ? '–' : number(p.overdue), number(p.emergency || 0), t(p.state), p.as_of ? moment(p.as_of) : '']);
  if (!ground) return html`<div class="wall-map">${error ? html`<${Unread} what=${t('map')} error=${error} at=${0} />` : html`<p class="none">${t('loading')}</p>`}</div>`;
  const lacks = lacksOf({ ...ground, file: { ...ground.file, state: 'fine' } }); // a wall does not say what its operators read
  return html`<div class="wall-map">${error && html`<${Unread} what=${t('map')} error=${error} at=${at} />`}
    <${WithTable} label=${t('by_area')} columns=${[t('name'), t('open'), t('overdue'), t('emergency'), t('state'), t('as_of', { t: '' }).trim()]} rows=${rows}>
      ${shapes.length ? html`<${MapView} still label=${t('map')} ground=${ground} shapes=${shapes} pins=${pins} at=${`${tree.path} ${on.length}`} />` : html`<p class="none">${t('map_none')}</p>`}<//>
    ${off.length > 0 && html`<${Beside} places=${off} now=${now} go=${go} />`}${lacks.map((l) => html`<p class="sub">${l}</p>`)}</div>`;
}

// Whether anybody has drawn anything there: a wall without outlines offers no map.
export const hasOutlines = (tree) => tree.boundary === true || tree.children.some(hasOutlines);

export const MapLegend = () => html`<p class="legend"><span>${t('map_shade')}</span>${['<2', '2–4', '4+'].slice(0, SHADES).map((n, i) => html`<span><svg class="glyph" viewBox="0 0 12 12" aria-hidden="true"><rect class=${`c${i}`} width="12" height="12" rx="1" /></svg>${n}</span>`)}
  <span><${Corner} />${t('overdue')}</span><span><${Stone} />${t('emergency')}</span><span><${Glyph} state="late" />${t('late')}</span><span><${Glyph} state="cut" />${t('cut')}</span></p>`;
