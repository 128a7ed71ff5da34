// board.js: the board itself: every lowest place below the shown one a square, streets blocks of squares, counties fields of blocks.
import { html, useState, useLayoutEffect, useMemo, useRef } from '../lib/ui.js';
import { t, number, useLanguage } from '../lib/i18n.js';
import { moment, ago } from '../lib/time.js';
import { lowest, shortNames, knownOf } from '../lib/tree.js';
import { layout, corner } from './layout.js';
import { Square, Glyph, Corner, Stone, Hatch } from './marks.js';

const wideOf = (text, size) => [...text].reduce((w, c) => w + (c > '⺀' ? 1 : 0.62), 0) * size;

// The fields and blocks of a place: by how many levels it has below.
function gather(place) {
  const deep = (p) => (p.children.length ? 1 + Math.max(...p.children.map(deep)) : 0), levels = deep(place);
  const block = (p, names) => ({ key: p.path, place: p, name: names.get(p.path), tiles: lowest(p), n: lowest(p).length });
  if (levels >= 3) {
    return place.children.map((f) => {
      const names = shortNames(f.children);
      return { key: f.path, place: f, head: true, blocks: f.children.length ? f.children.map((b) => block(b, names)) : [{ key: `${f.path}/`, place: f, name: '', tiles: [f], n: 1 }] };
    });
  }
  const names = shortNames(place.children);
  if (levels === 2) return [{ key: place.path, place, head: false, blocks: place.children.map((b) => block(b, names)) }];
  return [{ key: place.path, place, head: false, blocks: [{ key: place.path, place, name: '', tiles: levels ? place.children : [place], n: Math.max(1, place.children.length) }] }];
}

// Beside a block's name stands its figure (with the squares' names, or `figures`): room for three digits, for the layout knows no figure.
function plan(place, W, H, unit, named, figures) {
  const all = gather(place), fieldsOf = (beside) => all.map((f) => ({ ...f, head: f.head ? Math.min(W / 3, wideOf(f.place.title, unit) + 8 * unit) : 0, blocks: f.blocks.map((b) => ({ ...b, label: b.name ? wideOf(b.name, 0.75 * unit) + beside * unit : 0 })) }));
  let fields = fieldsOf(1.5);
  const form = { unit, heads: fields.some((f) => f.head > 0), labels: fields.some((f) => f.blocks.some((b) => b.name)) };
  let laid = named ? layout(fields, W, H, { ...form, ratio: 42 / 22, least: 1.375 * unit, most: 4 * unit }) : null;
  const names = Boolean(laid);
  if (!laid) {
    fields = fieldsOf(figures ? 1.5 : 0.25);
    laid = layout(fields, W, H, { ...form, ratio: 1, most: 3 * unit });
  }
  if (!laid && fields.some((f) => f.head > 0)) { // too small for each place: a square for each block, without names
    fields = fields.map((f) => ({ ...f, blocks: [{ key: f.key, place: f.place, name: '', label: 0, tiles: f.blocks.map((b) => b.place), n: f.blocks.length }] }));
    laid = layout(fields, W, H, { ...form, labels: false, ratio: 1, most: 3 * unit });
  }
  return laid && { ...laid, names, of: new Map(fields.flatMap((f) => [[f.key, f], ...f.blocks.map((b) => [`b ${b.key}`, b])])) };
}

const wrong = (p) => p.overdue > 0 || p.emergency > 0 || p.state !== 'live';
const figure = (p, n) => number(knownOf(p, n));
const said = (p) => [p.title, `${t('open')} ${figure(p, p.open)}`, p.overdue > 0 && `${t('overdue')} ${number(p.overdue)}`, p.emergency > 0 && `${t('emergency')} ${number(p.emergency)}`,
  p.state !== 'live' && t(p.state)].filter(Boolean).join('，');

function Head({ f, x, y, w, m, unit, now }) {
  const p = f.place, late = p.state !== 'live';
  return html`<foreignObject x=${x} y=${y} width=${w} height=${m.head}><div class="field-head" xmlns="http://www.w3.org/1999/xhtml">
    <b>${p.title}</b>${late && html`<span class=${`age ${p.state}`}><${Glyph} state=${p.state} label=${t(p.state)} />${p.state === 'cut' ? (p.as_of ? t('as_of', { t: moment(p.as_of) }) : t('unseen')) : p.last_heard ? ago(now - Date.parse(p.last_heard)) : ''}</span>`}
    <span class="push"></span>
    ${p.emergency > 0 && html`<span class="alarm"><${Stone} />${number(p.emergency)}</span>`}
    ${p.overdue > 0 && html`<span class="warn"><${Corner} />${number(p.overdue)}</span>`}<span>${figure(p, p.open)}</span></div></foreignObject>`;
}

