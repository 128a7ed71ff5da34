// shots.mjs: pictures of each page × size × language × theme × state, to be looked at beside the design's: tests/browser/shots.
// States: cut (off from above, or a child), silent (its node does not answer), 409 (came too late), empty, offline, taken-not.
// The wall's are of a made-up city (lib/made.mjs) of the divisions in QIPAN_DIVISIONS, else of topology/areas/suzhou; the rest is real.
import { existsSync } from 'node:fs';
import { ROOT, SIZES, api, check, logIn, main, nodes, report, say, sees, shot, sleep, step, until, urlOf, visit, words } from './lib/harness.mjs';
import { madeLeads, madeMap, madeWall, madeWarnings } from './lib/made.mjs';

const CITY = 'qicheng', EMPTY = 'qicheng/west', only = words, file = process.env.QIPAN_DIVISIONS && existsSync(process.env.QIPAN_DIVISIONS) ? process.env.QIPAN_DIVISIONS : `${ROOT}topology/areas/suzhou/divisions.csv`;
const wanted = (name) => !only.length || only.some((w) => w.split('+').every((x) => name.includes(x)));


// One page in several sizes: `sizes` of those whose picture's name (page, size, rest) is wanted. make(v): until it stands as it is to be seen.
const BOTH = [['zh', 'light'], ['en', 'dark']], ALL = [...BOTH, ['en', 'light'], ['zh', 'dark']];
let stopped = 0; // the process of a node that stands still
async function each(page, sizes, rest, options, make) {
  const nameOf = (size) => `${page}-${size}-${rest}`, these = sizes.filter((size) => wanted(nameOf(size)));
  if (!these.length) return;
  const v = await visit({ size: these[0], ...options });
  try {
    await make(v);
    for (const size of these) {
      const [width, height] = SIZES[size];
      await v.page.setViewportSize({ width, height });
      await sleep(700);
      await shot(v, nameOf(size));
      say(nameOf(size));
    }
  } catch (e) { check(false, `${page} ${rest} can be looked at`, String(e.stack || e).slice(0, 500)); } finally {
    if (stopped) process.kill(stopped, 'SIGCONT');
    stopped = 0;
    await v.context.close();
  }
}
const ended = ([lang, theme], state) => `${lang}-${theme}${state && `-${state}`}`;
// Its node stands still, until the picture is taken.
async function silence(v, path) {
  stopped = nodes[path].pid;
  process.kill(stopped, 'SIGSTOP');
  await until(15, () => sees(v, '.banner.no-answer, .banner.alarm'));
  await sleep(6000); // what waited for an answer has given up
}

async function wall() {
  const STATES = [['', ALL, Object.keys(SIZES)], ['cut', [['zh', 'dark'], ['en', 'light']], ['1920', '6720', '1440', '390']], ['silent', [['zh', 'dark'], ['en', 'light']], ['1920', '6720', '1440', '390']],
    ['map', ALL, ['1920', '6720', '1366']], ['map-cut', [['zh', 'light']], ['1920', '6720']]];
  for (const [state, of, sizes] of STATES) {
    for (const how of of) {
      const [lang, theme] = how;
      await each('screen', sizes, ended(how, state), { lang }, async (v) => {
        await logIn(v, CITY);
        const made = () => madeWall(file, { cut: state.endsWith('cut') ? '埇桥区' : null });
        await v.page.route('**/api/v1/wall*', (r) => { const w = made(); madeMap(w); return r.fulfill({ json: w }); });
        await v.page.route('**/api/v1/map*', (r) => r.fulfill({ json: madeMap(made()) }));
        await v.page.route('**/api/v1/leads*', (r) => r.fulfill({ json: madeLeads(made(), { state: new URL(r.request().url()).searchParams.get('state') }) }));
        await v.page.route('**/api/v1/warnings*', (r) => r.fulfill({ json: madeWarnings(file) }));
        await v.page.goto(`${urlOf(CITY)}/screen?theme=${theme}&lang=${lang}${state.startsWith('map') ? '&as=map' : ''}`);
        await until(10, () => sees(v, state.startsWith('map') ? '.map-place' : '.board svg'));
        if (state === 'silent') await silence(v, CITY);
      });
    }
  }
  for (const how of BOTH) {
    await each('screen', ['1920', '1440', '390'], ended(how, 'empty'), { lang: how[0] }, async (v) => {
      await logIn(v, EMPTY);
      await v.page.goto(`${urlOf(EMPTY)}/screen?theme=${how[1]}&lang=${how[0]}`);
      await until(10, () => sees(v, '.board'));
    });
  }
}

