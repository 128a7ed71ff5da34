// place.js: where a matter lies, on a map that is read when somebody opens it: the map file of the node where it has one, the grids of
// its area, the matter and the open ones near it. What is drawn stands in a table as well.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, language } from '../lib/i18n.js';
import { get } from '../lib/api.js';
import { settings } from '../lib/settings.js';
import { ErrorPanel } from '../parts/frame.js';
import { Icon } from '../parts/marks.js';
import { base } from './state.js';

const AROUND = 0.01, MOST = 100; // degrees to each side; points

function style() {
  if (document.querySelector('link[href="/web/parts/map.css"]')) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = '/web/parts/map.css';
  document.head.append(link);
}

// The grids of the area where this node knows it, else of the whole node. What is refused is said, and the rest is drawn.
async function read(matter) {
  const { lat, lon } = matter.location || {}, here = matter.location ? { bbox: [lon - AROUND, lat - AROUND, lon + AROUND, lat + AROUND].map((v) => v.toFixed(6)).join(','), state: 'open,sorted,assigned,handled,hung', limit: MOST } : null;
  const grids = base.get().places.has(matter.area) ? { area: matter.area } : {}, refused = [], or = (what, instead) => what.catch((e) => { refused.push(e.message); return instead; });
  const [map, near, part] = await Promise.all([or(get('/api/v1/map', grids), { outlines: [], file: { state: 'unknown', message: '', message_zh: '' }, left_off: 0 }), here ? or(get('/api/v1/matters', here), { items: [] }) : { items: [] }, import('/web/parts/map.js')]);
  const points = near.items.filter((m) => m.id !== matter.id && m.location).map((m) => ({ id: m.id, title: m.title, lat: m.location.lat, lon: m.location.lon, main: false }));
  const beside = points.length, more = Boolean(near.next_cursor);
  if (matter.location) points.push({ id: matter.id, title: matter.title, lat, lon, main: true });
  return { map, points, beside, more, refused, part };
}

const dark = () => document.documentElement.dataset.theme === 'dark';

function Table({ found }) {
  return html`<details><summary>${t('as_table')}</summary><table><thead><tr><th>${t('map_what')}</th><th>${t('lat')}</th><th>${t('lon')}</th></tr></thead><tbody>
    ${found.points.map((p) => html`<tr><th scope="row">${p.title}</th><td>${p.lat.toFixed(5)}</td><td>${p.lon.toFixed(5)}</td></tr>`)}
    ${found.map.outlines.map((o) => html`<tr><th scope="row">${o.title || o.code}</th><td colspan="2">${t('map_grid', { code: o.code })}</td></tr>`)}</tbody></table></details>`;
}

function Drawn({ matter, onClose }) {
  const [found, set] = useState(null), [error, fail] = useState(null), [round, again] = useState(0), el = useRef(null);
  useEffect(() => {
    let gone = false;
    style();
    fail(null);
    read(matter).then((f) => { if (!gone) set(f); }, (e) => { if (!gone) fail(e); });
    return () => { gone = true; };
  }, [matter.id, round]);
  useEffect(() => {
    if (!found || !el.current) return undefined;
    const end = found.part.drawMap(el.current, { outlines: found.map.outlines.map((o) => ({ title: o.title || o.code, boundary: o.boundary })), points: found.points, file: found.map.file.state === 'fine', dark: dark(), language: language(), said: { nearer: t('map_nearer'), farther: t('map_farther'), credit: t('map_credit') } });
    return () => { if (end) end(); };
  }, [found]);
  if (error) return html`<${ErrorPanel} what=${t('map_title')} error=${error} ways=${[[t('again'), () => again((n) => n + 1)], [t('close'), onClose]]} />`;
  if (!found) return html`<p class="reading">${t('loading')}</p>`;
  const nothing = !found.points.length && !found.map.outlines.length;
  return html`${nothing ? html`<p>${t('map_nothing')}</p>` : html`<div class="map" ref=${el} role="application" aria-label=${t('map_of', { title: matter.title })}></div>`}
    <p class="under">${[found.map.file.state !== 'fine' && (language() === 'zh' ? found.map.file.message_zh : found.map.file.message), found.map.left_off > 0 && t('map_left_off', { n: number(found.map.left_off) }), found.beside > 0 && t(found.more ? 'map_near_more' : 'map_near', { n: number(found.beside) })].filter(Boolean).join(' ')}</p>
    ${found.refused.map((why) => html`<p class="warned" role="status"><${Icon} name="bell" /> ${t('map_refused', { why })}</p>`)}
    ${!nothing && html`<${Table} found=${found} />`}`;
}

export function Place({ matter }) {
  const [open, show] = useState(false);
  useEffect(() => show(false), [matter.id]);
  if (!matter.location && !matter.grid) return null;
  return html`<section class="lies" aria-label=${t('map_title')}><button type="button" class="button plain" aria-expanded=${String(open)} onClick=${() => show(!open)}><${Icon} name="pin" /> ${t(open ? 'map_close' : 'map_open')}</button>
    ${open && html`<${Drawn} key=${`${matter.id}${settings.get().theme || ''}`} matter=${matter} onClose=${() => show(false)} />`}</section>`;
}
