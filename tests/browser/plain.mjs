// plain.mjs: what of the pages can be checked without a browser: the words, the colours, the syntax and the layout.
//   node plain.mjs [--plant NAME]    a planted mistake must be seen: the exit status is 1
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { parse } from 'acorn';

const WEB = new URL('../../node/web/', import.meta.url), plant = process.argv[2] === '--plant' ? process.argv[3] : '';
let failed = 0, passed = 0;
function check(ok, what, detail) {
  if (ok) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED: ${what}${detail === undefined ? '' : `\n    ${detail}`}`);
  }
}
const files = (folder, end) => readdirSync(new URL(folder, WEB)).filter((f) => f.endsWith(end)).map((f) => `${folder}${f}`);
const read = (file) => readFileSync(new URL(file, WEB), 'utf8');

// ---- words ----
const dictionaries = {};
for (const file of files('words/', '.js')) for (const [name, d] of Object.entries(await import(new URL(file, WEB)))) dictionaries[`${file} ${name}`] = d;
if (plant === 'word') dictionaries['words/planted.js'] = { zh: { a: '一' }, en: {} };
if (plant === 'unsaid') dictionaries['words/planted.js'] = { zh: { nobody_says: '一' }, en: { nobody_says: 'one' } };
if (plant === 'comma') dictionaries['words/planted.js'] = { zh: { a: '一,二' }, en: { a: 'one, two' } };
const holes = (text) => (text.match(/\{\w+\}/g) || []).sort().join();
const HALF = /[㐀-鿿][,;:()]|[,;:()][㐀-鿿]/;
for (const [name, { zh, en }] of Object.entries(dictionaries)) {
  const a = Object.keys(zh).filter((k) => !(k in en)), b = Object.keys(en).filter((k) => !(k in zh));
  check(a.length + b.length === 0, `${name}: both languages have the same keys`, [...a, ...b].join(' '));
  for (const [k, text] of Object.entries(zh)) {
    check(k === 'language' || !HALF.test(text), `${name}: the punctuation of zh.${k} is full-width`, text);
    if (k in en) check(holes(text) === holes(en[k]), `${name}: ${k} has the same holes in both languages`, `${text} / ${en[k]}`);
  }
}
const common = dictionaries['words/common.js COMMON'];
for (const [name, { zh }] of Object.entries(dictionaries)) {
  if (zh !== common.zh) check(!Object.keys(zh).some((k) => k in common.zh), `${name}: no key means something else than in words/common.js`, Object.keys(zh).filter((k) => k in common.zh).join(' '));
}
const known = new Set(Object.values(dictionaries).flatMap((d) => Object.keys(d.zh)));
const folders = readdirSync(WEB, { withFileTypes: true }).filter((d) => d.isDirectory() && d.name !== 'vendor' && d.name !== 'old').map((d) => `${d.name}/`);
const own = folders.flatMap((f) => files(f, '.js'));

// What a module says. words: what t() is called with, also by `a ? 'x' : 'y'`; patterns: t(`step_${s}`) and word('step', s) say step_*, a
// number where nothing parts it (`step${n}`); texts: every other text that is not merely compared, and attributes that parts say (label="…"):
// what t() is called with may be a variable.
function saidBy(file) {
  const words = [], patterns = new Set(), texts = new Set();
  let kinds = false; // word() with a variable: any text of this module is one
  const said = (n) => {
    if (n.type === 'Literal') words.push(n.value);
    else if (n.type === 'TemplateLiteral') patterns.add(n.quasis.map((q) => q.value.cooked).join('*'));
    else if (n.type === 'ConditionalExpression') { said(n.consequent); said(n.alternate); }
  };
  const walk = (n, above) => {
    if (n.type === 'ImportDeclaration') return;
    if (n.type === 'Literal' && typeof n.value === 'string' && !(above.type === 'BinaryExpression' && /^[!=]==$/.test(above.operator))) texts.add(n.value);
    if (n.type === 'TemplateElement') for (const m of n.value.cooked.matchAll(/\b(?:label|kind|why)="([\w-]+)"/g)) texts.add(m[1]);
    if (n.type === 'CallExpression' && n.callee.name === 't') said(n.arguments[0]);
    if (n.type === 'CallExpression' && n.callee.name === 'word' && n.arguments[0].type === 'Literal') patterns.add(`${n.arguments[0].value}_*`);
    else if (n.type === 'CallExpression' && n.callee.name === 'word') kinds = true;
    for (const [name, v] of Object.entries(n)) for (const x of [v].flat()) if (x && typeof x.type === 'string' && !(name === 'key' && !n.computed)) walk(x, n);
  };
  walk(parse(read(file), { ecmaVersion: 2020, sourceType: 'module' }), {});
  if (kinds) for (const text of texts) if ([...known].some((k) => k.startsWith(`${text}_`))) patterns.add(`${text}_*`);
  return { words, patterns: [...patterns], texts };
}
const sayers = own.filter((f) => !f.startsWith('words/')).map((file) => ({ file, ...saidBy(file) }));
const like = (pattern) => new RegExp(`^${pattern.replace(/([^_-])\*/g, '$1\\d+').replace(/\*/g, '[\\w-]+')}$`);
for (const { file, words, patterns } of sayers) {
  const unknown = [...words.filter((k) => !known.has(k)), ...patterns.filter((p) => ![...known].some((k) => like(p).test(k)))];
  check(unknown.length === 0, `${file}: every word that it says stands in a dictionary`, unknown.join(' '));
}
const patterns = sayers.flatMap((s) => s.patterns).map(like), texts = new Set(sayers.flatMap((s) => [...s.words, ...s.texts]));
for (const [name, { zh }] of Object.entries(dictionaries)) {
  const unsaid = Object.keys(zh).filter((k) => !texts.has(k) && !patterns.some((p) => p.test(k)));
  check(unsaid.length === 0, `${name}: every word is said somewhere`, unsaid.join(' '));
}
check(texts.size > 300 && patterns.length > 15, 'what the pages say is found', `${texts.size} ${patterns.length}`);

// ---- what a history shows ----
// Every event of a matter that the stream shows (proto/events.h) has its word and its glyph. A step without a word of its own is called
// what the node calls it (GET /api/v1/steps).
const rows = [...readFileSync(new URL('../../proto/events.h', import.meta.url), 'utf8').matchAll(/^    X\((\w+),\s*(\w+),\s*\w+,\s*MATTER,[^"\n]*"(?:matter|urge)"/gm)].map((m) => m[2]);
if (plant === 'event') rows.push('planted');
check(rows.length > 15, 'the events of proto/events.h are found', rows.join(' '));
const glyphs = read('parts/marks.js').match(/STEP_ICONS = \{([^}]*)\}/)[1];
for (const row of rows) {
  check(`event_${row}` in common.zh, `words/common.js: event_${row} is there`);
  check(new RegExp(`\\b${row}:`).test(glyphs), `parts/marks.js: STEP_ICONS has ${row}`);
}

// ---- figures ----
// Written as print.c writes them: by the lines that tests/unit/circular/print_test.c reads.
const shares = await import(new URL('lib/shares.js', WEB)), write = { share: shares.shareText, count: shares.countChange, points: shares.shareChange };
const cases = readFileSync(new URL('../unit/circular/print_cases.txt', import.meta.url), 'utf8').split('\n').filter((l) => l && !l.startsWith('#'));
if (plant === 'figure') cases.push('share 1 8 12.6');
check(cases.length > 20, 'the cases of figures are found', cases.length);
for (const line of cases) {
  const [kind, ...n] = line.split(' '), want = n.pop(), is = write[kind](...n.map(Number));
  check(is === want, `lib/shares.js: ${line}`, is);
}

// ---- the stream of a machine that slept ----
// lib/worker.js on a clock of its own: a tab that was not heard for ten minutes is told again what comes, and has its stream back.
{
  let now = 1e12, opened = 0, said = 0, waits = [], stream = null;
  const every = [], gaps = [], port = { postMessage: (m) => { said += 1; if (m.kind === 'gap') gaps.push('first'); } }, other = { postMessage: (m) => { if (m.kind === 'gap') gaps.push('other'); } }, self = {};
  class Source {
    constructor() { opened += 1; stream = this; this.readyState = Source.OPEN; this.of = {}; waits.push([now, () => this.onopen()]); }
    addEventListener(type, f) { this.of[type] = f; }
    close() { this.readyState = Source.CLOSED; }
  }
  Source.OPEN = 1;
  Source.CLOSED = 2;
  const second = (awake) => {
    now += 1000;
    if (stream.readyState === Source.OPEN) stream.of.beat({ data: '{}', lastEventId: '1' });
    every.forEach((f) => f());
    if (awake) port.onmessage({ data: 'here' });
    const ripe = waits.filter(([at]) => at <= now);
    waits = waits.filter(([at]) => at > now);
    ripe.forEach(([, f]) => f());
  };
  const text = read('lib/worker.js'), around = { self, EventSource: Source, Date: { now: () => now }, setInterval: (f) => every.push(f), setTimeout: (f, ms) => waits.push([now + ms, f]), clearTimeout: () => {}, fetch: async () => ({ status: 200 }), Map, Math };
  runInNewContext(plant === 'sleep' ? text.replace('slept && ', 'false && ') : text, around);
  self.qipanStream(port);
  for (let i = 0; i < 5; i += 1) second(true);
  check(opened === 1 && said >= 5, 'lib/worker.js: a stream is opened and told to its tab', `${opened} ${said}`);
  now += 600000;
  second(false); // its own timer is the first to wake
  check(stream.readyState === Source.CLOSED, 'lib/worker.js: with the last tab unheard for 90 s the stream ends');
  said = 0;
  for (let i = 0; i < 10; i += 1) second(true);
  check(stream.readyState === Source.OPEN && said >= 5, 'lib/worker.js: after a sleep the stream is there again', `${opened} opened, ${said} told`);
  const had = opened;
  gaps.length = 0;
  self.qipanStream(other);
  for (let i = 0; i < 100; i += 1) { second(false); other.onmessage({ data: 'here' }); }
  for (let i = 0; i < 3; i += 1) { second(true); other.onmessage({ data: 'here' }); }
  check(gaps.join() === 'first' && opened === had, 'lib/worker.js: of two tabs the one that was frozen is told that it missed what came, and the stream goes on', `${gaps} ${opened - had}`);
}

// ---- what events ask for ----
// lib/gather.js on a clock of its own, an event each 0.1 s: a reading of 0.7 s is not begun anew before it has ended, and what comes last is read.
{
  let now = 0, waits = [], under = 0, most = 0, begun = 0, of = -1;
  const ms = (n) => new Promise((done) => { waits.push([now + n, done]); }), text = read('lib/gather.js').replace('export ', '');
  const read1 = async () => { const at = now; begun += 1; under += 1; most = Math.max(most, under); await ms(700); under -= 1; of = at; if (begun === 2) throw new Error('one that throws'); };
  const around = { read1, performance: { now: () => now }, setTimeout: (f, n) => { waits.push([now + n, () => f().catch(() => {})]); }, Math };
  const soon = runInNewContext(`${plant === 'gather' ? text.replace('missed = runs;', '') : text}\ngather(read1)`, around);
  for (let i = 0, last = 0, over = false; i < 600; i += 1) {
    now += 100;
    if (!over) { soon(); last = now; over = i > 400 && under > 0; } // the last one comes in the middle of a reading
    for (const [, f] of waits.filter(([at]) => at <= now)) f();
    waits = waits.filter(([at]) => at > now);
    for (let k = 0; k < 9; k += 1) await null;
    if (i === 400) check(begun >= 10 && begun <= 13 && most === 1, 'lib/gather.js: under steady events it is read each few seconds, and one after another', `${begun} begun, ${most} at once`);
    if (i === 599) check(of >= last && under === 0, 'lib/gather.js: what comes while it is read is read behind it', `${of} ${last}`);
  }
  begun = 0;
  for (let i = 0; i < 10; i += 1) soon();
  waits.splice(0).forEach(([, f]) => f());
  check(begun === 1, 'lib/gather.js: many at once are one reading', begun);
}

// ---- the phone's page where a proxy answers for its node ----
{
  const on = {};
  let next = null, full = false;
  const text = read('pages/field-worker.js');
  runInNewContext(plant === 'proxy' ? text.replace('fresh.status < 500', 'true') : text, {
    URL, self: { addEventListener: (kind, f) => { on[kind] = f; } }, AbortSignal: { timeout: () => null }, fetch: async () => next(),
    caches: { open: async () => ({ match: async () => ({ kept: true }), put: async () => { if (full) throw Object.assign(new Error('full'), { name: 'QuotaExceededError' }); } }) },
  });
  const asked = async (answers) => { let got; next = answers; on.fetch({ request: { method: 'GET', url: 'http://node/field' }, respondWith: (x) => { got = x; } }); return got; };
  const like = (status) => () => { const r = { ok: status === 200, status, clone: () => r }; return r; };
  check((await asked(like(502))).kept && (await asked(() => { throw new Error('no signal'); })).kept, 'pages/field-worker.js: a 502 shows what is kept, as no signal does');
  check((await asked(like(200))).status === 200 && (await asked(like(404))).status === 404, 'pages/field-worker.js: and what the node itself answers is shown');
  full = true;
  check((await asked(like(200))).status === 200, 'pages/field-worker.js: also where there is no room to keep it');
}

// ---- times of forms, days ----
// lib/time.js: what is typed is of the zone of what is shown, and so is a day, whatever this machine's is.
{
  const text = read('lib/time.js').replace(/^import .*$/m, '').replace(/export /g, ''), around = { Intl, Date, Number, Math, Map, Object, locale: () => 'zh-CN', language: () => 'zh', t: (k) => k };
  const { setZone, fromForm, dayOf } = runInNewContext(`${plant === 'zone' ? text.replace('want - (there(near) - near)', 'want') : text}\n({ setZone, fromForm, dayOf })`, around);
  for (const [zone, typed, want] of [['Asia/Shanghai', '2026-11-25T18:00', '2026-11-25T10:00:00.000Z'], ['Asia/Shanghai', '2026-11-25T00:00', '2026-11-24T16:00:00.000Z'], ['Asia/Kolkata', '2026-01-01T00:10', '2025-12-31T18:40:00.000Z'], ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:30:00.000Z'], ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00.000Z'], ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'], ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00.000Z']]) {
    setZone(zone);
    check(fromForm(typed) === want, `lib/time.js: ${typed} in ${zone}`, fromForm(typed));
  }
  for (const [zone, at, want] of [['Asia/Shanghai', '2026-11-28T17:00:00Z', '2026-11-29'], ['America/New_York', '2026-03-01T04:59:00Z', '2026-02-28'], ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01']]) {
    setZone(zone);
    check(dayOf(Date.parse(at)) === want, `lib/time.js: ${at} is a day in ${zone}`, dayOf(Date.parse(at)));
  }
  check(!/new Date\(text\)/.test(read('desk/form.js')) && /setZone\(/.test(read('field/alarms.js')), 'desk/form.js and the phone keep to that zone');
}

// ---- what is found by its letters ----
{
  const { initials } = await import(new URL('lib/initials.js', WEB)), found = (text) => (plant === 'initials' ? initials(text).slice(1) : initials(text));
  for (const [text, want] of [['东关街道', 'dgjd'], ['砀山县', 'dsx'], ['井盖缺失破损', 'jgqsps'], ['矛盾纠纷', 'mdjf'], ['啊座', 'az'], ['12345 热线', '12345 rx'], ['Ward 22', 'ward 22']]) check(found(text) === want, `lib/initials.js: ${text}`, found(text));
}

// ---- a machine whose clock is off ----
// lib/apart.js: what is stamped here is of the node's clock, whatever this one says, and keeps its order.
{
  const text = read('lib/apart.js').replace(/export /g, ''), date = (ms) => new Date(ms).toUTCString();
  const heard = (...answers) => {
    const { hear, nodeNow } = runInNewContext(`${plant === 'apart' ? text.replace(' || now - asked > PROMPT_MS', '') : text}\n({ hear, nodeNow })`, { Date, Math, Number });
    for (const [node, ...more] of answers) hear(node === null ? null : date(node), ...more);
    return nodeNow(1e12);
  };
  const at = 1e12, near = (is, by) => Math.abs(is - at - by) <= 1000;
  check(heard() === at && heard([at + 400, at, at + 100]) === at, 'lib/apart.js: a clock that is right is left as it is');
  check(near(heard([at + 180e3, at - 100, at + 100]), 180e3) && near(heard([at - 360e3, at - 100, at + 100]), -360e3), 'lib/apart.js: one that is 3 minutes behind or 6 ahead is set right');
  check(near(heard([at + 180e3, at - 100, at], [at - 60e3, at - 600e3, at]), 180e3), 'lib/apart.js: an answer that was long on its way changes nothing');
  check(heard([at + 180e3, at, at], [at + 181e3, at, at]) === heard([at + 180e3, at, at]), 'lib/apart.js: what may be rounding changes nothing');
  check(heard([at + 180e3, at, at], [at, at, at]) === at, 'lib/apart.js: and a clock that was set right stands');
  check(near(heard([at + 180e3, at, at], [null, at, at]), 180e3), 'lib/apart.js: an answer without a time says nothing');
}

// ---- what others were told about their consoles ----
// complaints.md: a row for each complaint, up to the count that it names; words of a check that stand in the named file, or a reason.
{
  const HERE = new URL('./', import.meta.url), rows = new Map(), said = new Map();
  const text = readFileSync(new URL('complaints.md', HERE), 'utf8'), count = Number((text.match(/^Complaints: (\d+)$/m) || [])[1]);
  // What a file's checks say: the second argument of each check(), its pieces where it has holes.
  const saidIn = (file) => {
    if (said.has(file)) return said.get(file);
    const out = [], pieces = (n) => (n.type === 'Literal' ? [String(n.value)] : n.type === 'TemplateLiteral' ? n.quasis.map((q) => q.value.cooked) : n.type === 'ConditionalExpression' ? [...pieces(n.consequent), ...pieces(n.alternate)] : n.type === 'BinaryExpression' ? [...pieces(n.left), ...pieces(n.right)] : []);
    const walk = (n) => {
      if (n.type === 'CallExpression' && n.callee.name === 'check' && n.arguments[1]) out.push(...pieces(n.arguments[1]));
      for (const v of Object.values(n)) for (const x of [v].flat()) if (x && typeof x.type === 'string') walk(x);
    };
    walk(parse(readFileSync(new URL(file, HERE), 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }));
    said.set(file, out);
    return out;
  };
  for (const [, n, what, by] of text.matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \|$/gm)) rows.set(Number(n), { what, by });
  if (plant === 'row') rows.delete(9);
  if (plant === 'kept') rows.get(3).by += '; `field.mjs`: `words that no check says`';
  check(count > 10 && rows.size === count, 'complaints.md: there are as many rows as complaints', `${rows.size} of ${count}`);
  for (let n = 1; n <= count; n += 1) {
    const row = rows.get(n), names = row ? [...row.by.matchAll(/`([^`]+)`/g)].map((m) => m[1]) : [];
    check(row && (names.length > 1 || /^cannot happen: .{30,}/.test(row.by)), `complaints.md: complaint ${n} has a test, or a reason why it cannot happen`, row && row.by);
    let file = '';
    for (const name of names) {
      if (name.endsWith('.mjs')) file = name;
      else check(file && saidIn(file).some((t) => t.includes(name)), `complaints.md: complaint ${n}: a check in ${file} says "${name}"`);
    }
  }
}

