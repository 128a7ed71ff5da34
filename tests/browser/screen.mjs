// screen.mjs: the wall: its main path in both languages, that it never shows a green light that lies, that it holds nobody's words. `-- NAME…`: only these parts.
import { madeLeads } from './lib/made.mjs';
import { api, check, chosen, decent, frozen, logIn, main, nodes, report, say, sees, shot, sleep, step, textOf, until, urlOf, visit } from './lib/harness.mjs';

const CITY = 'qicheng', COUNTY = 'qicheng/east', STREET = 'qicheng/east/lake', COMMUNITY = 'qicheng/east/lake/willow', WEST = 'qicheng/west', origin = urlOf(CITY);
const figure = (v, n) => v.page.locator('.counter .figure').nth(n).textContent({ timeout: 2000 }).then((x) => Number(x.replace(/,/g, '')), () => null);
const has = async (v, selector, text) => ((await textOf(v, selector)) || '').includes(text);

async function open(options) {
  const v = await visit({ size: '1920', ...options });
  await logIn(v, CITY);
  await v.page.goto('about:blank');
  v.asked.length = 0;
  await v.page.goto(`${origin}/screen`);
  await until(10, () => sees(v, '.screen .board svg'));
  return v;
}

async function path() {
  for (const [lang, size] of [['zh', '1920'], ['en', '1366']]) {
    const v = await open({ lang, size }), what = `wall ${lang} ${size}`;
    check(await has(v, 'h1', '棋城'), `${what}: it names its place`, await textOf(v, 'h1'));
    const total = (await api(CITY, 'GET', '/api/v1/board')).body.total;
    check((await figure(v, 2)) === total.open, `${what}: the open ones are the board's`, `${await figure(v, 2)} and ${total.open}`);
    check(v.asked.filter((u) => !/favicon|warnings|leads|\/me$/.test(u)).length <= 6, `${what}: six requests at most until the board stands; warnings and leads come after it`, v.asked);
    const before = await figure(v, 0);
    await report(COMMUNITY, { source: '网格上报' });
    check(await until(15, async () => (await figure(v, 0)) === before + 1), `${what}: a report below is counted soon`, `${before} then ${await figure(v, 0)}`);
    check(await until(5, () => has(v, '.feed li .where', '东区')), `${what}: and stands in the feed by its place`, await textOf(v, '.feed'));
    const lines = await v.page.locator('.feed').evaluate((feed) => { const box = feed.getBoundingClientRect(); return [...feed.querySelectorAll('li')].map((e) => e.getBoundingClientRect()).filter((b) => b.left < box.right && b.top < box.bottom).map((b) => b.bottom <= box.bottom + 1); });
    check(lines.length > 0 && !lines.includes(false), `${what}: no line of the feed is cut in the middle`, lines);
    await decent(v, what, origin);
    await shot(v, `screen-${lang}-${size}`);
    if (size === '1920' && lang === 'zh') await walk(v);
    await v.context.close();
  }
}

// By keys: down to a county and back; the table behind the picture.
async function walk(v) {
  await v.page.locator('.board').focus();
  await v.page.keyboard.press('ArrowRight');
  check(await until(3, () => sees(v, '.board .ring')), 'wall: an arrow chooses a square');
  await v.page.keyboard.press('t');
  check(await until(3, () => has(v, '.board table', '东区')), 'wall: t shows the table behind the board', await textOf(v, '.board'));
  await v.page.keyboard.press('t');
  await v.page.goto(`${origin}/screen?area=${COUNTY}`);
  check(await until(5, () => has(v, 'h1', '东区')), 'wall: an address is a place', await textOf(v, 'h1'));
  await until(3, () => sees(v, '.board svg'));
  await shot(v, 'screen-county-1920');
  await v.page.locator('.board').focus();
  await v.page.keyboard.press('Escape');
  check(await until(5, async () => (await textOf(v, 'h1')) === '棋城'), 'wall: Escape goes one level up', await textOf(v, 'h1'));
}

