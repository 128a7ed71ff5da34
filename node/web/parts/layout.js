// layout.js: where each square of the board lies: a function of the tree, the size and the labels' widths, of no figure.
//
//   field (a county): a header, then shelves of blocks    block (a street): a label, r rows of squares, in order
//
// Every lowest place is one square of a common size s, the largest for which columns of fields fit. A field of a tree with two
// levels below has no blocks' level: then `fields` is one, without a header. Pure: tests/browser/plain.mjs runs it by itself.

const GAP = 1 / 8, STEP = 0.25;

// Blocks onto shelves of r rows in a width w: {height, shelves: [[block, x, width]]}; null when one does not fit.
function shelve(blocks, w, r, m) {
  const shelves = [];
  let row = [], x = 0;
  for (const b of blocks) {
    const cols = Math.max(1, Math.ceil(b.n / r));
    const wide = Math.max(cols * m.cw * (1 + GAP) - m.cw * GAP, b.label) + 2 * m.pad;
    if (wide > w) return null;
    if (x > 0 && x + m.gap + wide > w) {
      shelves.push(row);
      row = [];
      x = 0;
    }
    row.push([b, x ? x + m.gap : 0, wide, cols]);
    x = (x ? x + m.gap : 0) + wide;
  }
  if (row.length) shelves.push(row);
  return { r, shelves, height: shelves.reduce((h, row) => h + shelfHeight(row, r, m), (shelves.length - 1) * m.gap) };
}

// A shelf whose blocks are all lower than r rows is as high as they are.
function shelfHeight(row, r, m) {
  const rows = Math.min(r, Math.max(...row.map(([b, , , cols]) => Math.ceil(b.n / cols))));
  return m.label + rows * m.ch * (1 + GAP) - m.ch * GAP + 2 * m.pad;
}

function best(field, w, m) {
  let found = null;
  const most = Math.max(1, ...field.blocks.map((b) => b.n));
  for (let r = 1; r <= Math.min(8, most); r += 1) {
    const s = shelve(field.blocks, w - 2 * m.pad, r, m);
    if (s && (!found || s.height < found.height - 0.01)) found = s;
  }
  return found;
}

const tall = (field, w, m) => {
  if (field.head > w) return Infinity;
  const s = best(field, w, m);
  return s ? s.height + (field.head ? m.head : 0) + 2 * m.pad : Infinity;
};

// The least width in which the fields stand above one another in H.
function least(fields, H, W, m) {
  const fits = (w) => fields.reduce((h, f) => h + tall(f, w, m), (fields.length - 1) * m.between) <= H;
  if (!fits(W)) return Infinity;
  let lo = 0, hi = W;
  while (hi - lo > 4) {
    const mid = (lo + hi) / 2;
    if (fits(mid)) hi = mid;
    else lo = mid;
  }
  return hi;
}

// Columns of fields, in order, whose least widths add up to the least: [[from, to, width]].
function columns(fields, W, H, m) {
  const n = fields.length, memo = new Map();
  const width = (i, j) => {
    const key = i * n + j;
    if (!memo.has(key)) memo.set(key, least(fields.slice(i, j + 1), H, W, m));
    return memo.get(key);
  };
  const sums = [{ w: -m.between, cut: -1 }];
  for (let j = 0; j < n; j += 1) {
    let found = { w: Infinity, cut: 0 };
    for (let i = j; i >= 0 && j - i < 12; i -= 1) {
      const own = width(i, j);
      if (own === Infinity) break;
      const w = sums[i].w + m.between + own;
      if (w < found.w) found = { w, cut: i };
    }
    sums.push(found);
  }
  if (sums[n].w > W) return null;
  const out = [];
  for (let j = n; j > 0; j = sums[j].cut) out.unshift([sums[j].cut, j - 1, width(sums[j].cut, j - 1)]);
  return out;
}

function measures(s, form) {
  const u = form.unit;
  return { cw: s * form.ratio, ch: s, pad: 0.25 * u, gap: 0.25 * u, between: 0.5 * u, head: form.heads ? 2 * u : 0, label: form.labels ? 1.25 * u : 0 };
}

function place(cols, fields, W, H, m) {
  const out = { fields: [], m }, used = cols.reduce((a, c) => a + c[2], (cols.length - 1) * m.between);
  let x = 0;
  cols.forEach(([from, to, least_]) => {
    const w = least_ + ((W - used) * least_) / Math.max(1, cols.reduce((a, c) => a + c[2], 0));
    const those = fields.slice(from, to + 1), heights = those.map((f) => tall(f, w, m));
    const spare = Math.max(0, H - heights.reduce((a, h) => a + h, (those.length - 1) * m.between));
    let y = 0;
    those.forEach((f, i) => {
      const s = best(f, w, m), blocks = [], shelf = s.height / s.shelves.length;
      const loose = Math.min(spare / those.length / s.shelves.length, shelf / 2), h = heights[i] + loose * s.shelves.length;
      let by = y + m.pad + (f.head ? m.head : 0);
      for (const row of s.shelves) {
        const sh = shelfHeight(row, s.r, m), end = row[row.length - 1], free = Math.max(0, w - 2 * m.pad - end[1] - end[2]);
        row.forEach(([b, bx, bw, c], k) => {
          const grow = free / row.length;
          blocks.push({ key: b.key, x: x + m.pad + bx + k * grow, y: by, w: bw + grow, h: sh + loose, cols: c, n: b.n });
        });
        by += sh + loose + m.gap;
      }
      out.fields.push({ key: f.key, x, y, w, h, blocks });
      y += h + m.between;
    });
    x += w + m.between;
  });
  return out;
}

// fields: [{key, head (0, or the least width that its header takes), blocks: [{key, n, label (its width)}]}]; form: {unit (px of a rem), ratio (of a square), heads, labels, most}.
// -> {fields: [{key, x, y, w, h, blocks: [{key, x, y, w, h, cols, n}]}], m, s}; null when not even the smallest squares fit.
export function layout(fields, W, H, form) {
  if (!fields.length || W < 10 || H < 10) return null;
  let lo = Math.floor((form.least || 3) / STEP), hi = Math.floor(form.most / STEP), found = null;
  const fit = (k) => columns(fields, W, H, measures(k * STEP, form));
  if (!fit(lo)) return null;
  while (lo < hi) {
    const mid = Math.ceil((lo + hi) / 2);
    if (fit(mid)) lo = mid;
    else hi = mid - 1;
  }
  const m = measures(lo * STEP, form);
  found = place(columns(fields, W, H, m), fields, W, H, m);
  found.s = lo * STEP;
  return found;
}

// The corner of a block's square i: in rows from the left.
export function corner(block, i, m) {
  return [block.x + m.pad + (i % block.cols) * m.cw * (1 + GAP), block.y + m.pad + m.label + Math.floor(i / block.cols) * m.ch * (1 + GAP)];
}
