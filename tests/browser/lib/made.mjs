// made.mjs: what GET /api/v1/wall might answer of a large city, for pictures beside the design's: made up, with a seed, of a list of
// divisions (code,parent_code,level,name). No test takes its figures from here.
import { readFileSync } from 'node:fs';

export const DOT = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'); // a picture of one dot

export function madeWall(file, { cut = null, now = new Date() } = {}) {
  let seed = 7;
  const random = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1).map((l) => l.split(','));
  const iso = (ms) => new Date(now.getTime() - ms).toISOString(), byCode = new Map();
  let root = null;
  for (const [code, parent, level, name] of rows) {
    const p = { path: byCode.has(parent) ? `${byCode.get(parent).path}/${code}` : `suzhou`, title: name, level, state: 'live', last_heard: iso(1000 + 3000 * random()), as_of: null, open: 0, overdue: 0, emergency: 0, children: [] };
    byCode.set(code, p);
    if (byCode.has(parent)) byCode.get(parent).children.push(p); else root = p;
  }
  const fill = (p) => {
    if (p.children.length) { p.children.forEach(fill); p.open = p.children.reduce((n, c) => n + c.open, 0); p.overdue = p.children.reduce((n, c) => n + c.overdue, 0); return; }
    const r = random();
    p.open = r < 0.3 ? 0 : r < 0.7 ? 1 + Math.floor(2 * random()) : r < 0.93 ? 3 + Math.floor(3 * random()) : 6 + Math.floor(7 * random());
    p.overdue = p.open && random() < 0.07 ? 1 : 0;
    if (random() < 0.004) p.state = 'late';
    if (random() < 0.0015) p.state = 'cut';
  };
  fill(root);
  const at = iso(2 * 3600000 + 28 * 60000), veil = (p) => { p.state = 'cut'; p.as_of = at; p.children.forEach(veil); };
  if (root.children.length > 1) { root.children[0].state = 'late'; root.children[0].last_heard = iso(48000); }
  if (cut) veil(root.children.find((c) => c.title === cut) || root.children[1]);
  const leaves = [...byCode.values()].filter((p) => !p.children.length), pick = () => leaves[Math.floor(random() * leaves.length)];
  const CATEGORIES = ['矛盾纠纷', '市容环卫', '交通秩序', '消防安全', '防溺水', '非法采矿', '噪声扰民', '路灯', '井盖', '其他'], SOURCES = ['12345热线', '网格上报', '110联动', '部门转办', '其他'];
  const hours = Array.from({ length: 24 }, (_, h) => Math.round(100 * Math.exp(-((h - 9.5) ** 2) / 14) + 25 * random() + 4)), sum = (v) => v.reduce((a, b) => a + b, 0);
  const hour = 14, before = hours.map((v) => Math.round(v * (0.85 + 0.25 * random()))), today = hours.map((v, h) => (h < hour ? v : h === hour ? Math.round(v / 2) : 0));
  const m = (n) => { const p = pick(); return { id: String(n).padStart(26, '0'), area: p.path, holder: p.path, category: CATEGORIES[Math.floor(7 * random())], source: SOURCES[Math.floor(4 * random())], urgency: 'routine', state: 'assigned', step: 4, desk: '消防救援', opened_at: iso(1000 * n), offered: null }; };
  const TYPES = ['opened', 'offered', 'closed', 'accepted', 'handled', 'urged', 'opened', 'visited', 'assigned'];
  const emergencies = [{ ...m(188), urgency: 'emergency', category: '消防安全' }, { ...m(706), urgency: 'emergency', category: '防溺水' }];
  const count = (p) => { p.emergency = emergencies.filter((e) => e.area === p.path || e.area.startsWith(`${p.path}/`)).length; p.children.forEach(count); };
  count(root);
  return {
    now: now.toISOString(), position: 1, area: root.path,
    node: { path: root.path, title: root.title, level: 'city', version: '0', zone: 'Asia/Shanghai', parent: null },
    tree: root,
    emergencies: { items: emergencies, open: 2, more: false, last: iso(188000) },
    today: { from: iso(14.5 * 3600000), opened: sum(today), closed: 989, on_time: 961, late: 43, opened_to_hour: sum(today.slice(0, hour)), closed_to_hour: 930, opened_by_hour: today, closed_by_hour: today, hour },
    before: { from: iso(7 * 86400000), opened: sum(before), closed: 1200, opened_to: sum(before.slice(0, hour)) + 40, opened_to_hour: sum(before.slice(0, hour)), closed_to_hour: 885, opened_by_hour: before, closed_by_hour: before },
    periods: [['today', 1010, 961, 43, 934], ['week', 2214, 2091, 77, 2145], ['month', 15312, 14466, 555, 15529]].map(([name, opened, on_time, late, b]) => ({ name, opened, on_time, late, opened_to_hour: opened, before_to_hour: b })),
    sources: SOURCES.map((key, i) => ({ key, opened: [403, 322, 171, 83, 31][i], before: [371, 290, 165, 77, 31][i] })),
    categories: CATEGORIES.map((key, i) => ({ key, opened: [241, 228, 163, 117, 39, 12, 60, 50, 40, 60][i], before: [226, 219, 157, 96, 24, 5, 58, 51, 40, 63][i] })),
    desks: { from: iso(6 * 86400000), days: 7, rows: [['消防救援', 212, 4], ['公安', 1284, 34], ['交通运输', 402, 15], ['城管', 1623, 79], ['民政', 188, 11], ['住建', 544, 45], ['自然资源', 176, 21], ['生态环境', 143, 22], ['应急', 14, 0]].map(([key, on_time, late]) => ({ key, on_time, late })) },
    recent: Array.from({ length: 40 }, (_, i) => ({ event: `e${i}`, type: TYPES[i % 9], at: iso(9000 * i + 4000), kind: i % 2 ? 'escalate' : 'dispatch', matter: m(i) })),
  };
}

