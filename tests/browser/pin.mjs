// pin.mjs: the phone's PIN: set, asked at each start with and without a signal, three wrong ones shut it until a new log-in; what is
// unsent is kept through all of it; two accounts on one phone; logging out with something unsent; a PIN that was forgotten; stores that
// cannot be read, once or for good, and one that is slow. Built pages (no --web-root). `-- NAME…`: only these parts.
import { api, check, chosen, decent, logIn, main, sees, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

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
  check(await until(10, () => p.url().includes('/login')), 'with a PIN it just logs out', await textOf(v, '.banner.no-answer'));
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

// The phone's stores fail, or are late, as they do under a browser that is short of room. plan: {name of a database: how many opens of
// it fail from now on, or how many ms the next one takes}.
const doom = (v) => v.context.addInitScript(() => {
  const open = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function planned(name, ...more) {
    const plan = JSON.parse(localStorage.getItem('test-plan') || '{}'), p = plan[name];
    if (!p || !(p.fail || p.late)) return open.call(this, name, ...more);
    localStorage.setItem('test-plan', JSON.stringify({ ...plan, [name]: p.fail ? { fail: p.fail - 1 } : {} }));
    if (p.fail) throw new DOMException('made to fail', 'UnknownError');
    const request = open.call(this, name, ...more);
    request.addEventListener = (type, f, o) => IDBRequest.prototype.addEventListener.call(request, type, type === 'success' ? (e) => setTimeout(() => f(e), p.late) : f, o);
    return request;
  };
});
const plan = (v, what) => v.page.evaluate((w) => localStorage.setItem('test-plan', JSON.stringify(w)), what);
// What lies in an account's store, as it lies there.
const stored = (v, name) => v.page.evaluate((n) => new Promise((done) => { const r = indexedDB.open(`qipan-field-${n}`); r.onerror = () => done('not opened'); r.onsuccess = () => { const d = r.result; if (!d.objectStoreNames.contains('items')) { d.close(); done([]); return; } const g = d.transaction('items').objectStore('items').getAll(); g.onsuccess = () => { d.close(); done(g.result.map((i) => JSON.stringify(i))); }; }; }), name);
const cut = (v) => v.context.route('**/api/v1/matters', (r) => (r.request().method() === 'POST' ? r.abort() : r.continue()));
const mend = (v) => v.context.unroute('**/api/v1/matters');
const keepOne = async (v, title) => { await fill(v.page, title); return until(5, () => sees(v, '.banner.healed')); };
const logOutOf = (v) => v.page.click('.phone header .button:last-child');

// A log-out while the outbox cannot be read: that is said, and nothing is deleted.
async function unreadOutbox() {
  await account('unread');
  const v = await phone('unread', { lang: 'zh' }), p = v.page;
  await doom(v);
  await cut(v);
  check(await keepOne(v, '读不出来的上报'), 'unread outbox: one is kept');
  await plan(v, { 'qipan-field-unread': { fail: 999 } });
  await p.reload();
  await until(10, () => sees(v, '.tabs'));
  await logOutOf(v);
  check(await until(5, async () => ((await textOf(v, '.banner.no-answer')) || '').includes('退出时什么也不删')) && p.url().includes('/field'), 'unread outbox: a log-out says so first', await textOf(v, 'body'));
  await shot(v, 'field-leave-unread-zh');
  await logOutOf(v);
  check(await until(10, () => p.url().includes('/login')), 'unread outbox: the second press leaves');
  await plan(v, {});
  check((await stored(v, 'unread')).length === 1, 'unread outbox: and nothing was deleted', await stored(v, 'unread'));
  await mend(v);
  await logIn(v, COMMUNITY, 'unread');
  await p.goto(`${origin}/field?lang=zh`);
  check(await until(20, async () => (await known('读不出来的上报')).length === 1), 'unread outbox: it goes after the next log-in', await textOf(v, 'body'));
  await v.context.close();
}

// The store of the key cannot be read: once, and for good, with a PIN and without one. Then the PIN taken away: what was kept is there.
async function unreadLock() {
  await account('keyless');
  const v = await phone('keyless', { lang: 'zh' }), p = v.page, KEYS = 'qipan-field-locks';
  await doom(v);
  await cut(v);
  await plan(v, { [KEYS]: { fail: 999 } });
  await p.reload();
  await until(10, () => sees(v, '.tabs'));
  await p.click('.tabs button:nth-child(5)');
  check(await until(5, async () => (await textOf(v, '.outbox')).includes('密钥此刻读不出来')), 'unread key: the outbox says so', await textOf(v, '.outbox'));
  check(!(await textOf(v, '.outbox')).includes('都已存在本机') && !(await textOf(v, '.outbox')).includes('没有未发送的'), 'unread key: and not that all is kept, nor that nothing is unsent', await textOf(v, '.outbox'));
  await shot(v, 'field-unread-key-zh');
  await fill(p, '没有密钥的上报');
  check(await until(5, async () => ((await textOf(v, 'form.report .error-panel')) || '').includes('密钥此刻读不出来')), 'unread key: what cannot be sealed is not kept, and that is said', await textOf(v, 'form.report'));
  check((await stored(v, 'keyless')).length === 0, 'unread key: and nothing lies in the clear', await stored(v, 'keyless'));
  await mend(v);
  await p.click('form.report > .button.solid');
  check(await until(10, async () => (await known('没有密钥的上报')).length === 1), 'unread key: with a signal it goes directly', await textOf(v, 'form.report'));
  check(await until(5, async () => ((await textOf(v, '.banner.healed')) || '').includes('直接上报')), 'unread key: and that is said, not that it was kept', await textOf(v, '.banner.healed'));
  await plan(v, {});
  await p.reload();
  await until(10, () => sees(v, '.tabs'));
  await cut(v);
  check(await keepOne(v, '锁后的上报'), 'unread key: one is kept, sealed');
  check((await stored(v, 'keyless')).length === 1 && !(await stored(v, 'keyless'))[0].includes('锁后'), 'unread key: nobody reads it there', await stored(v, 'keyless'));
  await setPin(v, '192837');
  await until(5, async () => (await textOf(v, '.pin-setting')).includes('已设 PIN'));
  await plan(v, { [KEYS]: { fail: 1 } });
  await p.reload();
  check(await until(10, () => sees(v, '.pin form')) && !(await sees(v, '.tabs')), 'unread key: one failed reading does not open what a PIN shuts', await textOf(v, 'body'));
  await plan(v, { [KEYS]: { fail: 999 } });
  await p.reload();
  check(await until(10, async () => ((await textOf(v, '.pin main')) || '').includes('有 PIN 码，本机的密钥此刻却读不出来')) && !(await sees(v, '.tabs')), 'unread key: nor do all that fail', await textOf(v, 'body'));
  await decent(v, 'unread key', origin);
  await shot(v, 'field-unread-pin-zh');
  await plan(v, {});
  await p.click('.pin .button.solid');
  await until(10, () => sees(v, '.pin form'));
  await say(v, '192837');
  await until(10, () => sees(v, '.tabs'));
  await p.click('.tabs button:nth-child(5)');
  check(await until(5, async () => (await textOf(v, '.outbox')).includes('锁后的上报')), 'unread key: read again, all is there', await textOf(v, '.outbox'));
  await p.click('.pin-setting .ways button:last-child');
  check(await until(5, async () => (await textOf(v, '.pin-setting')).includes('PIN 码已取消')), 'unread key: the PIN is taken away', await textOf(v, '.pin-setting'));
  await mend(v);
  await p.reload();
  check(await until(20, async () => (await known('锁后的上报')).length === 1) && await sees(v, '.tabs'), 'unread key: then nobody is asked, and what was kept goes', await textOf(v, 'body'));
  await v.context.close();
}

// Logged out in one tab, written on in the other: what was said to be kept goes after the next log-in. And where a new key was made
// meanwhile, nothing is said to be kept by the old one.
async function twoTabs() {
  await account('tabs');
  const v = await phone('tabs', { lang: 'zh' }), p = v.page, second = await v.context.newPage(), w = { ...v, page: second };
  await second.goto(`${origin}/field?lang=zh`);
  await until(10, () => sees(w, '.tabs'));
  await p.bringToFront();
  await logOutOf(v);
  await until(10, () => p.url().includes('/login'));
  await second.bringToFront();
  check(await keepOne(w, '退出以后写的'), 'two tabs: one is kept after the log-out in the other one', await textOf(w, 'form.report'));
  await second.close();
  await logIn(v, COMMUNITY, 'tabs');
  await p.goto(`${origin}/field?lang=zh`);
  check(await until(20, async () => (await known('退出以后写的')).length === 1), 'two tabs: and goes after the next log-in', await textOf(v, 'body'));
  const third = await v.context.newPage(), x = { ...v, page: third };
  await third.goto(`${origin}/field?lang=zh`);
  await until(10, () => sees(x, '.tabs'));
  await p.bringToFront();
  await until(10, async () => (await stored(v, 'tabs')).every((i) => i.includes('"sent":true')));
  await logOutOf(v);
  await until(10, () => p.url().includes('/login'));
  await logIn(v, COMMUNITY, 'tabs');
  await p.goto(`${origin}/field?lang=zh`); // a new key
  await until(10, () => sees(v, '.tabs'));
  await cut(v);
  await third.bringToFront();
  await fill(third, '旧钥匙写的');
  check(await until(5, async () => ((await textOf(x, 'form.report .error-panel')) || '').includes('密钥')), 'two tabs: by a key that is no more nothing is said to be kept', await textOf(x, 'body'));
  check((await stored(v, 'tabs')).length === 0 && (await third.inputValue('input[name=title]')) === '旧钥匙写的', 'two tabs: nor kept, and the words stay', await stored(v, 'tabs'));
  await mend(v);
  await third.click('form.report > .button.solid');
  check(await until(10, async () => (await known('旧钥匙写的')).length === 1) && ((await textOf(x, '.banner.healed')) || '').includes('直接上报'), 'two tabs: with a signal it goes directly', await textOf(x, 'body'));
  await cut(v);
  await third.reload();
  await until(10, () => sees(x, '.tabs'));
  check(await keepOne(x, '新钥匙写的'), 'two tabs: loaded again, it is');
  await mend(v);
  await v.context.close();
}

// What a page of the version before has left on a phone, sealed by a lock without a name of its own, goes.
async function before() {
  await account('before');
  const v = await phone('before', { lang: 'zh' }), p = v.page;
  await p.evaluate(async () => {
    const open = (name) => new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); }), over = (r) => new Promise((done) => { r.onsuccess = () => done(r.result); });
    const locks = await open('qipan-field-locks'), { id, ...lock } = await over(locks.transaction('locks').objectStore('locks').get('before'));
    await over(locks.transaction('locks', 'readwrite').objectStore('locks').put(lock, 'before'));
    locks.close();
    const item = { id: 'old-1', key: 'a key of before', state: 'waiting', made_at: Date.now() - 60000, tries: 3, next_at: Date.now() + 2000, error: 'x', what: 'report', title: '上一版写的', path: '/api/v1/matters', body: { title: '上一版写的', category: '井盖', source: '上报', urgency: 'routine' } };
    const iv = crypto.getRandomValues(new Uint8Array(12)), data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, lock.key, new TextEncoder().encode(JSON.stringify(item)));
    const d = await open('qipan-field-before');
    await over(d.transaction('items', 'readwrite').objectStore('items').put({ id: item.id, rev: 'r', sent: false, box: { iv, data }, photos: [] }));
    d.close();
  });
  await p.reload();
  check(await until(15, async () => (await known('上一版写的')).length === 1), 'the version before: what it had kept goes', await textOf(v, 'body'));
  check(await keepOne(v, '这一版写的') && await until(10, async () => (await known('这一版写的')).length === 1), 'the version before: and what is written now', await textOf(v, 'body'));
  await setPin(v, '314159');
  check(await until(5, async () => (await textOf(v, '.pin-setting')).includes('已设 PIN')), 'the version before: a PIN may be set on its lock', await textOf(v, '.pin-setting'));
  await p.reload();
  await until(10, () => sees(v, '.pin form'));
  await say(v, '314159');
  check(await until(10, () => sees(v, '.tabs')) && await keepOne(v, '设码后写的') && await until(10, async () => (await known('设码后写的')).length === 1), 'the version before: and opens it', await textOf(v, 'body'));
  await v.context.close();
}

