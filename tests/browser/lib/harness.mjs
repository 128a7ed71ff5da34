// harness.mjs: what every page's test needs: the running tree, Chromium, a page that counts each error, checks that are printed as
// JSON lines for tests/browser/run.py. A test is `import { tree, main, ... }` and a function of checks.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const given = process.argv[2] ? JSON.parse(readFileSync(process.argv[2], 'utf8')) : { nodes: {}, shots: '.', qipan: '' };
// {path: {http, token, pid, dir, level}}, the program, where screenshots go, the words behind run.py's `--`
export const nodes = given.nodes;
export const shots = given.shots;
export const words = given.words || [];
// Of a test's parts, {name: function}, those that these words name; all, where there are none.
export const chosen = (parts) => (words.length ? words.map((name) => parts[name]) : Object.values(parts));
export const turn = Boolean(given.turn); // there is a relay
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

// ---- checks ----
export function check(ok, what, detail) {
  console.log(JSON.stringify({ ok: Boolean(ok), what, detail: ok ? undefined : detail }));
  return Boolean(ok);
}
export const say = (text) => console.log(JSON.stringify({ say: text }));

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

// Until `test` answers something true, within so many seconds: that, or null. (waitForFunction evaluates text, which the pages' policy forbids.)
// The seconds that are stated are an idle machine's; where others run it takes so many times as long.
const BUSY = 3;
export async function until(seconds, test, step = 100) {
  const end = Date.now() + seconds * 1000 * BUSY;
  for (;;) {
    const found = await test();
    if (found || Date.now() > end) return found || null;
    await sleep(step);
  }
}