async function login() {
  for (const how of ALL) {
    const [lang, theme] = how;
    await each('login', Object.keys(SIZES), ended(how, ''), { lang, theme }, async (v) => {
      await v.page.goto(`${urlOf('qicheng/east')}/login?lang=${lang}`);
      await until(5, () => sees(v, '.login dd'));
    });
  }
}

// What the desk, the phone, the operators and the circulars show is of the small tree.
const COUNTY = 'qicheng/east';
let one = null; // the matter that is open on the desk
async function setUp() {
  const square = (lon) => ({ type: 'Polygon', coordinates: [[[lon, 33.63], [lon + 0.004, 33.63], [lon + 0.004, 33.633], [lon, 33.633], [lon, 33.63]]] });
  await api(COUNTY, 'POST', '/api/v1/users', { name: 'zhang', password: 'a long password', roles: ['worker'], title: '张网格' });
  for (const [code, lon] of [['g1', 116.98], ['g2', 116.984]]) await api(COUNTY, 'POST', '/api/v1/grids', { code, title: `第${code}网格`, boundary: square(lon), worker: 'zhang' });
  await api(COUNTY, 'POST', '/api/v1/duty', { person: 'zhang', on: true, grid: 'g1', reason: '演示' });
  for (let i = 0; i < 30; i += 1) await report(COUNTY, { title: `楼道堆物 ${i}`, location: { lat: 33.6303 + 0.0003 * (i % 9), lon: 116.9803 + 0.0009 * (i % 8) }, urgency: i === 4 ? 'emergency' : i % 9 === 0 ? 'urgent' : 'routine', deadline: i % 7 ? undefined : new Date(Date.now() + 86400e3).toISOString() });
  one = await report(COUNTY, { title: '独居老人求助', urgency: 'urgent', location: { lat: 33.6318, lon: 116.9868 } });
}

const row = (code, grave) => ({ code, path: 'qicheng', grave, since: new Date(Date.now() - 3600e3).toISOString(), message: code, message_zh: code, remedy: 'qipan doctor', detail: '' });
// The node's own answer, as if it had been cut off two hours ago.
const cutOff = (v) => v.page.route('**/api/v1/node', async (r) => {
  const a = await r.fetch(), n = await a.json();
  Object.assign(n.parent, { state: 'cut', last_heard: new Date(Date.now() - 7200e3).toISOString() });
  n.parent.queue.bulk.parcels = 214;
  await r.fulfill({ response: a, json: n });
});

async function desk() {
  const go = async (v, [lang, theme], query, sign, node = COUNTY) => {
    await logIn(v, node);
    await v.page.goto(`${urlOf(node)}/desk?theme=${theme}&lang=${lang}${query}`);
    await until(10, () => sees(v, sign));
  };
  for (const how of ALL) {
    const options = { lang: how[0] };
    await each('desk', Object.keys(SIZES), ended(how, ''), options, (v) => go(v, how, `&m=${one.id}`, '.matter .history'));
    for (const [state, query, sign] of [['map', '&as=map', '.list-map .map-mark'], ['near', `&as=map&m=${one.id}`, '.near li']]) await each('desk', ['1440', '1280', '1366', '390'], ended(how, state), options, (v) => go(v, how, query, sign));
    await each('desk', ['1440', '1280'], ended(how, 'report'), options, async (v) => { await go(v, how, `&m=${one.id}`, '.matter .history'); await v.page.keyboard.press('n'); await until(5, () => sees(v, '.report')); });
  }
  for (const how of BOTH) {
    const options = { lang: how[0] }, sizes = ['1920', '1440', '1280', '390'];
    await each('desk', sizes, ended(how, 'cut'), options, async (v) => { await cutOff(v); await go(v, how, `&m=${one.id}`, '.banner.cut'); });
    await each('desk', sizes, ended(how, 'silent'), options, async (v) => { await go(v, how, `&m=${one.id}`, '.matter .history'); await silence(v, COUNTY); });
    await each('desk', sizes, ended(how, 'empty'), options, (v) => go(v, how, '', '.list .none', EMPTY));
    await each('desk', sizes, ended(how, '409'), options, async (v) => {
      const m = await report(COUNTY, { title: '来迟的一步' });
      await go(v, how, `&m=${m.id}`, '.actions .button');
      await v.page.keyboard.press('p');
      await until(3, () => sees(v, '.step-form textarea'));
      await v.page.keyboard.type('现场已围挡，等待抢修');
      await step(COUNTY, m.id, 'close', { result: 'resolved' });
      await v.page.keyboard.press('Control+Enter');
      await until(5, () => sees(v, '.step-form .error-panel'));
    });
  }
}

