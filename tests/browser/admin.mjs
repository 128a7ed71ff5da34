// admin.mjs: the operators' page: links and alarms as they are, an invitation, accounts, grids, tokens, in both languages; that what was
// ticked stays, that a list stays as of then, ages by the node's clock. `-- NAME…`: only these parts.
import { api, broken, check, chosen, decent, frozen, logIn, main, sees, shot, sleep, textOf, until, urlOf, visit } from './lib/harness.mjs';

const CITY = 'qicheng', COUNTY = 'qicheng/east', origin = urlOf(CITY);
const has = async (v, selector, text) => ((await textOf(v, selector)) || '').includes(text);

async function open(options, section = '') {
  const v = await visit(options);
  await logIn(v, CITY);
  await v.page.goto('about:blank');
  v.asked.length = 0;
  await v.page.goto(`${origin}/admin${section}`);
  await until(8, () => sees(v, '.admin main h1'));
  return v;
}

async function links() {
  for (const [lang, size, theme] of [['zh', '1440', 'light'], ['en', '1280', 'dark'], ['en', '390', 'light']]) {
    const v = await open({ lang, size, theme }), what = `admin ${lang} ${size}`;
    check(await until(5, () => has(v, '.rows', '东区')), `${what}: its neighbours stand there`, await textOf(v, '.rows'));
    check(v.asked.length <= 7, `${what}: few requests`, v.asked);
    await decent(v, what, origin);
    const low = await v.page.evaluate(() => [...document.querySelectorAll('.rows th[scope=row]')].map((e) => e.getBoundingClientRect().height)), out = await v.page.locator('.bar .button').last().boundingBox();
    check(low.length > 0 && low.every((h) => h < 60) && out.x + out.width <= v.page.viewportSize().width, `${what}: no name stands a letter a line, and one can log out`, [low, out]);
    await shot(v, `admin-links-${lang}-${size}`);
    await v.context.close();
  }
}

async function alarms() {
  const v = await open({});
  await frozen(COUNTY, async () => {
    check(await until(45, () => has(v, '.alarms', '收不到该下级节点')), 'admin: a child that is frozen is an alarm, with what to do', await textOf(v, 'main'));
    check(await has(v, '.rows', '断'), 'admin: and cut in the list');
    await shot(v, 'admin-alarm-1440');
  });
  check(await until(30, async () => !(await sees(v, '.alarms'))), 'admin: when it goes on the alarm is over', await textOf(v, '.alarms'));
  await frozen(CITY, async () => {
    check(await until(9, () => has(v, '.banner.no-answer', '连不上本节点')), 'admin: its own node silent is told');
    check(!(await sees(v, '.g-live')), 'admin: and no light is green');
  });
  await v.context.close();
}

async function invite() {
  const v = await open({}, '#invite');
  await v.page.fill('input[name=title]', '高新区');
  await v.page.fill('input[name=label]', 'gaoxin');
  await v.page.fill('input[name=level]', 'county');
  await v.page.click('form .solid');
  check(await until(8, () => has(v, 'pre', 'qipan join ')), 'admin: an invitation gives the command for the other machine', await textOf(v, 'main'));
  await decent(v, 'admin invite', origin);
  await shot(v, 'admin-invite-1440');
  await v.page.fill('input[name=label]', 'east');
  await v.page.click('form .solid');
  check(await until(8, () => sees(v, '.error-panel')), 'admin: a place whose node is alive is not given away', await textOf(v, 'main'));
  await v.context.close();
}

async function tokens() {
  const v = await open({}, '#tokens');
  await v.page.click('.head .solid');
  await v.page.fill('input[name=name]', 'feed-1');
  await v.page.click('form .solid');
  check(await until(8, () => sees(v, '.once .token')), 'admin: a new token is shown once', await textOf(v, 'main'));
  const secret = await textOf(v, '.once .token'), ask = () => fetch(`${origin}/api/v1/node`, { headers: { Authorization: `Bearer ${secret}` } });
  check((await ask()).status === 200, 'admin: and works');
  await decent(v, 'admin tokens', origin);
  await shot(v, 'admin-tokens-1440');
  await v.page.locator('tr', { hasText: 'feed-1' }).locator('button').last().click();
  await v.page.click('.ask .danger');
  check(await until(8, async () => (await ask()).status === 401), 'admin: a token that was ended works no more');
  await v.page.reload();
  await until(5, () => sees(v, '.rows'));
  check(!(await v.page.content()).includes(secret), 'admin: it is nowhere afterwards');
  await v.context.close();
}

