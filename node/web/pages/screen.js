// screen.js: the wall: one answer of GET /api/v1/wall and the stream behind it, and beside it the warnings and leads, whose failing takes nothing from the rest. It shows codes, places, steps and counts; each figure
// says how old it is, and what is not heard is veiled and dated, here and in the totals.
import { html, render, useState, useEffect, useRef } from '../lib/ui.js';
import { words, t, number, useLanguage } from '../lib/i18n.js';
import { show } from '../lib/settings.js';
import { make, useStore } from '../lib/store.js';
import { get, onLoggedOut, toLogin } from '../lib/api.js';
import { begin, listen, pulse } from '../lib/stream.js';
import { gather } from '../lib/gather.js';
import { setZone, clock, day } from '../lib/time.js';
import { index } from '../lib/tree.js';
import { COMMON } from '../words/common.js';
import { SCREEN } from '../words/screen.js';
import { Truth, useNow } from '../parts/frame.js';
import { Glyph, Mark } from '../parts/marks.js';
import { RUNNING } from '../parts/warnings.js';
import { LEADS_ASKED } from '../parts/leads.js';
import { Left, Middle, Right, Health, Places } from '../parts/wall.js';

words(COMMON);
words(SCREEN);
show('dark');
onLoggedOut(toLogin);

const LOOK_MS = 1000, LOOK_MOST_MS = 10000, AGAIN_MS = 10000, FEED = 60, SIGNS_MS = 60000, SIGNS_AGAIN_MS = 10000, GATHER_MS = 500;
const wall = make(null), feed = make([]), trouble = make(null);
const own = make([]); // the areas that the account is narrowed to
const reads = make(false); // whoever may read matters finds them behind the figures; a screen does not
const asMap = () => new URLSearchParams(location.search).get('as') === 'map';
const looked = make(asMap()); // at the map in the place of the board
const WIDE = matchMedia('(min-aspect-ratio: 28/10)'), wide = make(WIDE.matches); // as in screen.css
WIDE.addEventListener('change', () => wide.set(WIDE.matches));
let area = new URLSearchParams(location.search).get('area'), looking = 0, pace = LOOK_MS, asked = 0, fresh = false, dirty = false, busy = false; // dirty: something has changed since the last question; busy: its answer is on its way

// Who is narrowed to areas has no wall of the whole node: that of his first area, and the others beside it. True where another is to be asked for.
async function within() {
  const mine = await get('/api/v1/me').then((me) => me.areas || [], () => []);
  own.set(mine);
  if (!mine.length || mine.some((a) => area === a || (area || '').startsWith(`${a}/`))) return false;
  [area] = mine;
  return true;
}

async function look() {
  const turn = ++asked, from = performance.now();
  dirty = false;
  busy = true;
  clearTimeout(looking);
  looking = 0;
  try {
    const w = await get('/api/v1/wall', { area, recent: fresh ? null : 'true' });
    if (turn !== asked) return;
    setZone(w.node.zone);
    wall.set({ ...w, places: index(w.tree) });
    trouble.set(null);
    if (w.recent) { feed.set(w.recent.slice(0, FEED)); fresh = true; }
  } catch (e) {
    if (turn !== asked) return;
    if (e.status === 403 && await within()) { look(); lookSigns(); return; }
    if (e.status === 404 && area) { area = null; look(); lookSigns(); return; }
    trouble.set(e);
  }
  pace = Math.min(LOOK_MOST_MS, Math.max(LOOK_MS, 8 * (performance.now() - from)));
  busy = false;
  soon(dirty ? pace : AGAIN_MS);
}

function soon(ms) {
  clearTimeout(looking);
  looking = setTimeout(look, ms);
}

// A list beside the figures, of the area that is shown: read again each minute, soon after its event, and sooner where it failed.
// queries: what it is made of; store: {of: the area, items, more, at, error}
function beside(path, ...queries) {
  const store = make({ of: undefined, items: null, more: false, at: 0, error: null });
  let timer = 0, turn = 0;
  async function look() {
    const mine = ++turn, of = area, kept = (s) => (s.of === of ? s : { of, items: null, more: false, at: 0 });
    let next = SIGNS_MS;
    clearTimeout(timer);
    store.set((s) => ({ ...kept(s), error: s.of === of ? s.error : null }));
    try {
      const pages = await Promise.all(queries.map((q) => get(path, { area: of, ...q })));
      if (mine !== turn) return;
      store.set({ of, items: pages.flatMap((p) => p.items), more: pages.some((p) => p.next_cursor), at: Date.now(), error: null });
    } catch (e) {
      if (mine !== turn) return;
      store.set((s) => ({ ...kept(s), error: e }));
      next = SIGNS_AGAIN_MS;
    }
    timer = setTimeout(look, next);
  }
  const soon = gather(look);
  const old = () => { const s = store.get(); if (s.error || (s.at && Date.now() - s.at > AGAIN_MS)) soon(); };
  return { store, look, soon, old };
}
const signs = beside('/api/v1/warnings', { state: RUNNING }), clues = beside('/api/v1/leads', ...LEADS_ASKED);
const lookSigns = () => { signs.look(); clues.look(); };

const inside = (e) => e.matter && (!area || e.matter.area === area || e.matter.area.startsWith(`${area}/`));

// What came, gathered: a county that catches up tells thousands at once.
let came = new Map(), feeding = 0; // by event: one that is told twice stands once
function feedSoon() {
  feeding = 0;
  const all = [...came.values()].filter(inside).reverse(), known = came;
  came = new Map();
  feed.set((f) => [...all, ...f.filter((e) => !known.has(e.event))].slice(0, FEED));
}
function fed(event) {
  came.set(event.event, event);
  if (came.size > FEED) came.delete(came.keys().next().value);
  feeding = feeding || setTimeout(feedSoon, GATHER_MS);
}

