// place.js: where a matter lies, on a map that is read when somebody opens it: the map file of the node where it has one, the grids of
// its area, the matter and the open ones near it. What is drawn stands in a table as well.
import { html, useState, useEffect, useMemo } from '../lib/ui.js';
import { t, number, word } from '../lib/i18n.js';
import { get } from '../lib/api.js';
import { ErrorPanel } from '../parts/frame.js';
import { Icon } from '../parts/marks.js';
import { MapView, MapTable, lacksOf, matterPins, noOutlines, readOutlines } from '../parts/mapview.js';
import { base, select } from './state.js';

const AROUND = 0.01, MOST = 100; // degrees to each side; points

// The grids of the area where this node knows it, else of the whole node. What is refused is said, and the rest is drawn.
async function read(matter) {
  const { lat, lon } = matter.location || {}, here = matter.location ? { bbox: [lon - AROUND, lat - AROUND, lon + AROUND, lat + AROUND].map((v) => v.toFixed(6)).join(','), state: 'open,sorted,assigned,handled,hung', limit: MOST } : null;
  const refused = [], or = (what, instead) => what.catch((e) => { refused.push(e.message); return instead; });
  const [ground, near] = await Promise.all([or(readOutlines(base.get().places.has(matter.area) ? matter.area : undefined), noOutlines), here ? or(get('/api/v1/matters', here), { items: [] }) : { items: [] }]);
  const beside = near.items.filter((m) => m.id !== matter.id && m.location);
  return { ground, beside, more: Boolean(near.next_cursor), refused, items: matter.location ? [...beside, matter] : beside };
}

const outlined = (o) => ({ key: `${o.node} ${o.code}`, boundaries: [o.boundary], kind: 'grid', title: o.title || o.code });

function Drawn({ matter, onClose }) {
  const [found, set] = useState(null), [error, fail] = useState(null), [round, again] = useState(0);
  useEffect(() => {
    let gone = false;
    fail(null);
    read(matter).then((f) => { if (!gone) set(f); }, (e) => { if (!gone) fail(e); });
    return () => { gone = true; };
  }, [matter.id, round]);
  const shapes = useMemo(() => (found ? found.ground.outlines.map(outlined) : []), [found]), pins = useMemo(() => (found ? matterPins(found.items, { chosen: matter.id, main: matter.id, act: select }) : []), [found]);
  if (error) return html`<${ErrorPanel} what=${t('map_title')} error=${error} ways=${[[t('again'), () => again((n) => n + 1)], [t('close'), onClose]]} />`;
  if (!found) return html`<p class="reading">${t('loading')}</p>`;
  const nothing = !pins.length && !shapes.length, near = found.beside.length;
  return html`${nothing ? html`<p>${t('map_nothing')}</p>` : html`<${MapView} label=${t('map_of', { title: matter.title })} ground=${found.ground} shapes=${shapes} pins=${pins} at=${matter.id} />`}
    <p class="under">${[...lacksOf(found.ground), near > 0 && t(found.more ? 'map_near_more' : 'map_near', { n: number(near) })].filter(Boolean).join(' ')}</p>
    ${found.refused.map((why) => html`<p class="warned" role="status"><${Icon} name="bell" /> ${t('map_refused', { why })}</p>`)}
    ${!nothing && html`<${MapTable} columns=${[t('map_what'), t('state'), t('lat'), t('lon')]} rows=${[...found.items.map((m) => [m.title, word('state', m.state), m.location.lat.toFixed(5), m.location.lon.toFixed(5)]), ...found.ground.outlines.map((o) => [o.title || o.code, t('map_grid', { code: o.code }), '', ''])]} />`}`;
}

export function Place({ matter }) {
  const [open, show] = useState(false);
  useEffect(() => show(false), [matter.id]);
  if (!matter.location && !matter.grid) return null;
  return html`<section class="lies" aria-label=${t('map_title')}><button type="button" class="button plain" aria-expanded=${String(open)} onClick=${() => show(!open)}><${Icon} name="pin" /> ${t(open ? 'map_close' : 'map_open')}</button>
    ${open && html`<${Drawn} key=${matter.id} matter=${matter} onClose=${() => show(false)} />`}</section>`;
}