async function people() {
  const v = await open({ lang: 'en' }, '#people');
  await v.page.click('.head .solid');
  await v.page.fill('input[name=name]', 'zhibo01');
  await v.page.fill('input[name=password]', 'a long password');
  await v.page.click('form .solid');
  check(await until(10, () => has(v, '.rows', 'zhibo01')), 'admin: a new account stands in the list', await textOf(v, 'main'));
  await v.page.locator('tr', { hasText: 'zhibo01' }).locator('button').first().click();
  check(await until(5, () => has(v, '.once', '/login/')), 'admin: it gets a one-time link', await textOf(v, 'main'));
  await shot(v, 'admin-people-1440');
  const w = await visit({});
  await w.page.goto(`${origin}/login?next=/desk`);
  await until(5, () => sees(w, '.login dd'));
  await w.page.fill('input[name=name]', 'zhibo01');
  await w.page.fill('input[name=password]', 'a long password');
  await w.page.keyboard.press('Enter');
  check(await until(10, () => new URL(w.page.url()).pathname === '/desk'), 'log-in: by the password to where one came from', w.page.url());
  await w.page.goto(`${origin}/admin#tokens`);
  check(await until(8, () => sees(w, '.error-panel, .banner')), 'admin: who may not is told which right he lacks', await textOf(w, 'main'));
  await w.context.close();
  await v.context.close();
}

// What was ticked stays ticked while the page is drawn again with each beat, and is what the account gets.
async function roles() {
  const v = await open({}, '#people'), box = (role) => v.page.locator(`input[name=roles][value=${role}]`);
  await v.page.click('.head .solid');
  await box('dispatcher').uncheck();
  await box('screen').check();
  await sleep(12000); // beats, and a reading of the node
  check(!(await box('dispatcher').isChecked()) && (await box('screen').isChecked()), 'admin: what was ticked stays ticked');
  await v.page.fill('input[name=name]', 'daping');
  await v.page.fill('input[name=password]', 'a long password');
  await v.page.click('form .solid');
  await until(8, () => has(v, '.rows', 'daping'));
  const { body } = await api(CITY, 'GET', '/api/v1/users/daping');
  check(JSON.stringify(body.roles) === '["screen"]', 'admin: and is what the account may', body);
  await v.context.close();
}

// What others make comes by itself; what cannot be read again stays, as of then.
async function listed() {
  const v = await open({}, '#people');
  await until(5, () => sees(v, '.rows tbody tr'));
  await api(CITY, 'POST', '/api/v1/users', { name: 'by-another', password: 'a long password', roles: ['worker'] });
  check(await until(40, () => has(v, '.rows', 'by-another')), 'admin: what another one made is in the list', await textOf(v, '.rows'));
  const since = await textOf(v, '.admin main p.sub:last-of-type');
  check(/\d\d:\d\d:\d\d/.test(since), 'admin: and of when the list is, is said', since);
  await v.page.route(/\/api\/v1\/users(\?|$)/, broken);
  check(await until(40, () => sees(v, '.error-panel')), 'admin: that it could not be read is said');
  check((await has(v, '.rows', 'by-another')) && !(await has(v, 'main', '还没有条目')), 'admin: and what was read stays', await textOf(v, 'main'));
  await shot(v, 'admin-people-unread-1440');
  await v.page.reload();
  check(await until(8, () => sees(v, '.error-panel')) && !(await has(v, 'main', '还没有条目')), 'admin: nor is one that was never read called empty', await textOf(v, 'main'));
  await v.context.close();
}