// Any figure opens the matters behind it: of a source, a category, a week; a square that has no places below opens its list.
async function opens() {
  await report(COMMUNITY, { source: '网格上报', category: '路灯' });
  const v = await open({}), p = v.page, said = (name) => new URL(p.url()).searchParams.get(name), back = async (query = '') => { await p.goto(`${origin}/screen${query}`); await until(10, () => sees(v, '.board svg')); };
  for (const [panel, name, want] of [['sources', 'source', '网格上报'], ['categories', 'category', '路灯'], ['periods', 'from', '']]) {
    const link = p.locator(`.${panel} tr`, { hasText: want }).locator('td a').first();
    check(await until(8, async () => (await link.count()) > 0), `wall: a figure of ${panel} is a link`);
    const n = Number((await link.textContent()).replace(/,/g, ''));
    await decent(v, `wall with links of ${panel}`, origin);
    await link.click();
    check(await until(8, () => p.url().includes('/desk') && said(name) && (!want || said(name) === want)), `wall: it opens the matters of that ${name}`, p.url());
    check(await until(8, async () => Number(((await textOf(v, '.filters b')) || '').replace(/[^0-9]/g, '')) === n), `wall: as many as it says, by ${name}`, [n, await textOf(v, '.filters b'), p.url()]);
    await back();
  }
  await back(`?area=${STREET}`);
  const square = p.locator(`.board [data-path="${COMMUNITY}"]`);
  check(await until(8, async () => (await square.count()) > 0), 'wall: a street has its communities');
  await square.click();
  check(await until(8, () => p.url().includes('/desk') && said('area') === COMMUNITY), 'wall: a community opens its list', p.url());
  await v.context.close();
}

async function emergency() {
  const v = await open({});
  check(await has(v, '.emergencies', '没有紧急事项'), 'wall: that there is no emergency is said', await textOf(v, '.emergencies'));
  const m = await report(COMMUNITY, { urgency: 'emergency', category: '消防安全' });
  check(await until(8, () => has(v, '.emergencies li', '消防安全')), 'wall: an emergency stands with its place and running time', await textOf(v, '.emergencies'));
  check(await until(3, () => sees(v, '.board .stone')), 'wall: and as a stone on the board');
  check((await textOf(v, '.field-head .alarm')) === '1', 'wall: which counts once in its field', await textOf(v, '.field-head .alarm'));
  await shot(v, 'screen-emergency-1920');
  await step(COMMUNITY, m.id, 'close', { result: 'resolved' });
  check(await until(8, () => has(v, '.emergencies', '最近一次')), 'wall: when it is over the last one is dated', await textOf(v, '.emergencies'));
  await v.context.close();
}

// A word in every field that people fill in their own words: it hangs on no wall, and is in nothing that a wall fetches.
async function canary() {
  const bird = '金丝雀7731', made = await api(CITY, 'POST', '/api/v1/users', { name: 'hall', password: 'a long password', roles: ['screen'] });
  check(made.status === 201, 'canary: an account of the role screen', JSON.stringify(made.body));
  const v = await visit({ size: '1920' });
  await logIn(v, CITY, 'hall');
  check(await until(10, () => sees(v, '.screen .board svg')) && v.page.url().endsWith('/screen'), 'a session of the role screen begins on the wall', v.page.url());
  check((await v.page.locator('.screen td a, .screen a.figure').count()) === 0, 'canary: no figure is a link on a screen');
  const m = await report(COMMUNITY, { title: bird, text: bird, place: bird, source_ref: bird, urgency: 'emergency', category: '防溺水', location: { lat: 33.646401, lon: 116.977311 } });
  for (const [name, body] of [['comment', { text: bird }], ['progress', { note: bird }], ['assign', { desk: 'works', person: bird }], ['hang', { reason: bird, until: '2099-01-01T00:00:00.000Z' }], ['resume', {}], ['escalate', { reason: bird }]]) {
    const done = await step(COMMUNITY, m.id, name, body);
    check(done.status === 200, `canary: ${name} is taken`, JSON.stringify(done.body));
  }
  check(await until(10, () => has(v, '.emergencies li', '防溺水')), 'canary: its matter is on the wall', await textOf(v, '.emergencies'));
  await sleep(1500);
  const found = (text) => text.includes(bird) || text.includes('33.6464') || text.includes('116.9773');
  check(!found(await v.page.content()), 'canary: no word of a person is on the wall');
  const fetched = (call) => v.page.evaluate(async (path) => { // as whoever stands before the wall could; of a stream its first two seconds
    const stop = new AbortController(), answer = await fetch(path, { signal: stop.signal }), reader = answer.body.getReader();
    let text = '';
    setTimeout(() => stop.abort(), 2000);
    try { for (;;) { const { done, value } = await reader.read(); if (done) break; text += new TextDecoder().decode(value); } } catch { /* its time is over */ }
    return { status: answer.status, text };
  }, call);
  for (const call of ['/api/v1/wall?recent=true', `/api/v1/wall?area=${COUNTY}&recent=true`, '/api/v1/tree', '/api/v1/node', '/api/v1/door', '/api/v1/me', '/api/v1/board?by=category', '/api/v1/board?by=desk', '/api/v1/desks', '/api/v1/warnings', '/api/v1/leads', '/api/v1/map', '/healthz', '/metrics', '/api/v1/stream?last_event_id=0']) {
    const got = await fetched(call);
    check(got.status === 200 && got.text.length > 10 && !found(got.text), `canary: none is in ${call}`, `${got.status} ${got.text.slice(Math.max(0, got.text.indexOf(bird) - 200), got.text.indexOf(bird) + 100)}`);
  }
  for (const call of ['/api/v1/matters', `/api/v1/matters?q=${encodeURIComponent(bird)}`, `/api/v1/matters/${m.id}`, `/api/v1/matters/${m.id}/proof`, `/api/v1/matters/${m.id}/personal?purpose=x`, '/api/v1/users', '/api/v1/tokens', '/api/v1/feed', '/api/v1/steps', `/api/v1/leads?matter=${m.id}`, '/api/v1/leads/01k0000000000000000000000a']) {
    const got = await fetched(call);
    check(got.status === 403 && !found(got.text), `canary: ${call} is not for a screen`, `${got.status} ${got.text.slice(0, 200)}`);
  }
  await v.context.close();
}

