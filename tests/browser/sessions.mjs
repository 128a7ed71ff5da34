// sessions.mjs: the person's own log-ins, on the desk and on the operators' page: listed, one ended, all others ended, nobody else's seen.
import { api, check, decent, logIn, main, sees, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

const COUNTY = 'qicheng/east', origin = urlOf(COUNTY);

async function enter(user, options) {
  const v = await visit(options);
  await logIn(v, COUNTY, user);
  return v;
}
const alive = (v) => v.page.evaluate(() => fetch('/api/v1/me').then((r) => r.status));

async function list(lang, theme) {
  const what = `sessions ${lang} ${theme}`, user = `seat-${lang}`, made = await api(COUNTY, 'POST', '/api/v1/users', { name: user, password: 'a long password', roles: ['dispatcher'] });
  check(made.status === 201, `${what}: an account`, made.body);
  const v = await enter(user, { lang, size: '1440' }), phone = await enter(user, { lang, size: '390', more: { userAgent: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36' } }), third = await enter(user, { lang, size: '390' });
  await v.page.goto(`${origin}/desk?lang=${lang}&theme=${theme}`);
  await until(10, () => sees(v, '.account button'));
  await v.page.click('.account button');
  await v.page.click(`.menu button:has-text("${lang === 'zh' ? '我的登录' : 'my log-ins'}")`);
  const items = v.page.locator('.sessions li');
  check(await until(5, async () => (await items.count()) === 3), `${what}: the three of this account, and nobody else's`, await items.allTextContents());
  check((await items.allTextContents()).some((x) => x.includes('Chrome 131 · Android')), `${what}: by what each was used`, await items.allTextContents());
  check((await v.page.locator('.sessions .tag').count()) === 1 && (await v.page.locator('.sessions li button').count()) === 2, `${what}: which one is this, is said, and it is not ended by mistake`);
  await decent(v, what, origin);
  await shot(v, `desk-sessions-${lang}-${theme}`);
  await v.page.locator('.sessions li').filter({ hasText: 'Android' }).locator('button').click();
  check(await until(5, async () => (await items.count()) === 2) && (await alive(phone)) === 401 && (await alive(third)) === 200, `${what}: one is ended, the other not`, `${await alive(phone)} ${await alive(third)}`);
  const line = lang === 'zh' ? ['结束其他所有登录', '确定'] : ['end all others', 'sure'];
  await v.page.click(`.sessions .ways button:has-text("${line[0]}")`);
  await v.page.click(`.sessions .ways button:has-text("${line[1]}")`);
  check(await until(5, async () => (await items.count()) === 1) && (await alive(third)) === 401 && (await alive(v)) === 200, `${what}: all others end, this one goes on`, `${await alive(third)} ${await alive(v)}`);
  const trail = (await api(COUNTY, 'GET', `/api/v1/audit?who=user:${user}&what=logout`)).body.items;
  check(trail.length === 2 && trail.some((x) => x.on === 'sessions'), `${what}: both stand in the audit trail`, trail);
  await v.page.keyboard.press('Escape');
  check(await until(8, async () => !(await sees(v, '.banner.no-answer')) && (await sees(v, '.row'))), `${what}: the page lives on`);
  for (const x of [v, phone, third]) await x.context.close();
}

// A screen and an operator have their own; a token none.
async function others() {
  const v = await enter(undefined, { lang: 'en', size: '1280' });
  await v.page.goto(`${origin}/admin?lang=en#sessions`);
  check(await until(8, async () => (await v.page.locator('.sessions li').count()) > 0), 'admin: its own sessions stand there', await textOf(v, 'main'));
  await decent(v, 'admin sessions', origin);
  await shot(v, 'admin-sessions-en-1280');
  check((await api(COUNTY, 'GET', '/api/v1/sessions')).body.items.length === 0, 'a token has no sessions');
  const id = await v.page.evaluate(() => fetch('/api/v1/sessions').then((r) => r.json()).then((x) => x.items[0].id)), w = await enter('seat-zh', { size: '390' });
  check((await w.page.evaluate((x) => fetch(`/api/v1/sessions/${x}`, { method: 'DELETE' }).then((r) => r.status), id)) === 404 && (await alive(v)) === 200, 'nobody ends another one\'s session');
  await v.context.close();
  await w.context.close();
}

await main(() => list('zh', 'light'), () => list('en', 'dark'), others);