// Who walks a grid, whom a desk has, what an account may: altered where it stands.
async function altered() {
  const row = (v, name) => v.page.locator('tr', { hasText: name }), sees1 = async (call, test) => until(8, async () => test((await api(CITY, 'GET', call)).body));
  const made = [];
  for (const [call, body] of [['users', { name: 'walker', password: 'a long password', roles: ['worker'] }], ['grids', { code: 'a1', title: '一号网格' }], ['desks', { code: 'lamps', title: '路灯所', members: ['walker'] }]]) made.push(await api(CITY, 'POST', `/api/v1/${call}`, body));
  check(made.every((a) => a.status === 201), 'admin: an account, a grid, a desk', made);
  for (const [lang, size] of [['zh', '1440'], ['en', '1280']]) {
    const v = await open({ lang, size }, '#grids'), zh = lang === 'zh';
    check(await until(8, () => has(v, '.rows', zh ? '缺网格员' : 'no worker')), `admin ${lang}: a grid without a worker says so`, await textOf(v, 'main'));
    await decent(v, `admin grids ${lang}`, origin);
    await row(v, 'a1').locator('button', { hasText: zh ? '改网格员' : 'change worker' }).click();
    await decent(v, `admin grid altered ${lang}`, origin);
    await v.page.fill('.ask input[name=worker]', zh ? 'walker' : 'nobody-of-here');
    await shot(v, `admin-grids-${lang}-${size}`);
    await v.page.click('.ask .solid');
    if (zh) {
      check(await sees1('/api/v1/grids/a1', (g) => g.worker === 'walker'), 'admin: it gets one');
      check(await until(8, () => has(v, '.rows', 'walker')), 'admin: and that stands in the list', await textOf(v, '.rows'));
      await api(CITY, 'PATCH', '/api/v1/grids/a1', { worker: '' });
    } else check(await until(8, () => sees(v, '.ask .error-panel')), 'admin: one whom nobody knows is refused, and it says so where it was typed', await textOf(v, 'main'));
    await v.context.close();
  }
  const v = await open({}, '#desks');
  await until(8, () => has(v, '.rows', 'lamps'));
  await row(v, 'lamps').locator('button', { hasText: '改成员' }).click();
  check((await v.page.inputValue('.ask input[name=members]')) === 'walker', 'admin: the members of a desk stand there');
  await v.page.fill('.ask input[name=members]', '');
  await v.page.click('.ask .solid');
  check(await sees1('/api/v1/desks/lamps', (d) => d.members.length === 0), 'admin: and are altered');
  await v.page.goto('about:blank');
  await v.page.goto(`${origin}/admin#people`);
  await until(8, () => has(v, '.rows', 'walker'));
  await row(v, 'walker').locator('button', { hasText: '改角色' }).click();
  check((await v.page.isChecked('.ask input[value=worker]')) && !(await v.page.isChecked('.ask input[value=dispatcher]')), 'admin: the roles of an account stand there');
  await v.page.check('.ask input[value=dispatcher]');
  await sleep(5000); // beats
  await v.page.click('.ask .solid');
  check(await sees1('/api/v1/users/walker', (u) => [...u.roles].sort().join() === 'dispatcher,worker'), 'admin: and are altered, the account is the same');
  await v.context.close();
}

// A machine whose clock is an hour slow: an age is by the node's.
async function slow() {
  const v = await visit({});
  await logIn(v, CITY);
  await v.page.addInitScript(() => { const real = Date.now; Date.now = () => real() - 3600e3; });
  await v.page.route(/\/api\/v1\/node(\?|$)/, async (route) => {
    const answer = await route.fetch(), body = await answer.json();
    for (const c of body.children) c.last_heard = new Date(Date.now() - 40 * 60e3).toISOString();
    await route.fulfill({ response: answer, json: body });
  });
  await v.page.goto(`${origin}/admin`);
  check(await until(8, async () => /(39|40|41) 分/.test(await textOf(v, '.rows') || '')), 'admin: an age is by the node’s clock', await textOf(v, '.rows'));
  await v.context.close();
}

// The last part: a node that was revoked says on each of its pages that it takes no work, and what to do.
async function outcast() {
  const WEST = 'qicheng/west', own = urlOf(WEST), v = await visit({});
  await logIn(v, WEST);
  await v.page.goto(`${own}/desk`);
  check(await until(8, () => sees(v, '.status-bar')), 'west: its desk stands');
  check(!(await sees(v, '.banner')), 'west: and says nothing while all is well');
  const answer = await api(CITY, 'POST', `/api/v1/nodes/${WEST}/revoke`, { reason: '换机', kind: 'lost' });
  check(answer.status === 200, 'the city revokes it', answer);
  const told = async () => (await has(v, '.banner.grave', '本节点已不再代表此处')) && (await has(v, '.banner.grave', `qipan invite ${WEST} --replace`));
  check(await until(20, told), 'west: its open desk says so by itself, with the commands', await textOf(v, '.truths'));
  check(!(await sees(v, '.banner.cut:not(.grave)')), 'west: and promises nobody that what waits goes up by itself', await textOf(v, '.truths'));
  await decent(v, 'desk of a node that is out', own);
  await shot(v, 'desk-out-of-service-1440');
  for (const page of ['screen', 'circulars', 'admin']) {
    await v.page.goto(`${own}/${page}`);
    check(await until(10, told), `west: so does its page ${page}`, await textOf(v, 'body'));
  }
  await v.page.goto('about:blank');
  await v.context.close();
}

await main(...chosen({ links, invite, tokens, people, roles, listed, altered, slow, alarms, outcast }));