// ---- the tree ----
export const urlOf = (path) => nodes[path].http.replace(/\/$/, '');
export const cli = (...args) => execFileSync(given.qipan, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1' } });
// With the node's token of every right: {status, body}.
export async function api(path, method, call, body, headers = {}) {
  const answer = await fetch(urlOf(path) + call, {
    method, headers: { Authorization: `Bearer ${nodes[path].token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let value;
  try { value = JSON.parse(text); } catch { value = text; }
  return { status: answer.status, body: value };
}
let count = 0;
export async function report(path, more = {}) {
  count += 1;
  const answer = await api(path, 'POST', '/api/v1/matters', { category: '路灯', title: `第 ${count} 件`, source: '12345', source_ref: `b${process.pid}-${count}`, ...more });
  if (answer.status !== 201) throw new Error(`report at ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
export const step = (path, id, name, body = {}) => api(path, 'POST', `/api/v1/matters/${id}/${name}`, body);
// Where a node stands still (SIGSTOP) while f runs.
export async function frozen(path, f) {
  process.kill(nodes[path].pid, 'SIGSTOP');
  try { return await f(); } finally { process.kill(nodes[path].pid, 'SIGCONT'); }
}

// ---- the browser ----
let browser;
export const SIZES = { '1920': [1920, 1080], '6720': [6720, 2160], '1440': [1440, 900], '1280': [1280, 800], '1366': [1366, 768], '390': [390, 844] };

// A browser of its own (cookies, storage). options: size (of SIZES), lang (zh, en), theme, more (of playwright's context).
export async function visit(options = {}) {
  const { size = '1440', lang = 'zh', theme, more = {} } = options, [width, height] = SIZES[size];
  const context = await browser.newContext({ viewport: { width, height }, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', ...(theme ? { colorScheme: theme } : {}), ...more });
  const page = await context.newPage(), errors = [], asked = [];
  page.setDefaultTimeout(25000); // by itself 30 s: two clicks on what is not there, and the step's time is over
  page.setDefaultNavigationTimeout(30000);
  context.on('console', (m) => { if (m.type() === 'error' && !(m.text().includes('status of 401') || m.text().includes('ERR_'))) errors.push(`${m.text()} ${m.location().url}`); });
  page.on('pageerror', (e) => errors.push(String(e.stack || e)));
  context.on('request', (r) => asked.push(r.url()));
  if (bug) {
    await page.route('**/web/**/*.js', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(bug[0], bug[1]) });
    });
  }
  return { context, page, errors, asked, lang };
}

// A mistake in the pages of this test: each script has `to` in the place of `from`.
let bug = null;
export const plantIn = (from, to) => { bug = from ? [from, to] : null; };

// What a route answers: that the account may not; that the node cannot just now.
const answers = (status, code, message) => (route) => route.fulfill({ status, json: { error: { code, message, field: null, current: null } } });
export const denied = answers(403, 'denied', 'not for this account'), broken = answers(503, 'io', 'the disk does not answer');

// Logged in by a one-time link of the node's administrator, or (role) of an account made for it.
export async function logIn(v, path, user) {
  const link = (user ? cli('link', '--name', user, '--dir', nodes[path].dir) : cli('link', '--dir', nodes[path].dir)).split(/\s+/).find((w) => w.startsWith('http'));
  await v.page.goto(link);
  await v.page.click('button');
  await v.page.waitForLoadState('load');
}

export async function shot(v, name) {
  mkdirSync(shots, { recursive: true });
  await v.page.screenshot({ path: `${shots}/${name}.png` });
}

export const textOf = (v, selector) => v.page.locator(selector).first().textContent({ timeout: 2000 }).catch(() => null);
export const sees = (v, selector) => v.page.isVisible(selector).catch(() => false);

// What each page must keep: no error, nothing asked elsewhere, no sideways scrolling, each button named, no missing glyph,
// no violation of axe's rules.
export async function decent(v, what, origin, rules = {}) {
  check(v.errors.length === 0, `${what}: no error, and the policy of the page is kept`, v.errors.slice(0, 5));
  const elsewhere = v.asked.filter((u) => !u.startsWith(origin) && !u.startsWith('data:') && !u.startsWith('blob:'));
  check(elsewhere.length === 0, `${what}: nothing is asked of anybody but its node`, elsewhere.slice(0, 5));
  const sideways = await v.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check(sideways <= 0, `${what}: it does not scroll sideways`, `${sideways} pixels`);
  const missing = await missingGlyphs(v);
  check(missing === '', `${what}: no glyph is missing in the fonts here`, missing);
  const had = v.errors.length, found = await axe(v, rules);
  check(v.errors.length === had, `${what}: no error while axe looks`, v.errors.slice(had, had + 5));
  v.errors.length = 0; // each is told once
  check(found.length === 0, `${what}: axe finds nothing`, found.slice(0, 6));
}

export async function axe(v, { off = [] } = {}) {
  const source = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  // preload: it would read the style sheets in its own way, which the page's policy forbids; no rule that is on needs it.
  const client = await v.context.newCDPSession(v.page); // past the page's policy, as a person's extension is
  await client.send('Runtime.evaluate', { expression: source });
  const { result } = await client.send('Runtime.evaluate', {
    expression: `axe.run(document, {resultTypes: ['violations'], preload: false, rules: ${JSON.stringify(Object.fromEntries(off.map((r) => [r, { enabled: false }])))}})
      .then((r) => JSON.stringify(r.violations.map((v) => v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + n.html.slice(0, 120)).join(' | '))))`,
    awaitPromise: true, returnByValue: true,
  });
  await client.detach();
  return JSON.parse(result.value || '["axe did not run"]');
}

// The characters on the page that no font here draws: they look like one that cannot exist.
export async function missingGlyphs(v) {
  return v.page.evaluate(() => {
    const canvas = document.createElement('canvas'), c = canvas.getContext('2d', { willReadFrequently: true });
    canvas.width = canvas.height = 24;
    const draw = (ch) => {
      c.clearRect(0, 0, 24, 24);
      c.font = `16px ${getComputedStyle(document.body).fontFamily}`;
      c.fillText(ch, 2, 18);
      return c.getImageData(0, 0, 24, 24).data.join();
    };
    const none = draw('\u{10FFFD}'), text = new Set(document.body.innerText + [...document.querySelectorAll('svg text')].map((e) => e.textContent).join(''));
    return [...text].filter((ch) => ch.trim() && draw(ch) === none).join('');
  });
}

// More words for the browser of this test; before main().
const flags = [];
export const wants = (...more) => flags.push(...more);

// Runs the test's parts one after another; what one throws is a failed check, and the next goes on.
export async function main(...parts) {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...flags],
  });
  try {
    for (const part of parts) {
      try { await part(); } catch (e) { check(false, `${part.name || 'a part'} runs to its end`, String(e.stack || e).slice(0, 800)); }
    }
  } finally {
    await browser.close();
  }
}