async function field() {
  const tab = (v, n) => v.page.click(`.tabs button:nth-child(${n})`), post = (f) => (r) => (r.request().method() === 'POST' ? f(r) : r.continue());
  const write = async (v, title) => { await tab(v, 3); await v.page.fill('input[name=title]', title); await v.page.fill('input[name=category]', '路灯'); await v.page.click('form.report > .button.solid'); await until(5, () => sees(v, '.banner.healed')); };
  const STATES = {
    '': async () => {},
    task: (v) => v.page.click('.tasks li button'),
    report: (v) => tab(v, 3),
    patrol: async (v) => { await tab(v, 2); await until(5, () => sees(v, '.patrol-start')); },
    line: (v) => tab(v, 4),
    map: async (v) => { await v.page.click('.which button:nth-child(2)'); await until(8, () => sees(v, '.task-map .map-pin .mm-person')); },
    alarms: (v) => until(8, () => sees(v, '.banner.alarm')),
    outbox: async (v) => { await tab(v, 5); await until(8, () => sees(v, '.pin-setting .button')); },
    pin: async (v) => {
      await STATES.outbox(v);
      await v.page.click('.pin-setting .button');
      for (const n of ['a', 'b']) await v.page.fill(`.pin-setting input[name=${n}]`, '135790');
      await v.page.click('.pin-setting .button.solid');
      await until(5, () => sees(v, '.pin-setting [role=status]'));
      await v.page.reload();
      await until(8, () => sees(v, '.pin form'));
    },
    offline: async (v) => { await v.context.setOffline(true); await tab(v, 1); await until(5, () => sees(v, '.offline, .truth, .banner')); },
    'offline-outbox': async (v) => { await v.context.setOffline(true); await write(v, '井盖缺失，已摆放警示桩'); await tab(v, 5); await until(8, () => sees(v, '.outbox li.waiting')); },
    'taken-not': async (v) => { await v.context.route('**/api/v1/matters', post((r) => r.fulfill({ status: 422, json: { error: { code: 'invalid', message: 'the category is not in force', field: 'category', current: null } } }))); await write(v, '类别已停用的上报'); await tab(v, 5); await until(8, () => sees(v, '.outbox li.refused')); },
    silent: (v) => silence(v, COUNTY),
    409: async (v) => {
      const m = await report(COUNTY, { title: '来迟的一步', urgency: 'emergency' });
      await step(COUNTY, m.id, 'assign', { person: 'zhang' });
      await until(20, () => sees(v, `.tasks li:has-text("${m.title}") button`));
      await v.page.click(`.tasks li:has-text("${m.title}") button`);
      await until(5, () => sees(v, '.task .history'));
      await v.context.setOffline(true);
      await v.page.locator('.task .ways button', { hasText: /进展|progress/ }).click();
      await v.page.fill('.step textarea', '到场看过，正在清理');
      await v.page.click('.step .button.solid');
      await until(3, () => sees(v, '.banner.healed'));
      await step(COUNTY, m.id, 'close', { result: 'resolved' });
      await v.context.setOffline(false);
      await tab(v, 5);
      await until(20, () => sees(v, '.outbox li.refused'));
    },
  };
  for (const how of ALL) {
    const [lang, theme] = how, options = { lang, more: { permissions: ['geolocation'], geolocation: { latitude: 33.632, longitude: 116.983, accuracy: 25 } } };
    for (const [state, make] of Object.entries(STATES)) {
      await each('field', ['390'], ended(how, state), options, async (v) => {
        if (state === 'alarms') await v.page.route('**/api/v1/node', async (route) => { const answer = await route.fetch(); await route.fulfill({ response: answer, json: { ...(await answer.json()), alarms: [row('no_room', true), row('parent_cut', false)] } }); });
        await logIn(v, COUNTY, 'zhang');
        await v.page.goto(`${urlOf(COUNTY)}/field?theme=${theme}&lang=${lang}`);
        await until(10, () => sees(v, '.tasks li'));
        await make(v);
      });
    }
    await each('field', ['390', '1280'], ended(how, 'empty'), options, async (v) => {
      await logIn(v, EMPTY);
      await v.page.goto(`${urlOf(EMPTY)}/field?theme=${theme}&lang=${lang}`);
      await until(10, () => sees(v, '.tabs'));
    });
  }
}

