// figures.js: counters, bars, hours, sparklines. Bars begin at zero; what was not heard is a gap and never a zero; nothing here
// is scaled so that figures could move what stands beside them.
import { html, useState } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';

export const Counter = ({ label, value, note, kind, sign, href }) => html`<div class=${`counter ${kind || ''}`}>
  <div class="label">${sign}${label}</div>
  ${href ? html`<a class="figure" href=${href}>${number(value)}</a>` : html`<span class="figure">${number(value)}</span>`}
  <div class="note">${note}</div></div>`;

// +76 (+8.1%): a difference, in words without judgement: more reports are not bad.
export function difference(now, before) {
  if (before === null || before === undefined || now === null || now === undefined) return '';
  const d = now - before, sign = d > 0 ? '+' : d < 0 ? '−' : '±';
  return `${sign}${number(Math.abs(d))}` + (before > 0 ? ` (${sign}${(100 * Math.abs(d) / before).toFixed(1)}%)` : '');
}
export const plain = (now, before) => difference(now, before).split(' ')[0];

export const rate = (n, d) => (d > 0 ? `${(100 * n / d).toFixed(1)}%` : '–');

// A bar, a tick at the same moment last week, the figure, the difference. most: what the full width stands for.
export function CountBar({ value, before, most, old }) {
  const w = (v) => Math.max(0, Math.min(100, (100 * v) / Math.max(1, most)));
  return html`<svg class="count-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar-ground" y="3" width="100" height="4" /><rect class="bar" y="3" width=${w(value)} height="4" opacity=${old ? 0.5 : 1} />
    ${before !== null && before !== undefined && html`<rect class="bar-tick" x=${Math.min(99, w(before))} width="1" height="10" />`}</svg>`;
}

// whole = due, amber end = late
export function RankBar({ onTime, late, most }) {
  const all = onTime + late, w = (v) => (100 * v) / Math.max(1, most);
  return html`<svg class="rank-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar" y="2" width=${w(onTime)} height="6" />${late > 0 && html`<rect class="bar late" x=${w(onTime)} y="2" width=${Math.max(1, w(all) - w(onTime))} height="6" />`}</svg>`;
}

// today and before: 24 counts, null where nothing is known (yet); now: the hour that runs, part of it gone.
export function Hours({ today, before, hour, part }) {
  const W = 384, H = 144, foot = 20, tall = H - foot, step = W / 24;
  const most = Math.max(4, ...today.map((v) => v || 0), ...before.map((v) => v || 0));
  const nice = [4, 10, 20, 40, 60, 100, 200, 400, 600, 1000, 2000, 4000, 10000, 40000, 100000].find((v) => v >= most) || most;
  const y = (v) => tall - (tall * v) / nice, half = nice / 2;
  let line = '', gap = true;
  before.forEach((v, i) => {
    if (v === null) { gap = true; return; }
    line += `${gap ? 'M' : 'V'}${gap ? `${i * step} ${y(v)}` : y(v)}H${(i + 1) * step}`;
    gap = false;
  });
  const now = (hour + part) * step;
  return html`<svg class="hours" viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${t('hours_words', { a: number(today.reduce((a, b) => a + (b || 0), 0)), b: number(before.reduce((a, b) => a + (b || 0), 0)) })}>
    ${[half, nice].map((v) => html`<path class="axis" d=${`M0 ${y(v)}H${W}`} /><text class="axis-text" x="0" y=${y(v) + (v === nice ? 12 : -3)}>${number(v)}</text>`)}
    ${today.map((v, i) => v !== null && i <= hour && html`<rect class=${i === hour ? 'bar now' : 'bar'} x=${i * step + 1} width=${step - 2} y=${y(v)} height=${tall - y(v)} />`)}
    <path class="step-line" d=${line} /><path class="axis-now" d=${`M${now} 0V${tall}`} /><path class="axis" d=${`M0 ${tall}H${W}`} />
    ${[0, 6, 12, 18].map((h) => html`<text class="axis-text" x=${h * step} y=${H - 4}>${t('hour', { h: String(h).padStart(2, '0') })}</text>`)}</svg>`;
}

// values: numbers or null (nothing heard); limit: a dashed line, or null
export function Spark({ values, limit, words }) {
  const most = Math.max(1, limit || 0, ...values.map((v) => v || 0)), W = 80, H = 20;
  const x = (i) => (W - 4) * (values.length > 1 ? i / (values.length - 1) : 1), y = (v) => H - 2 - ((H - 4) * v) / most;
  let d = '', gap = true, last = null;
  values.forEach((v, i) => {
    if (v === null) { gap = true; return; }
    d += `${gap ? 'M' : 'L'}${x(i)} ${y(v)}`;
    gap = false;
    last = i;
  });
  return html`<svg class="sparkline" viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${words}>
    ${limit > 0 && html`<path class="spark-limit" d=${`M0 ${y(limit)}H${W}`} />`}<path class="spark" d=${d} />
    ${last === values.length - 1 && last !== null && html`<circle class="spark-dot" cx=${x(last)} cy=${y(values[last])} r="2" />`}</svg>`;
}

// A picture and the table behind it: `t` or the button shows it.
export function WithTable({ label, columns, rows, children }) {
  const [open, show] = useState(false);
  return html`<div class="with-table">${open ? html`<table><caption class="out-of-sight">${label}</caption><thead><tr>${columns.map((c) => html`<th scope="col">${c}</th>`)}</tr></thead>
    <tbody>${rows.map((r) => html`<tr>${r.map((v, i) => (i ? html`<td>${v}</td>` : html`<th scope="row">${v}</th>`))}</tr>`)}</tbody></table>` : children}
    <button type="button" class="table-toggle" aria-pressed=${String(open)} onClick=${() => show(!open)}>${t(open ? 'as_picture' : 'as_table')}</button></div>`;
}
