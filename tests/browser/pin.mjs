// pin.mjs: the phone's PIN: set, asked at each start with and without a signal, three wrong ones shut it until a new log-in; what is
// unsent is kept through all of it; two accounts on one phone; logging out with something unsent. Built pages (no --web-root).
import { api, check, decent, logIn, main, sees, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

const COMMUNITY = 'qicheng/east/lake/willow', origin = urlOf(COMMUNITY);

async function account(name) {
  const made = await api(COMMUNITY, 'POST', '/api/v1/users', { name, password: 'a long password', roles: ['worker'] });
  check(made.status === 201, `an account: ${name}`, made.body);
}
const known = async (word) => (await api(COMMUNITY, 'GET', `/api/v1/matters?limit=50&q=${encodeURIComponent(word)}`)).body.items;

async function fill(p, title) {
  await p.click('.tabs button:nth-child(3)');
  await p.fill('input[name=title]', title);
  await p.fill('input[name=category]', '井盖');
  await p.click('form.report > .button.solid');
}

async function phone(name, options) {
  const v = await visit({ size: '390', ...options });
  await logIn(v, COMMUNITY, name);
  await v.page.goto(`${origin}/field?lang=${options.lang}`);
  await until(10, () => sees(v, '.tabs'));
  await until(10, () => v.page.evaluate(() => navigator.serviceWorker.ready.then(() => true)));
  await v.page.reload(); // by the worker
  await until(10, () => sees(v, '.tabs'));
  return v;
}

async function setPin(v, pin, again = pin) {
  const p = v.page;
  await p.click('.tabs button:nth-child(5)');
  await until(5, () => sees(v, '.pin-setting .button'));
  await p.click('.pin-setting .button');
  await p.fill('.pin-setting input[name=a]', pin);
  await p.fill('.pin-setting input[name=b]', again);
  await p.click('.pin-setting .button.solid');
}
const say = async (v, pin) => { await v.page.fill('.pin input[name=pin]', pin); await v.page.click('.pin form .button'); };
// A start without a signal at all: the node is not reached, whatever the browser says of its network.
const off = async (v) => { await v.context.setOffline(true); await v.page.reload().catch(() => {}); };

async function path(lang) {
  const name = `pin-${lang}`, title = `锁着的上报 ${lang}`;
  await account(name);
  const v = await phone(name, { lang, more: { reducedMotion: 'reduce' } }), p = v.page, what = `pin ${lang}`;
  await setPin(v, '12345');
  check(await until(3, () => sees(v, '.pin-setting .error-panel')), `${what}: five digits are too few`);
  await p.fill('.pin-setting input[name=a]', '135790');
  await p.fill('.pin-setting input[name=b]', '135791');
  await p.click('.pin-setting .button.solid');
  check(await until(3, async () => (await textOf(v, '.pin-setting .error-panel')).includes(lang === 'zh' ? '两次不一样' : 'not the same')), `${what}: two that differ are told`);
  await p.fill('.pin-setting input[name=b]', '135790');
  await p.click('.pin-setting .button.solid');
  check(await until(5, async () => (await textOf(v, '.pin-setting')).includes(lang === 'zh' ? '已设 PIN' : 'A PIN is set')), `${what}: it is set`, await textOf(v, '.pin-setting'));
  await decent(v, `${what} outbox`, origin);
  await v.context.setOffline(true);
  await fill(p, title);
  await until(5, () => sees(v, '.banner.healed'));
  await off(v);
  check(await until(15, () => sees(v, '.pin input[name=pin]')) && !(await sees(v, '.tabs')), `${what}: a start without a signal asks for it, and shows nothing`, await textOf(v, 'body'));
  check(!(await p.content()).includes('锁着的') && (await until(3, async () => (await textOf(v, '.pin main')).includes('1'))), `${what}: but how many are unsent`, await textOf(v, '.pin main'));
  await decent(v, `${what} asked`, origin);
  await shot(v, `field-pin-${lang}`);
  await say(v, '000000');
  check(await until(8, async () => ((await textOf(v, '.pin .error-panel')) || '').includes('2')), `${what}: a wrong one is told, with how many tries are left`, await textOf(v, '.pin .error-panel'));
  await say(v, '135790');
  check(await until(8, () => sees(v, '.tabs')), `${what}: the right one opens`);
  await p.click('.tabs button:nth-child(5)');
  check(await until(5, async () => (await textOf(v, '.outbox')).includes(title)), `${what}: what was kept is there`, await textOf(v, '.outbox'));
  await off(v);
  await until(15, () => sees(v, '.pin input[name=pin]'));
  for (const wrong of ['111111', '222222', '333333']) { await say(v, wrong); await until(8, async () => (await sees(v, '.pin .error-panel'))); await until(3, async () => !(await p.isDisabled('.pin form .button').catch(() => false))); }
  check(await until(8, async () => !(await sees(v, '.pin form')) && ((await textOf(v, '.pin main')) || '').includes(lang === 'zh' ? '已锁' : 'locked')), `${what}: three wrong ones shut it`, await textOf(v, 'body'));
  await shot(v, `field-pin-shut-${lang}`);
  await p.reload().catch(() => {});
  check(await until(10, async () => ((await textOf(v, '.pin main')) || '').includes(lang === 'zh' ? '已锁' : 'locked')), `${what}: and it stays shut`);
  await v.context.setOffline(false);
  await p.reload();
  check(await until(10, () => p.url().includes('/login')), `${what}: with a signal the session is ended`, p.url());
  await logIn(v, COMMUNITY, name);
  await p.goto(`${origin}/field?lang=${lang}`);
  check(await until(10, () => sees(v, '.pin form')), `${what}: after a new log-in it is asked again`);
  await say(v, '135790');
  check(await until(10, () => sees(v, '.tabs')), `${what}: and opens`);
  check(await until(20, async () => (await known(title)).length === 1), `${what}: what was unsent goes, once`, await known(title));
  await v.context.close();
}

// Two accounts on one phone; a log-out that would leave something behind.
async function two() {
  await account('first');
  await account('second');
  const v = await phone('first', { lang: 'zh' }), p = v.page, logOut = () => p.click('.phone header .button:last-child');
  await v.context.route('**/api/v1/matters', (r) => (r.request().method() === 'POST' ? r.abort() : r.continue()));
  await fill(p, '甲的上报');
  await until(5, () => sees(v, '.banner.healed'));
  await logOut();
  check(await until(5, async () => ((await textOf(v, '.banner.no-answer')) || '').includes('还有 1 件没有发送')), 'a log-out with something unsent and no PIN says so first', await textOf(v, '.phone'));
  await setPin(v, '246810');
  await until(5, async () => (await textOf(v, '.pin-setting')).includes('已设 PIN'));
  await logOut();
  check(await until(10, () => p.url().includes('/login')), 'with a PIN it just logs out', p.url());
  await logIn(v, COMMUNITY, 'second');
  await p.goto(`${origin}/field?lang=zh`);
  check(await until(10, () => sees(v, '.tabs')), 'another account on that phone is not asked for it');
  await p.click('.tabs button:nth-child(5)');
  check(!(await textOf(v, '.outbox')).includes('甲的上报'), 'and sees nothing of the first one');
  await logOut();
  await until(10, () => p.url().includes('/login'));
  const left = await p.evaluate(() => indexedDB.databases().then((all) => all.map((d) => d.name)));
  check(!left.some((n) => n.includes('second')) && left.some((n) => n.includes('first')), 'of one who has sent all and has no PIN nothing stays on the phone', left);
  await v.context.unroute('**/api/v1/matters');
  await logIn(v, COMMUNITY, 'first');
  await p.goto(`${origin}/field?lang=zh`);
  await until(10, () => sees(v, '.pin form'));
  await say(v, '246810');
  check(await until(20, async () => (await known('甲的上报')).length === 1), 'the first one comes back, and his goes', await known('甲的上报'));
  await v.context.close();
}

await main(() => path('zh'), () => path('en'), two);
