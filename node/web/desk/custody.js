// custody.js: who held a matter when, from its history: one holder at any moment, each stretch with its own time.
import { html, useLayoutEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { duration, moment } from '../lib/time.js';

// [{node, from, to|null}], oldest first; to null: holds it now. offer: {from, to, since} while one is out.
export function stretches(matter) {
  const out = [];
  for (const h of matter.history) {
    if (!['opened', 'accepted', 'seized'].includes(h.type)) continue;
    if (h.type === 'opened' && out.length) continue;
    const last = out[out.length - 1], at = Date.parse(h.at);
    if (last) last.to = Math.max(at, last.from);
    out.push({ node: h.node, from: at, to: null });
  }
  const last = out[out.length - 1];
  if (last && matter.closed_at && ['closed', 'merged'].includes(matter.state)) last.to = Date.parse(matter.closed_at);
  return out;
}

// Lanes from the top of the tree downwards, those of one level in the order in which they held it.
export function lanes(parts, offer) {
  const paths = [...new Set([...parts.map((p) => p.node), ...(offer ? [offer.to] : [])])];
  const deep = (p) => p.split('/').length;
  return paths.map((path, i) => ({ path, i })).sort((a, b) => deep(a.path) - deep(b.path) || a.i - b.i).map((l) => l.path);
}

// Where each stretch lies: long ones are cut short so that each finds room for its time; x in 0…1.
export function places(parts, now) {
  const least = 0.09, wide = parts.map((p) => Math.sqrt(Math.max(1, (p.to === null ? now : p.to) - p.from)));
  const sum = wide.reduce((a, b) => a + b, 0) || 1, gap = parts.length > 1 ? Math.min(0.04, 0.3 / parts.length) : 0;
  const room = 1 - gap * (parts.length - 1), raw = wide.map((w) => Math.max(least, w / sum)), all = raw.reduce((a, b) => a + b, 0);
  let x = 0;
  return raw.map((r) => { const w = (r / all) * room, at = { x, w }; x += w + gap; return at; });
}

// About how wide a name is in 12 px: a path stands there where the name is not known.
const wideOf = (text) => [...text].reduce((w, c) => w + (c > '\u2e7f' ? 12 : 6.6), 0);

const WIDE = 620, MOST = 736, NARROW = 420; // pixels: before it is measured; at most; where its letters would lie over each other the table stands

export function Custody({ matter, name, now }) {
  const box = useRef(null), [W, measure] = useState(WIDE), [asked, show] = useState(null), table = asked === null ? W < NARROW : asked, parts = stretches(matter), offer = matter.offered || null;
  useLayoutEffect(() => { // drawn as wide as it stands there: scaled, its letters would be too small to read
    if (!box.current) return undefined;
    const look = new ResizeObserver(([e]) => measure(Math.min(MOST, Math.round(e.contentRect.width)) || WIDE));
    look.observe(box.current);
    return () => look.disconnect();
  }, [parts.length > 0]);
  if (!parts.length) return null;
  const rows = lanes(parts, offer), at = places(parts, now), left = Math.min(0.4 * W, 240, 16 + Math.max(72, ...rows.map((p) => wideOf(name(p))))), right = 96, step = 28, top = 22, H = top + rows.length * step;
  const X = (x) => left + x * (W - left - right), Y = (path) => top + rows.indexOf(path) * step, held = (p) => (p.to === null ? now : p.to) - p.from;
  const words = parts.map((p) => `${name(p.node)} ${duration(held(p))}`).join(' → ') + (offer ? ` ⇢ ${name(offer.to)}` : '');
  return html`<section class="custody" ref=${box}><h3>${t('path')}<small>${t('one_holder')}</small>
    <button type="button" class="link" aria-pressed=${String(table)} onClick=${() => show(!table)}>${t(table ? 'as_picture' : 'as_table')}</button></h3>
    ${table ? html`<table><thead><tr><th scope="col">${t('from_node')}</th><th scope="col">${t('from_time')}</th><th scope="col">${t('to_time')}</th><th scope="col">${t('how_long')}</th></tr></thead>
      <tbody>${parts.map((p) => html`<tr><th scope="row">${name(p.node)}</th><td>${moment(p.from)}</td><td>${p.to === null ? t('holder_now') : moment(p.to)}</td><td>${duration(held(p))}</td></tr>`)}</tbody></table>`
      : html`<svg width=${W} height=${H} viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${`${t('path')}：${words}`}>
      ${rows.map((path) => html`<g><path class="axis" d=${`M${left} ${Y(path)}H${W - right + 8}`} /><text class=${path === matter.holder ? 'lane now' : 'lane'} x="0" y=${Y(path) + 4}>${name(path)}</text></g>`)}
      ${parts.map((p, i) => {
    const x = X(at[i].x), w = at[i].w * (W - left - right), y = Y(p.node), here = p.to === null, next = parts[i + 1];
    return html`<g class=${here ? 'stretch now' : 'stretch'}><path d=${`M${x} ${y}H${x + w}`} /><rect x=${x - 3} y=${y - 3} width="6" height="6" />
      <text x=${x + w / 2} y=${y - 8} text-anchor="middle">${duration(held(p))}</text>
      ${next && html`<path class="passes" d=${`M${x + w} ${y}L${X(at[i + 1].x)} ${Y(next.node)}`} />`}
      ${here && html`<rect x=${x + w - 4} y=${y - 4} width="8" height="8" /><text x=${x + w + 10} y=${y + 4}>${t('holder_now')}${matter.desk ? ` · ${matter.desk}` : ''}</text>`}
      ${here && offer && html`<path class="offered" d=${`M${x + w} ${y}L${x + w + 24} ${Y(offer.to)}`} /><rect class="offered-end" x=${x + w + 21} y=${Y(offer.to) - 4} width="8" height="8" />`}</g>`;
  })}</svg>`}</section>`;
}
