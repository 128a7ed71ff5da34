// listmap.js: the list as a map: what the view and its filters choose, where it lies; and of the chosen matter, who may go (near.js).
// As many as there are: beyond MOST those in the window that is looked at. What has no position is counted, and stands in the list.
import { html, useState, useEffect, useMemo, useRef } from '../lib/ui.js';
import { t, number, word, language } from '../lib/i18n.js';
import { momentSeconds } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { get } from '../lib/api.js';
import { Icon } from '../parts/marks.js';
import { ErrorPanel } from '../parts/frame.js';
import { MapView, MapKey, MapTable, lacksOf, matterPins, noOutlines, readOutlines, shapeOf } from '../parts/mapview.js';
import { base, list, chosen, query, readList, select } from './state.js';
import { Near, near, over } from './near.js';

const PAGE = 500, MOST = 2000, ROWS = 200, LEAST_MS = 2000;

// of: what was asked for; items: with and without a position; more: there are others than these; box: of the window alone
const spread = make({ of: '', items: [], more: false, box: '', at: 0, error: null });

async function pages(asked) {
  let items = [], cursor = '';
  do {
    const page = await get('/api/v1/matters', { ...asked, limit: PAGE, cursor });
    items = [...items, ...page.items];
    cursor = page.next_cursor;
  } while (cursor && items.length < MOST);
  return { items, more: Boolean(cursor) };
}

let turn = 0, due = 0, took = 0;
async function read(box) {
  const asked = query(), of = JSON.stringify(asked), mine = ++turn, began = performance.now();
  const within = box && spread.get().of === of && (spread.get().more || spread.get().box) ? { bbox: [box.west, box.south, box.east, box.north].map((v) => v.toFixed(6)).join(',') } : {};
  try {
    const found = await pages({ ...asked, ...within });
    if (mine === turn) spread.set({ of, ...found, box: within.bbox || '', at: Date.now(), error: null });
  } catch (error) {
    if (mine === turn) spread.set((s) => ({ ...(s.of === of ? s : { of, items: [], more: false, box: '', at: 0 }), error }));
  }
  took = performance.now() - began;
}

// box: a ref: the window as it is by then.
function again(box, ms) {
  due = due || setTimeout(() => { due = 0; read(box.current); }, ms);
}
function stop() {
  clearTimeout(due);
  due = 0;
}

function useOutlines(area) {
  const [s, set] = useState(null);
  useEffect(() => {
    let gone = false;
    readOutlines(area).then((ground) => { if (!gone) set({ of: area, ground, refused: '' }); }, (e) => { if (!gone) set({ of: area, ground: noOutlines, refused: e.message }); });
    return () => { gone = true; };
  }, [area]);
  return s;
}

const key = (o) => `${o.node} ${o.code}`;

// Each by itself, with its name; of very many all but theirs in one shape, without names: ten thousand elements hold up the page.
const ALONE = 1500;
const alone = (o, kind) => ({ key: key(o), boundaries: [o.boundary], kind, title: o.title || o.code });
function shapesOf(outlines, grid) {
  const theirs = outlines.filter((o) => key(o) === grid).map((o) => alone(o, 'grid theirs')), others = outlines.filter((o) => key(o) !== grid);
  return others.length <= ALONE ? [...others.map((o) => alone(o, 'grid')), ...theirs] : [{ key: 'all', boundaries: others.map((o) => o.boundary), kind: 'grid', title: '' }, ...theirs];
}

export function ListMap({ now }) {
  const l = useStore(list), s = useStore(spread), id = useStore(chosen, (c) => c.id), matter = useStore(chosen, (c) => c.matter), who = useStore(near), on = useStore(over), b = useStore(base), area = l.filters.area && b.places.has(l.filters.area) ? l.filters.area : undefined;
  const drawn = useOutlines(area), box = useRef(null), of = JSON.stringify(query());
  useEffect(() => { box.current = null; read(null); return stop; }, [of]);
  useEffect(() => { if (s.at) again(box, Math.max(LEAST_MS, 8 * took)); }, [l.at]); // not put off by the next
  const theirs = on && who.items.find((x) => x.person === on.person && x.node === on.node), at = matter && matter.id === id && matter.location;
  const items = useMemo(() => (matter && matter.id === id && matter.location && !s.items.some((m) => m.id === id) ? [...s.items, matter] : s.items), [s.items, matter, id]);
  const pins = useMemo(() => matterPins(items, { chosen: id, act: select }), [items, id, language()]), grid = theirs ? `${theirs.node} ${theirs.grid}` : '';
  const shapes = useMemo(() => (drawn ? shapesOf(drawn.ground.outlines, grid) : []), [drawn, grid]);
  const ring = at && theirs && theirs.distance_m > 0 ? { lat: at.lat, lon: at.lon, metres: theirs.distance_m } : null;
  const put = items.filter((m) => m.location), lost = items.length - put.length, nothing = s.at > 0 && drawn && !pins.length && !shapes.length;
  if (!drawn || (!s.at && !s.error)) return html`<p class="reading">${t('loading')}</p>`;
  return html`<div class="list-map">${s.error && html`<${ErrorPanel} what=${t('map')} error=${s.error} ways=${[[t('again'), () => { read(box.current); readList(); }]]} />`}
    ${nothing ? html`<p class="reading">${t('map_nothing_here')}</p>` : html`<${MapView} label=${t('map')} ground=${drawn.ground} shapes=${shapes} pins=${pins} ring=${ring} at=${`${s.of} ${drawn.of}`} chosen=${id} moved=${(to) => { box.current = to; if (s.more || s.box) { stop(); again(box, 200); } }} />`}
    <div class="below"><${MapKey} shapes=${put.map(shapeOf)} overdue=${put.some((m) => m.overdue)} urgent=${put.some((m) => m.urgency === 'urgent')} />
      ${lost > 0 && html`<p class="lacks"><${Icon} name="pin" /> ${t('map_without', { n: number(lost) })}</p>`}${s.more && html`<p class="lacks"><${Icon} name="bell" /> ${t('map_more', { n: number(items.length) })}</p>`}${s.box && !s.more && html`<p class="lacks">${t('map_window')}</p>`}
      ${drawn.refused && html`<p class="warned" role="status"><${Icon} name="bell" /> ${t('map_refused', { why: drawn.refused })}</p>`}${lacksOf(drawn.ground).map((x) => html`<p class="lacks">${x}</p>`)}
      ${matter && matter.id === id && html`<${Near} key=${id} matter=${matter} outlines=${drawn.ground.outlines} />`}
      ${put.length > 0 && html`<${MapTable} columns=${[t('matters'), t('state'), t('category'), t('lat'), t('lon')]} rows=${put.slice(0, ROWS).map((m) => [html`<button type="button" class="link" onClick=${() => select(m.id)}>${m.title}</button>`, word('state', m.state), m.category, m.location.lat.toFixed(5), m.location.lon.toFixed(5)])} />`}
      ${s.at > 0 && now - s.at > 30000 && html`<p class="as-of">${t('as_of', { t: momentSeconds(s.at) })}</p>`}</div></div>`;
}