// props: place (of GET /tree, each with `emergency`), named (squares with names, where they find room), figures (one for each block),
// onDown(path), onOpen(path): of one that has none below, onUp(), links (whether it may be walked by mouse and keys), now.
export function Board({ place, named = false, figures = false, onDown, onOpen, onUp, links = true, now = Date.now() }) {
  const box = useRef(null), [size, set] = useState(null), [chosen, choose] = useState({ of: '', at: -1 }), [table, showTable] = useState(false);
  const language = useLanguage();
  useLayoutEffect(() => {
    const look = () => {
      const unit = parseFloat(getComputedStyle(document.documentElement).fontSize), e = box.current;
      if (e) set((s) => (s && s.w === e.clientWidth && s.h === e.clientHeight && s.unit === unit ? s : { w: e.clientWidth, h: e.clientHeight, unit }));
    };
    const watch = new ResizeObserver(look);
    watch.observe(box.current);
    look();
    return () => watch.disconnect();
  }, []);
  const shape = useMemo(() => { const f = (p) => `${p.path}(${p.children.map(f).join()})`; return f(place); }, [place]);
  const laid = useMemo(() => size && plan(place, size.w, size.h, size.unit, named, figures), [shape, size, named, figures, language]);
  const byPath = new Map();
  const fill = (p) => { byPath.set(p.path, p); p.children.forEach(fill); };
  fill(place);
  const live = (p) => byPath.get(p.path) || p;
  const spots = [];
  if (laid) {
    for (const f of laid.fields) {
      for (const b of f.blocks) laid.of.get(`b ${b.key}`).tiles.forEach((p, i) => { const [x, y] = corner(b, i, laid.m); spots.push({ p, x, y, field: f, block: b }); });
    }
  }
  const at = chosen.of === place.path ? chosen.at : -1, go = (i) => choose({ of: place.path, at: i }); // of another place none

  const step = (dx, dy) => { // to the nearest square that way
    const from = spots[at] || spots[0];
    if (at < 0 || !from) { go(0); return; }
    let found = -1, least = Infinity;
    spots.forEach((s, i) => {
      const ax = (s.x - from.x) * dx + (s.y - from.y) * dy, off = Math.abs((s.x - from.x) * dy) + Math.abs((s.y - from.y) * dx);
      if (ax > 1 && ax + 2 * off < least) { least = ax + 2 * off; found = i; }
    });
    if (found >= 0) go(found);
  };
  // Down: towards the chosen square, one level.
  const down = (path) => {
    const next = place.children.find((c) => path === c.path || path.startsWith(`${c.path}/`));
    if (next && next.children.length && onDown) onDown(next.path);
    else if (next && !next.children.length && onOpen) onOpen(next.path);
  };
  const keys = (e) => {
    if (!links || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const k = { ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
      Enter: () => spots[at] && down(spots[at].p.path), Escape: () => onUp && onUp(), Backspace: () => onUp && onUp(), t: () => showTable(!table) }[e.key];
    if (k) { k(); e.preventDefault(); }
  };
  const total = said(place), drawn = useRef({ of: null, squares: new Map() }), downNow = useRef(down);
  downNow.current = down;
  if (drawn.current.of !== laid) drawn.current = { of: laid, squares: new Map() };
  const picture = useMemo(() => laid && !table && html`<svg width=${size.w} height=${size.h} viewBox=${`0 0 ${size.w} ${size.h}`} role="img" aria-label=${`${t('board')}：${total}`}><${Hatch} />
    ${laid.fields.map((f) => {
    const field = laid.of.get(f.key), p = live(field.place), m = laid.m, u = size.unit, cut = p.state === 'cut';
    return html`<g key=${f.key} class=${cut ? 'stale' : ''}>
      ${field.head > 0 && html`<rect class="field-ground" x=${f.x} y=${f.y} width=${f.w} height=${f.h} rx="2" onClick=${links ? () => down(p.path) : undefined} /><${Head} f=${{ place: p }} x=${f.x} y=${f.y} w=${f.w} m=${m} unit=${u} now=${now} />`}
      ${f.blocks.map((b) => {
      const block = laid.of.get(`b ${b.key}`), own = live(block.place), bright = wrong(own) || block.tiles.some((x) => wrong(live(x)));
      return html`<g key=${b.key}><rect class="block-ground" x=${b.x} y=${b.y} width=${b.w} height=${b.h} rx="2" />
        ${block.name && html`<text class=${bright ? 'block-name bright' : 'block-name'} x=${b.x + m.pad} y=${b.y + m.pad + 0.8 * u} font-size=${0.75 * u}>${block.name}</text>`}
        ${(figures || laid.names) && block.name && html`<text class="block-figure" x=${b.x + b.w - m.pad} y=${b.y + m.pad + 0.8 * u} text-anchor="end" font-size=${0.75 * u}>${figure(own, own.open)}</text>`}</g>`;
    })}
      ${cut && html`<rect class="veil" x=${f.x} y=${f.y + (field.head ? m.head : 0)} width=${f.w} height=${f.h - (field.head ? m.head : 0)} fill="url(#hatch)" />`}</g>`;
  })}
    ${spots.map((s, i) => { const p = live(s.p), f = live(laid.of.get(s.field.key).place), short = laid.names ? [...nameOf(laid, s)].slice(0, 4).join('') : '';
    const look = `${said(p)} ${p.open} ${p.state} ${f.state} ${i === at} ${links}`, had = drawn.current.squares.get(p.path);
    if (had && had.look === look) return had.node; // the same object: what has not changed is not even compared
    const node = html`<g key=${p.path} data-path=${p.path} onClick=${links ? () => downNow.current(p.path) : undefined}><title>${said(p)}</title><${Square} p=${f.state === 'cut' && p.state === 'cut' ? { ...p, state: 'late' } : p} x=${s.x} y=${s.y} w=${laid.m.cw} h=${laid.m.ch} name=${short}
      size=${Math.min(0.75 * size.unit, laid.m.cw / Math.max(3.2, wideOf(short, 1) + 0.4))} chosen=${i === at} /></g>`;
    drawn.current.squares.set(p.path, { look, node });
    return node; })}</svg>`, [laid, place, table, language, at, links, Math.floor(now / 5000)]); // drawn again when it is another one, not with each second and event
  return html`<div class="board" ref=${box} tabindex=${links ? 0 : undefined} role="group" aria-label=${`${t('board')}：${total}`} onKeyDown=${keys}>
    ${picture}
    ${laid && table && html`<div class="board-table"><table><caption class="out-of-sight">${t('board')}</caption><thead><tr><th scope="col">${t('by_area')}</th><th scope="col">${t('open')}</th><th scope="col">${t('overdue')}</th><th scope="col">${t('emergency')}</th><th scope="col">${t('board_state')}</th><th scope="col">${t('board_as_of')}</th></tr></thead>
      <tbody>${[...byPath.values()].filter((p) => p !== place).map((p) => html`<tr key=${p.path}><th scope="row">${p.title}</th><td>${figure(p, p.open)}</td><td>${figure(p, p.overdue)}</td><td>${figure(p, p.emergency)}</td><td>${t(p.state)}</td><td>${p.as_of ? moment(p.as_of) : ''}</td></tr>`)}</tbody></table></div>`}
    ${at >= 0 && spots[at] && html`<p class="out-of-sight" role="status">${said(live(spots[at].p))}</p>`}</div>`;
}

function nameOf(laid, spot) {
  const block = laid.of.get(`b ${spot.block.key}`);
  if (!block.short) block.short = shortNames(block.tiles);
  return block.short.get(spot.p.path) || spot.p.title;
}

// The squares alone, without names, links or figures: for the log-in page. shape: [[n, n, …], …], a list of blocks for each field.
export function BareBoard({ shape, W, H }) {
  const fields = shape.map((blocks, i) => ({ key: String(i), head: false, blocks: blocks.map((n, k) => ({ key: `${i} ${k}`, n, label: 0 })) }));
  const laid = layout(fields, W, H, { unit: 16, ratio: 1, heads: false, labels: false, most: 28 });
  if (!laid) return null;
  const ends = laid.fields.flatMap((f) => f.blocks.map((b) => [corner(b, b.cols - 1, laid.m)[0] + laid.m.cw, corner(b, b.n - 1, laid.m)[1] + laid.m.ch]));
  const w = Math.max(200, ...ends.map((e) => e[0])), h = Math.max(...ends.map((e) => e[1]));
  return html`<svg viewBox=${`0 0 ${w} ${h}`} aria-hidden="true">${laid.fields.flatMap((f) => f.blocks.flatMap((b) => Array.from({ length: b.n }, (_, i) => {
    const [x, y] = corner(b, i, laid.m);
    return html`<rect class="bare" x=${x} y=${y} width=${laid.m.cw} height=${laid.m.ch} rx="1" />`;
  })))}</svg>`;
}