// Somebody else logs in in another tab while something waits: it does not go in his name.
async function other() {
  await account('wrote');
  await account('came');
  const v = await phone('wrote', { lang: 'zh' }), p = v.page, title = '甲写的，不是乙写的', by = async () => { const [m] = await known(title); return m && (await api(COMMUNITY, 'GET', `/api/v1/matters/${m.id}`)).body.history[0].by; };
  await cut(v);
  check(await keepOne(v, title), 'other: one is kept');
  const second = await v.context.newPage();
  await logIn({ ...v, page: second }, COMMUNITY, 'came'); // the cookie is his now
  await mend(v);
  await p.bringToFront();
  await p.evaluate(() => dispatchEvent(new Event('online')));
  await p.click('.tabs button:nth-child(5)');
  check(await until(70, async () => ((await textOf(v, '.outbox')) || '').includes('没有用别人的名义发') || by()), 'other: it is tried');
  check(((await textOf(v, '.outbox')) || '').includes('没有用别人的名义发'), 'other: it is said why it waits', await textOf(v, '.outbox'));
  check((await known(title)).length === 0, 'other: and it did not go', await by());
  await decent(v, 'other: outbox', origin);
  await logIn({ ...v, page: second }, COMMUNITY, 'wrote');
  await p.bringToFront();
  await p.click('.outbox li .button:has-text("现在发")').catch(() => {});
  check(await until(70, async () => (await known(title)).length === 1), 'other: it goes once its writer is back', await textOf(v, '.outbox'));
  check(await by() === 'user:wrote', 'other: in his name', await by());
  await v.context.close();
}