// ---- colours ----
const css = read('css/tokens.css');
function tokens(selector) {
  const at = css.indexOf(selector), body = css.slice(css.indexOf('{', at), css.indexOf('}', at));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9A-F]{6})\b/g)].map((m) => [m[1], m[2]]));
}
const light = tokens('[data-theme="light"]'), dark = tokens('[data-theme="dark"]');
if (plant === 'contrast') dark.ink3 = '#3F4442';
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const GROUNDS = ['bg', 'surface', 'sunk'], WASHES = ['act-wash', 'ok-wash', 'warn-wash', 'alarm-wash'];
const PAIRS = [
  ...GROUNDS.flatMap((g) => ['ink', 'ink2', 'ink3', 'act', 'ok', 'warn', 'alarm'].map((x) => [x, g, 4.5])),
  ...WASHES.flatMap((w) => ['ink', 'ink2'].map((x) => [x, w, 4.5])),
  ['act', 'act-wash', 4.5], ['ok', 'ok-wash', 4.5], ['warn', 'warn-wash', 4.5], ['alarm', 'alarm-wash', 4.5],
  ['on-solid', 'ink', 4.5], ['on-solid', 'ink2', 4.5], ['on-alarm', 'alarm-fill', 4.5],
  ...[0, 1, 2, 3, 4].map((c) => [`on-c${c}`, `c${c}`, 4.5]),
  ...GROUNDS.flatMap((g) => ['edge', 'ok-fill', 'warn-fill', 'alarm-fill'].map((x) => [x, g, 3])),
];
check(Object.keys(light).join() === Object.keys(dark).join(), 'both themes have the same tokens');
for (const [name, theme] of [['light', light], ['dark', dark]]) {
  for (const [a, b, least] of PAIRS) {
    const found = theme[a] && theme[b] ? contrast(theme[a], theme[b]) : 0;
    check(found >= least, `${name}: ${a} on ${b} has a contrast of at least ${least}`, found.toFixed(2));
  }
}

