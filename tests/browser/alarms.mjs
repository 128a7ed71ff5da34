// alarms.mjs: what the phone says of what is wrong with its node: by what it means for a worker, the grave first, and what it sees itself.
import { check, decent, frozen, logIn, main, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

const COMMUNITY = 'qicheng/east/lake/willow', origin = urlOf(COMMUNITY);

// As a node says it that has them; and one that stands still.
async function alarms() {
  const row = (code, grave, path = '') => ({ code, path, grave, since: new Date(Date.now() - 3600e3).toISOString(), message: `the node says ${code}`, message_zh: `节点说 ${code}`, remedy: 'qipan doctor', detail: '' });
  for (const [lang, theme] of [['zh', 'light'], ['en', 'dark']]) {
    const v = await visit({ lang, size: '390' });
    let now = [row('parent_cut', false, 'qicheng/east/lake'), row('no_room', true), row('circular_due', false), row('never_seen', true), row('refused_below', true, 'x')];
    await v.page.route('**/api/v1/node', async (route) => {
      const answer = await route.fetch().catch(() => null);
      if (!answer) { await route.abort(); return; }
      await route.fulfill({ response: answer, json: { ...(await answer.json()), alarms: now } });
    });
    await logIn(v, COMMUNITY);
    await v.page.goto(`${origin}/field?lang=${lang}&theme=${theme}`);
    const lines = async () => (await v.page.locator('.banner.alarm').allTextContents()).join(' | ');
    check(await until(10, async () => (await lines()).includes(lang === 'zh' ? '湖街道断开' : 'cut off from')), `${lang}: a node that is cut off from above is told, by what it means`, await lines());
    const told = await v.page.locator('.banner.alarm').allTextContents();
    check(told.length === 3 && told[0].includes(lang === 'zh' ? '不收新上报' : 'takes in no new reports'), `${lang}: what turns work away first; what is not a worker's is left out`, told);
    check(told.some((x) => x.includes(lang === 'zh' ? '节点说 never_seen' : 'the node says never_seen')), `${lang}: a grave one without words here speaks in the node's`, told);
    await v.page.locator('.banner.alarm .link').first().click();
    check(await until(3, async () => (await lines()).includes('qipan doctor')), `${lang}: what an operator does stands behind it`);
    await decent(v, `phone ${lang} alarms`, origin);
    await shot(v, `field-alarms-${lang}-${theme}`);
    now = [];
    await v.page.evaluate(() => dispatchEvent(new Event('online')));
    check(await until(5, async () => (await lines()) === ''), `${lang}: none when they are over`, await lines());
    if (lang === 'zh') {
      await frozen(COMMUNITY, async () => {
        check(await until(40, async () => (await lines()).includes('没有应答')), 'a node that does not answer is told', await lines());
      });
      check(await until(40, async () => !(await lines()).includes('没有应答')), 'until it does', await lines());
    }
    await v.context.close();
  }
}

// A phone whose clock is not its node's.
async function clock() {
  const v = await visit({ lang: 'zh', size: '390' });
  await logIn(v, COMMUNITY);
  await v.page.addInitScript(() => { const real = Date.now; Date.now = () => real() + 600e3; });
  await v.page.goto(`${origin}/field?lang=zh`);
  check(await until(15, async () => ((await textOf(v, '.banner.alarm')) || '').includes('本机时钟与节点相差 10 分')), 'a phone whose clock is ten minutes off says so', await textOf(v, '.banner.alarm'));
  await v.context.close();
}

await main(alarms, clock);
