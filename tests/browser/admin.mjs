// admin.mjs: the operators' page: links and alarms as they are, an invitation, accounts, tokens, in both languages.
import { api, check, decent, frozen, logIn, main, sees, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

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

await main(links, invite, tokens, people, alarms, outcast);