// The PIN page counts what is unsent; where that takes long, the outbox that was opened meanwhile goes on under its own name.
async function slow() {
  await account('slow');
  const v = await phone('slow', { lang: 'zh' }), p = v.page;
  await setPin(v, '564738');
  await until(5, async () => (await textOf(v, '.pin-setting')).includes('已设 PIN'));
  await doom(v);
  await plan(v, { 'qipan-field-slow': { late: 6000 } });
  await p.reload();
  await until(10, () => sees(v, '.pin form'));
  const end = Date.now() + 6500;
  await say(v, '564738');
  check(await until(5, () => sees(v, '.tabs')) && Date.now() < end, 'slow count: the PIN opens before it is done');
  await until(10, () => Date.now() > end);
  await fill(p, '慢后的上报');
  check(await until(10, async () => (await known('慢后的上报')).length === 1), 'slow count: what is reported after it goes', await textOf(v, 'body'));
  check(!(await p.evaluate(() => indexedDB.databases().then((d) => d.map((x) => x.name)))).includes('qipan-field-null'), 'slow count: and there is no store of nobody');
  await v.context.close();
}

// Forgotten: what is kept is cleared, after it was said how much is lost; the account goes on without a PIN.
async function forgotten() {
  await account('forgot');
  const v = await phone('forgot', { lang: 'zh' }), p = v.page, button = '.pin .ways .button:first-child';
  await cut(v);
  await keepOne(v, '清除的上报');
  await setPin(v, '102938');
  await until(5, async () => (await textOf(v, '.pin-setting')).includes('已设 PIN'));
  await p.reload();
  await until(10, () => sees(v, '.pin form'));
  await until(3, async () => (await textOf(v, '.pin main')).includes('1 件未发送'));
  await p.click(button);
  check((await textOf(v, button)).includes('1 件未发送会丢失') && (await stored(v, 'forgot')).length === 1, 'forgotten PIN: what is lost by it is said first', await textOf(v, '.pin main'));
  await shot(v, 'field-pin-forgot-zh');
  await p.click(button);
  check(await until(10, () => sees(v, '.tabs')), 'forgotten PIN: the second press opens', await textOf(v, 'body'));
  await p.click('.tabs button:nth-child(5)');
  check(await until(5, async () => (await textOf(v, '.outbox')).includes('没有未发送的')) && (await stored(v, 'forgot')).length === 0, 'forgotten PIN: with nothing of what was kept', await stored(v, 'forgot'));
  await mend(v);
  await p.reload();
  check(await until(10, () => sees(v, '.tabs')) && !(await sees(v, '.pin form')), 'forgotten PIN: and none is asked from then on');
  await fill(p, '清除后的上报');
  check(await until(10, async () => (await known('清除后的上报')).length === 1) && (await known('清除的上报')).length === 0, 'forgotten PIN: what is reported then goes', await textOf(v, 'body'));
  await v.context.close();
}

await main(...chosen({ zh: () => path('zh'), en: () => path('en'), two, unreadOutbox, unreadLock, twoTabs, before, other, slow, forgotten }));
