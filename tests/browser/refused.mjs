// refused.mjs: what the desk, the wall and the phone are for an account that is not told all, or when a call fails: the rest is there, and a
// sentence says what is left out, or as of when what stands there is. `-- --plant NAME` puts a mistake in that must be seen.
import { api, broken, check, denied, logIn, main, plantIn, report, sees, shot, textOf, until, urlOf, visit, words } from './lib/harness.mjs';

const COMMUNITY = 'qicheng/east/lake/willow', STREET = 'qicheng/east/lake', plant = words[0] === '--plant' ? words[1] : '';
const has = async (v, selector, text) => ((await textOf(v, selector)) || '').includes(text);

// Mistakes to be seen: what a page's script has, what it has in its place.
const PLANTS = {
  since: ['before ? before.since : base.get().at', 'base.get().at'], // what fails twice is younger than it is
  left: ['b.left.length > 0 &&', 'false &&'], // what is left out is not said
};
if (plant) plantIn(...PLANTS[plant]);

// A call of the desk's ground that is refused or fails: the page stands, and one sentence says what is left out.
async function ground() {
  const rest = [['zh', 'light', '1440'], ['en', 'dark', '1280']];
  for (const [lang, theme, size] of rest) {
    const v = await visit({ lang, size });
    await logIn(v, STREET);
    for (const call of ['board?*', 'tree', 'policy', 'steps', 'desks', 'leads*']) await v.page.route(`**/api/v1/${call}`, denied);
    await v.page.goto(`${urlOf(STREET)}/desk?lang=${lang}&theme=${theme}`);
    check(await until(10, () => sees(v, '.row')), `desk ${lang}: refused figures, places and steps: the matters are there all the same`, await textOf(v, 'body'));
    const left = v.page.locator('.left-out');
    check((await left.count()) === 1 && (await left.textContent()).includes('not for this account') && (await left.textContent()).includes(lang === 'zh' ? '类别' : 'categories'), `desk ${lang}: one sentence says what is left out and why`, await textOf(v, '.desk'));
    await v.page.click('.row button');
    check(await until(5, () => sees(v, '.matter .custody svg')), `desk ${lang}: and a matter opens`);
    await shot(v, `warnings-desk-left-${lang}-${theme}-${size}`);
    await v.page.goto(`${urlOf(STREET)}/desk?lang=${lang}&theme=${theme}&view=leads`);
    check(await until(8, () => has(v, '.room .sign-note', 'not for this account')), `desk ${lang}: a room that is refused says why`, await textOf(v, '.room'));
    await v.context.close();
  }
  const v = await visit({ size: '1440' });
  await logIn(v, STREET);
  await v.page.route('**/api/v1/node', denied);
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh`);
  check(await until(10, () => sees(v, '.row')) && (await has(v, '.left-out', '节点状态')), 'desk: a node that does not tell how it stands: the matters are there, and it is said', await textOf(v, 'body'));
  await v.page.unroute('**/api/v1/node');
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh`);
  check(await until(10, async () => (await sees(v, '.row')) && !(await sees(v, '.left-out'))), 'desk: when all is read nothing is said', await textOf(v, '.left-out'));
  await v.page.route('**/api/v1/tree', broken);
  const at = () => v.page.locator('.status-bar span', { hasText: '本页数据至' }).textContent(), first = await at();
  await report(STREET);
  check(await until(20, () => has(v, '.left-out', '停在')) && (await has(v, '.left-out', '区域与在办数')) && (await has(v, '.top .place', '湖街道')), 'desk: what fails later stands as of when it was read', await textOf(v, '.left-out'));
  const said = await textOf(v, '.left-out'), second = await at();
  check(second !== first, 'desk: while the rest is read again', [first, second]);
  await report(STREET);
  await until(20, async () => (await at()) !== second);
  check((await textOf(v, '.left-out')) === said, 'desk: failing twice makes it no younger', [said, await textOf(v, '.left-out')]);
  await v.page.route('**/api/v1/node', denied);
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh`);
  await until(10, () => sees(v, '.row'));
  check(!(await has(v, '.status-bar', '顶级')), 'desk: and it is not told to be the top', await textOf(v, '.status-bar'));
  await v.context.close();
}

// A real account that is narrowed to one area: figures of the whole node are not its own; leads and lines are those of its area, and where
// a node refuses them each page has the rest.
async function narrowed() {
  for (const [name, role] of [['lin', 'dispatcher'], ['wang', 'worker']]) {
    const account = await api(STREET, 'POST', '/api/v1/users', { name, password: 'a long password', roles: [role], areas: [COMMUNITY] });
    check(account.status === 201, `an account of one area: ${name}`, account.body);
  }
  const v = await visit({ size: '1440' });
  await logIn(v, STREET, 'lin');
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh`);
  check(await until(10, () => sees(v, '.row')), 'narrowed: the desk has the matters', await textOf(v, 'body'));
  check(!(await sees(v, '.left-out')), 'narrowed: whose one area tells its figures, nothing is left out', await textOf(v, '.left-out'));
  check(await until(8, () => has(v, '.rail', '预警')), 'narrowed: and the rail', await textOf(v, '.rail'));
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh&view=leads`);
  check(await until(8, () => has(v, '.room', '现在没有线索')) && !(await sees(v, '.room .sign-note')), 'narrowed: the room of leads has those of its area: none', await textOf(v, '.room'));
  await v.page.route('**/api/v1/leads*', denied);
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh`);
  check(await until(10, () => sees(v, '.row')), 'narrowed: refused leads: the desk has the matters', await textOf(v, 'body'));
  await v.page.click('.row button');
  check(await until(8, () => has(v, '.matter', '线索没有读到')), 'narrowed: that a matter\'s leads are not told is said', await textOf(v, '.matter'));
  await v.page.goto(`${urlOf(STREET)}/desk?lang=zh&view=leads`);
  check(await until(8, () => sees(v, '.room .sign-note')), 'narrowed: as in the room of leads', await textOf(v, '.room'));
  await shot(v, 'warnings-narrowed-desk');
  await v.page.goto(`${urlOf(STREET)}/screen?lang=zh`);
  check(await until(10, () => has(v, '.screen h1', '柳社区')), 'narrowed: the wall is that of the area', await textOf(v, 'body'));
  await shot(v, 'warnings-narrowed-wall');
  await v.context.close();
  const w = await visit({ size: '390' });
  await logIn(w, STREET, 'wang');
  await w.page.route('**/api/v1/lines*', denied);
  await w.page.goto(`${urlOf(STREET)}/field?lang=zh`);
  check(await until(10, () => has(w, '.tasks .as-of', '任务截至')) && !(await sees(w, '.tasks .as-of.old')), 'narrowed: the phone has its tasks, up to date', await textOf(w, '.phone'));
  await w.page.click('.tabs button:nth-child(2)');
  check(await until(8, () => sees(w, '.ground .duty')) && !(await sees(w, '.ground .as-of.old')), 'narrowed: and its patrols', await textOf(w, '.ground'));
  await w.page.click('.tabs button:nth-child(4)');
  check(await until(8, () => has(w, '.tasks .as-of.old', '已略去：连线')), 'narrowed: that lines are not told is said, and not as a want of signal', await textOf(w, '.tasks'));
  await shot(w, 'warnings-narrowed-phone');
  await w.page.route('**/api/v1/steps', denied);
  await w.page.route('**/api/v1/patrols*', denied);
  await w.page.reload();
  check(await until(10, () => has(w, '.tasks .left-out', 'not for this account')) && (await has(w, '.tasks .as-of:not(.old)', '任务截至')), 'the phone: refused steps: the tasks are there, and it is said', await textOf(w, '.phone'));
  await w.page.route('**/api/v1/matters*', broken);
  await w.page.evaluate(() => dispatchEvent(new Event('online'))); // read again at once
  check(await until(30, () => has(w, '.tasks', '没有再读到：the disk does not answer')), 'the phone: what fails is told, and the tasks stand as of when they are', await textOf(w, '.phone'));
  await w.page.unroute('**/api/v1/matters*');
  await w.page.route('**/api/v1/me', denied);
  await w.page.route('**/api/v1/session', (route) => (route.request().method() === 'GET' ? denied(route) : route.continue()));
  await w.page.reload();
  check(await until(8, () => has(w, '.phone .error-panel', 'not for this account')) && w.page.url().includes('/field'), 'the phone: an account that is told nothing reads why, and is not sent in a circle', await textOf(w, 'body'));
  await w.context.close();
}

await main(ground, ...(plant ? [] : [narrowed]));