async function admin() {
  const go = async (v, [lang, theme], section, node = CITY) => { await logIn(v, node); await v.page.goto(`${urlOf(node)}/admin?theme=${theme}&lang=${lang}${section}`); await until(10, () => sees(v, '.admin main h1')); };
  for (const how of ALL) {
    for (const section of ['', '#invite', '#people', '#grids', '#desks', '#tokens', '#sessions']) await each('admin', section ? ['1440', '390'] : Object.keys(SIZES), ended(how, section.slice(1)), { lang: how[0] }, (v) => go(v, how, section, ['#people', '#grids'].includes(section) ? COUNTY : CITY));
  }
  for (const how of BOTH) {
    const options = { lang: how[0] }, sizes = ['1440', '390'];
    await each('admin', sizes, ended(how, 'cut'), options, async (v) => { await cutOff(v); await go(v, how, '', COUNTY); await until(5, () => sees(v, '.banner.cut')); });
    await each('admin', sizes, ended(how, 'silent'), options, async (v) => { await go(v, how, ''); await silence(v, CITY); });
    await each('admin', sizes, ended(how, 'empty'), options, (v) => go(v, how, '#grids', EMPTY));
    await each('admin', sizes, ended(how, '409'), options, async (v) => {
      await go(v, how, '#people', COUNTY);
      await v.page.click('.head .solid');
      await v.page.fill('input[name=name]', 'zhang'); // there is one
      await v.page.fill('input[name=password]', 'a long password');
      await v.page.click('form .solid');
      await until(8, () => sees(v, '.error-panel'));
    });
  }
}

async function circulars() {
  const go = async (v, [lang, theme], node) => { await logIn(v, node); await v.page.goto(`${urlOf(node)}/circulars?theme=${theme}&lang=${lang}`); await until(10, () => sees(v, '.circulars main')); await sleep(500); };
  for (const how of BOTH) await each('circulars', ['1440', '390'], ended(how, 'empty'), { lang: how[0] }, (v) => go(v, how, EMPTY));
  const made = await api(COUNTY, 'POST', '/api/v1/circulars', { period: 'week', date: new Date().toISOString().slice(0, 10) }, { 'Idempotency-Key': `shots-${Date.now()}` });
  check(made.status === 201, 'the county has a circular', made.body);
  for (const how of ALL) {
    await each('circulars', Object.keys(SIZES), ended(how, ''), { lang: how[0] }, async (v) => { await go(v, how, COUNTY); await v.page.click('.side li button'); await until(8, () => sees(v, '.total')); });
    await each('circulars', ['1440'], ended(how, 'print'), { lang: how[0] }, async (v) => { await go(v, how, COUNTY); await v.page.click('.side li button'); await until(8, () => sees(v, '.acts a')); await v.page.click('.acts a'); await until(8, () => sees(v, 'nav a')); });
  }
  for (const how of BOTH) await each('circulars', ['1440', '390'], ended(how, 'silent'), { lang: how[0] }, async (v) => { await go(v, how, COUNTY); await silence(v, COUNTY); });
}

await main(wall, login, setUp, desk, field, admin, circulars);