// ---- syntax and APIs: ES2020, what Chromium 110 has ----
const LATER = [/\.toSorted\(/, /\.toReversed\(/, /\.toSpliced\(/, /\.with\(\d/, /\.findLast\(/, /Object\.groupBy/, /Map\.groupBy/, /Promise\.withResolvers/, /Promise\.try\(/, /Array\.fromAsync/, /\.isWellFormed\(/, /structuredClone\(/, /URL\.canParse/,
  /\.at\(-?\d/, /\.replaceAll\(/, /\?\?=|\|\|=|&&=/, /navigator\.userActivation/, /\.checkVisibility\(/, /\bSet\.prototype|\.union\(|\.intersection\(/, /popover/, /\bscheduler\./, /document\.startViewTransition/, /AbortSignal\.any/];
const LATER_CSS = [/:has\(\s*>?\s*\S*\s*\)\s*\{[^}]*@/, /light-dark\(/, /color-mix\(/, /@starting-style/, /@scope/, /\bsubgrid\b/, /\btext-wrap:/, /\banchor-name/, /\bfield-sizing/, /^\s*&/m];
for (const file of [...own, ...files('vendor/', '.js')]) {
  let text = read(file), said = '';
  if (plant === 'syntax' && file === own[0]) text += '\nlet planted = null; planted ??= 1;';
  if (plant === 'api' && file === own[0]) text += '\nconst planted = [1].toSorted();';
  try { parse(text, { ecmaVersion: 2020, sourceType: 'module' }); } catch (e) { said = String(e); }
  check(said === '', `${file} is ES2020`, said);
  if (!file.startsWith('vendor/')) {
    const late = LATER.filter((r) => r.test(text));
    check(late.length === 0, `${file} asks nothing of a browser that Chromium 110 has not`, late.join(' '));
    check(!/style=|\.innerHTML|dangerouslySetInnerHTML|\beval\(|new Function/.test(text), `${file} keeps to the pages' policy: no style in markup, no HTML made of text`);
  }
}
for (const file of [...files('css/', '.css'), ...files('pages/', '.css')]) {
  const late = LATER_CSS.filter((r) => r.test(read(file)));
  check(late.length === 0, `${file} asks nothing of a browser that Chromium 110 has not`, late.join(' '));
}

// ---- how much a first page is ----
const MOST_BYTES = 150e3, sizes = new Map(execFileSync('python3', [fileURLToPath(new URL('pack.py', WEB)), '--sizes', fileURLToPath(new URL('manifest', WEB))], { encoding: 'utf8' }).trim().split('\n').map((l) => l.trim().split(/\s+/)).map(([packed, , url]) => [url, Number(packed)]));
for (const page of ['login', 'screen', 'desk', 'admin', 'field', 'circulars']) {
  const of = [`/${page}`, `/web/pages/${page}.js`, `/web/pages/${page}.css`, '/web/lib/worker.js', '/favicon.svg'], sum = of.reduce((n, url) => n + (sizes.get(url) || NaN), 0) + (plant === 'size' ? MOST_BYTES : 0);
  check(sum <= MOST_BYTES, `/${page} is at most 150 kB, gzipped, in all`, sum);
}

// ---- the board's layout ----
const { layout, corner } = await import(new URL('parts/layout.js', WEB));
const seed = (n) => () => { n = (n * 1103515245 + 12345) % 2147483648; return n / 2147483648; };
for (const [W, H, unit] of [[1040, 736, 16], [2400, 1500, 32], [700, 620, 12], [820, 560, 14]]) {
  const r = seed(W), fields = Array.from({ length: 7 }, (_, i) => ({ key: `f${i}`, head: true, blocks: Array.from({ length: i < 5 ? 20 + Math.floor(20 * r()) : 2 }, (__, k) => ({ key: `f${i}b${k}`, n: 1 + Math.floor(16 * r()), label: unit * 2.5 })) }));
  const form = { unit, ratio: 1, heads: true, labels: true, most: 3 * unit }, began = process.cpuUsage(), laid = layout(fields, W, H, form), spent = process.cpuUsage(began), took = (spent.user + spent.system) / 1000;
  const name = `the board of ${fields.reduce((a, f) => a + f.blocks.reduce((b, c) => b + c.n, 0), 0)} squares in ${W} × ${H}`;
  check(laid, `${name} has a layout`);
  if (!laid) continue;
  check(JSON.stringify(layout(fields, W, H, form)) === JSON.stringify(laid), `${name} is the same again`);
  check(took < 1500, `${name} is worked out soon`, `${took.toFixed(0)} ms of the processor`);
  const boxes = laid.fields.flatMap((f) => f.blocks.map((b) => ({ ...b, f })));
  check(boxes.every((b) => b.x >= b.f.x - 0.01 && b.x + b.w <= b.f.x + b.f.w + 0.01 && b.y + b.h <= b.f.y + b.f.h + 0.5), `${name}: each block lies in its field`);
  check(laid.fields.every((f) => f.x >= -0.01 && f.x + f.w <= W + 0.5 && f.y + f.h <= H + 0.5), `${name}: each field lies on the board`, JSON.stringify(laid.fields.map((f) => [f.x, f.y, f.w, f.h].map(Math.round))));
  let over = 0;
  for (const b of boxes) {
    for (let i = 0; i < b.n; i += 1) { const [x, y] = corner(b, i, laid.m); if (x + laid.m.cw > b.x + b.w + 0.01 || y + laid.m.ch > b.y + b.h + 0.01) over += 1; }
    for (const c of boxes) if (c !== b && b.x < c.x + c.w - 0.01 && c.x < b.x + b.w - 0.01 && b.y < c.y + c.h - 0.01 && c.y < b.y + b.h - 0.01) over += 1;
  }
  check(over === 0, `${name}: nothing lies over another thing`, over);
  if (!plant) console.log(`${name}: s = ${laid.s}, ${took.toFixed(0)} ms`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