function changed() {
  if (dirty) return;
  dirty = true;
  if (!busy) soon(pace); // what is asked for anew with each event is never shown
}

listen((m) => {
  if (m.type === 'out') toLogin();
  else if (m.type === 'gap') { fresh = false; changed(); signs.soon(); clues.soon(); }
  else if (m.type === 'up') { if (wall.get()) changed(); signs.old(); clues.old(); }
  else if (m.type === 'warning') signs.soon();
  else if (m.type === 'lead') clues.soon();
  else if (m.type === 'matter' || m.type === 'urge') {
    if (m.data.event && inside(m.data)) fed(m.data); // what is overdue has no event of its own
    changed();
  } else if (m.type === 'node') changed();
});

// The address says what is looked at: a wall without hands is given one.
function toAddress(changes) {
  const q = new URLSearchParams(location.search);
  for (const [k, v] of Object.entries(changes)) if (v) q.set(k, v); else q.delete(k);
  history.pushState(null, '', String(q) ? `?${q}` : location.pathname);
}

function go(path) {
  const w = wall.get();
  area = w && path === w.node.path ? null : path;
  toAddress({ area });
  fresh = false;
  look();
  lookSigns();
}
addEventListener('popstate', () => { area = new URLSearchParams(location.search).get('area'); looked.set(asMap()); fresh = false; look(); lookSigns(); });

// The wall's own hand: no cursor after five seconds.
let idle = 0;
function stir() {
  document.documentElement.classList.remove('idle');
  clearTimeout(idle);
  idle = setTimeout(() => document.documentElement.classList.add('idle'), 5000);
}
addEventListener('pointermove', stir);

function Top({ w, known }) {
  const mine = useStore(own), others = mine.filter((a) => a !== w.area);
  const now = useNow(), p = useStore(pulse), beats = p.state === 'live', at = now + (beats ? p.apart_ms : 0);
  const to = known ? Math.max(Date.parse(w.now), p.at + p.apart_ms) : Date.parse(w.now), old = at - to > 10000;
  const root = w.node, here = w.tree, deeper = w.area !== root.path && !mine.includes(w.area);
  const lowest = [...w.places.values()].filter((x) => !x.children.length).length;
  return html`<header class="top"><${Mark} />
    <h1>${deeper ? html`<button type="button" class="crumb" onClick=${() => go(root.path)} title=${t('up_one')}>${root.title}</button> / ${here.title}` : here.title || here.path}</h1>
    ${others.length > 0 && others.map((a) => html`<button type="button" class="crumb" onClick=${() => go(a)}>${(w.places.get(a) || { title: a }).title}</button>`)}
    <p class="under">${deeper ? t('levels_note', { a: here.children.length, b: lowest }) : t('tagline')}</p><span class="push"></span>
    <p class=${old ? 'warn' : ''}><${Glyph} state=${!known ? 'unknown' : old ? 'late' : 'live'} label=${known ? '' : t('unseen')} /> ${t('data_to', { t: '' })}<b>${clock(to)}</b></p>
    <p class="date">${day(at)}</p><p class="time">${beats ? clock(at) : '--:--:--'}</p></header>`;
}

function Page() {
  const language = useLanguage(), w = useStore(wall), p = useStore(pulse), events = useStore(feed), e = useStore(trouble), s = useStore(signs.store), l = useStore(clues.store), mine = useStore(own), behind = useStore(reads), map = useStore(looked), broad = useStore(wide);
  const known = p.state === 'live' && !e, before = useRef(null), [healed, heal] = useState(null);
  useEffect(() => { document.title = `${w ? w.tree.title : 'qipan'} · ${t('page_title')}`; }, [w && w.area, language]);
  useEffect(() => { // a place that was cut off and is not any more
    if (!w) return undefined;
    const cut = new Map([...w.places.values()].filter((x) => x.state === 'cut').map((x) => [x.path, x.title]));
    const was = before.current;
    before.current = cut;
    heal((h) => (h && h.paths.some((path) => cut.has(path)) ? null : h)); // it is cut again
    const back = was && [...was].filter(([path]) => w.places.has(path) && !cut.has(path));
    if (!back || !back.length) return undefined;
    const now = { title: back[0][1], n: back.length, paths: back.map(([path]) => path) };
    heal(now);
    setTimeout(() => heal((h) => (h === now ? null : h)), 10000); // the next answer of the wall does not end it
    return undefined;
  }, [w]);
  if (!w) return html`<main class="waiting"><${Mark} /><p>${e ? e.message : t('loading')}</p></main>`;
  const props = { w, known, events, signs: s, leads: l, healed, go, own: mine, behind, wide: broad, map, turn: (on) => { toAddress({ as: on && 'map' }); looked.set(on); } };
  return html`<div class=${known ? 'screen' : 'screen silent'}><${Top} w=${w} known=${known} /><${Truth} node=${w.node} since=${Date.parse(w.now)} />
    ${e && p.state === 'live' && html`<p class="banner no-answer" role="alert">${e.message}</p>`}
    <main><${Left} ...${props} /><${Places} ...${props} /><${Middle} ...${props} /><${Right} ...${props} /></main><${Health} ...${props} /></div>`;
}

render(html`<${Page} />`, document.getElementById('app'));
begin();
look().then(() => { // the board stands first
  lookSigns();
  get('/api/v1/me').then((me) => reads.set((me.rights || []).includes('read')), () => {});
});
stir();