// Green only while it is true: a county frozen, killed, back; then this node itself.
async function honest() {
  const v = await open({}), health = () => textOf(v, '.health');
  check(await until(10, async () => /在线 5/.test(await health())), 'wall: at first every node is live', await health());
  await frozen(COUNTY, async () => {
    check(await until(40, () => has(v, '.board-panel .banner.cut', '东区 断于')), 'wall: a frozen county is told as cut, since when', await textOf(v, '.board-panel'));
    check(/断 1/.test(await health()) && /未见 2/.test(await health()), 'wall: it and what is below are not counted as live', await health());
    check(await sees(v, '.board .stale .veil'), 'wall: its figures are veiled');
    check(await until(5, () => has(v, '.middle .counters', '旧数')), 'wall: the totals say which part is old', await textOf(v, '.middle .counters'));
    check(await has(v, '.left .counter', '缺东区'), 'wall: and what they lack', await textOf(v, '.left .counter'));
    check(await has(v, '.emergencies .counter .note', '缺东区') && !(await has(v, '.emergencies', '没有紧急事项')), 'wall: nor is the number of emergencies told as if all were heard', await textOf(v, '.emergencies'));
    await shot(v, 'screen-cut-1920');
  });
  check(await until(30, () => has(v, '.banner.healed', '已接通')), 'wall: when it goes on that is told', await textOf(v, '.board-panel'));
  check(!(await has(v, '.banner.healed', '补齐')), 'wall: and not that all has come: of that nothing is known', await textOf(v, '.banner.healed'));
  await report(CITY, {}); // what is read meanwhile does not keep it
  check(await until(20, async () => /在线 5/.test(await health())), 'wall: and every node is live again', await health());
  check(await until(20, async () => !(await sees(v, '.board-panel .banner.healed'))), 'wall: that it is connected again is said for a while, and not for ever', await textOf(v, '.board-panel'));
  const pid = nodes[WEST].pid;
  process.kill(pid, 'SIGKILL');
  await until(3, async () => !/在线 5/.test(await health())); // it is started again at once
  check(await until(40, async () => /在线 5/.test(await health())), 'wall: a county that was killed and started again is live again', await health());
  await frozen(CITY, async () => {
    check(await until(9, () => has(v, '.banner.no-answer', '连不上本节点')), 'wall: five seconds after its own node stands still the page says so', await textOf(v, '.screen'));
    check(!(await sees(v, '.g-live')) && (await has(v, '.top .time', '--:--')), 'wall: and no light is green any more, no clock runs');
    await shot(v, 'screen-silent-1920');
  });
  check(await until(15, async () => (await sees(v, '.g-live')) && !(await sees(v, '.banner.no-answer'))), 'wall: when its node goes on the page does too', await textOf(v, '.top'));
  await v.context.close();
}

// Leads that run, however many are over: not one that is confirmed.
async function leads() {
  const v = await visit({ lang: 'zh', size: '1920' }), tree = (await api(CITY, 'GET', '/api/v1/tree')).body;
  await v.page.route('**/api/v1/leads*', (r) => r.fulfill({ json: madeLeads({ tree }, { state: new URL(r.request().url()).searchParams.get('state') }) }));
  await logIn(v, CITY);
  await v.page.goto(`${origin}/screen`);
  check(await until(10, () => sees(v, '.leads-panel h2 b')) && (await textOf(v, '.leads-panel h2 b')) === '2', 'wall: leads that are over are not counted', await textOf(v, '.leads-panel'));
  await v.context.close();
}

await main(...chosen({ path, opens, leads, emergency, canary, honest }));