// What GET /api/v1/map might answer of that city, and the tree with where its places lie: each community a crooked square, a county's
// side by side; the last county without any, as parks are that nobody has drawn.
export function madeMap(wall) {
  const outlines = [], SIDE = 0.26, corner = (k, x, y, n, c) => { // the same for all that meet there
    const j = (a) => (((Math.imul(k * 73856093 + x * 19349663 + y * 83492791 + a, 2654435761) >>> 0) / 2 ** 32) - 0.5) * 0.5 * (SIDE / n);
    return [116.4 + 0.31 * (k % 3) + 0.1 * (Math.floor(k / 3) % 2) + SIDE * (x / n) + j(1), 33.9 - 0.28 * Math.floor(k / 3) - SIDE * (y / c) * 0.85 + j(2)];
  };
  const lowest = (p) => (p.children.length ? p.children.flatMap(lowest) : [p]);
  wall.tree.children.forEach((county, k) => {
    const drawn = k < wall.tree.children.length - 1, low = lowest(county), n = Math.ceil(Math.sqrt(low.length)), c = Math.ceil(low.length / n);
    county.boundary = drawn;
    county.centroid = drawn ? { lon: corner(k, 0, 0, n, c)[0] + SIDE / 2, lat: corner(k, 0, 0, n, c)[1] - SIDE * 0.42 } : null;
    if (!drawn) return;
    low.forEach((p, i) => {
      const x = i % n, y = Math.floor(i / n), ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]].map(([a, b]) => corner(k, a, b, n, c));
      outlines.push({ node: p.path, code: `g${i}`, title: '', boundary: { type: 'Polygon', coordinates: [ring] } });
    });
  });
  wall.tree.boundary = true;
  return { area: wall.tree.path, file: { state: 'none', message: 'No map file is set', message_zh: '未设置地图文件', bytes: 0 }, outlines, without_boundary: 0, left_off: 0 };
}

// What GET /api/v1/leads?state might answer of it.
export function madeLeads(wall, { now = new Date(), state = null } = {}) {
  const low = [], walk = (p) => (p.children.length ? p.children.forEach(walk) : low.push(p));
  walk(wall.tree);
  const rows = [['joined', 9, 2, '12345热线', 4, '网格上报', 3, '110联动', 2], ['proposed', 1, 14, '12345热线', 8, '网格上报', 5, '信访', 1], ['confirmed', 5, 0, '12345热线', 3, '网格上报', 1, '信访', 1]];
  return { items: rows.map(([is, joined, proposed, ...s], i) => ({ id: `l${i}`, area: low[(37 + 91 * i) % low.length].path, title: '', place: low[(37 + 91 * i) % low.length].path, state: is, joined, proposed,
    sources: [0, 2, 4].map((k) => ({ source: s[k], matters: s[k + 1] })), first_at: new Date(now.getTime() - (6 + i) * 86400e3).toISOString(), last_at: now.toISOString(), found_at: now.toISOString(), matter: null })).filter((l) => !state || l.state === state), next_cursor: null };
}

// What GET /api/v1/warnings might answer of that city: some raised, some watched.
export function madeWarnings(file, { now = new Date(), count = 6 } = {}) {
  const { tree } = madeWall(file, { now }), low = [], walk = (p) => (p.children.length ? p.children.forEach(walk) : low.push(p)), ago = (n) => new Date(now.getTime() - n * 86400000).toISOString().slice(0, 10);
  walk(tree);
  const items = Array.from({ length: count }, (_, i) => {
    const place = low[(i * 211 + 17) % low.length], window = [1, 3, 7][i % 3], seen = 4 + 5 * i, category = ['漏水', '矛盾纠纷', '噪声扰民', '防溺水', '消防安全', '非法采矿'][i % 6];
    return { id: `w${i}`, area: place.path, title: place.title, category, state: i % 3 === 1 ? 'watch' : 'raised', raised: i % 3 !== 1, first_day: ago(3 + i), last_day: ago(1), raised_day: null, ended_day: null, day: ago(2), window, seen, expected: 0.4 + 1.1 * i, limit: 3 + 2 * i,
      score: 3 + i, factors: { weekday: 1, week: 1, new_year: 1 }, behind: { area: place.path, category, from: ago(1 + window), to: ago(2) }, notes: [], matter: null, updated_at: now.toISOString() };
  });
  return { items, next_cursor: null };
}

// In the page, before its own code (addInitScript): a stream that says what the test says by `es.say`, and a beat, instead of the node's.
export function ownStream() {
  delete self.SharedWorker;
  self.EventSource = class { constructor() { this.of = {}; this.readyState = 1; self.es = this; setTimeout(() => this.onopen && this.onopen(), 10); setInterval(() => this.say('beat', { now: new Date().toISOString(), position: 1 }), 2000); } addEventListener(type, f) { this.of[type] = f; } say(type, d) { this.of[type]({ data: JSON.stringify(d), lastEventId: '1' }); } close() {} };
  self.EventSource.CLOSED = 2;
  self.EventSource.OPEN = 1;
}

// The page's wall is a made one, and nothing else is to be seen there.
export async function answerMade(page, file) {
  const w = madeWall(file);
  await page.route('**/api/v1/wall*', (r) => r.fulfill({ json: { ...w, recent: undefined, now: new Date().toISOString() } }));
  await page.route('**/api/v1/{warnings,leads}*', (r) => r.fulfill({ json: { items: [], next_cursor: null } }));
}
