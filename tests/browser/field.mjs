// field.mjs: the phone without a signal. Random schedules (its seed is printed; `-- SEED ROUNDS` repeats it) of going off line, reloads,
// answers lost after the commit, errors of the server, a database closed under the page, two tabs: nothing is lost, nothing counts twice.
import { api, check, decent, logIn, main, report, say, sees, shot, sleep, textOf, until, urlOf, visit, words } from './lib/harness.mjs';

const COMMUNITY = 'qicheng/east/lake/willow', origin = urlOf(COMMUNITY), seed = Number(words[0] || Date.now() % 1000000), ROUNDS = Number(words[1] || 12);
let state = seed >>> 0;
const draw = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };

async function phone(options = {}) {
  const v = await visit({ lang: 'zh', size: '390', ...options });
  await logIn(v, COMMUNITY);
  await v.page.goto(`${origin}/field`);
  await until(10, () => sees(v, '.tabs'));
  return v;
}

async function fill(page, title) {
  await page.click('.tabs button:nth-child(2)');
  await page.fill('input[name=title]', title);
  await page.fill('input[name=category]', '井盖');
  await page.click('form.report > .button.solid');
}

const known = async (word) => (await api(COMMUNITY, 'GET', `/api/v1/matters?limit=500&q=${encodeURIComponent(word)}`)).body.items;

async function pages() {
  const m = await report(COMMUNITY, { title: '手机上的任务', urgency: 'urgent' });
  for (const lang of ['zh', 'en']) {
    const v = await phone({ lang });
    check(await until(5, () => sees(v, '.tasks li')), `${lang}: tasks are shown`);
    await decent(v, `phone ${lang} tasks`, origin);
    await shot(v, `field-tasks-${lang}`);
    await v.page.click(`.tasks li:has-text("${m.title}") button`);
    await until(5, () => sees(v, '.task .ways button'));
    await decent(v, `phone ${lang} task`, origin);
    await shot(v, `field-task-${lang}`);
    await v.page.click('.tabs button:nth-child(2)');
    await v.page.fill('input[name=source]', '电话');
    await sleep(2200); // the page is drawn again each second
    check((await v.page.inputValue('input[name=source]')) === '电话', `${lang}: what was typed stays`);
    await decent(v, `phone ${lang} report`, origin);
    await shot(v, `field-report-${lang}`);
    await v.context.close();
  }
}

// Without a signal: kept at once, shown as kept, there after a reload, sent when the signal is back, once.
async function offline() {
  const v = await phone(), p = v.page;
  await until(10, () => p.evaluate(() => navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready.then(() => true)));
  await p.reload();
  await until(5, () => sees(v, '.tasks li'));
  await v.context.setOffline(true);
  const began = Date.now();
  await fill(p, '没有信号时的上报');
  await until(3, () => sees(v, '.banner.healed'));
  check(Date.now() - began < 2000, `kept on the phone at once (${Date.now() - began} ms with the typing)`);
  await p.click('.tabs button:nth-child(3)');
  check((await textOf(v, '.outbox')).includes('没有信号时的上报'), 'what is unsent is visible', await textOf(v, '.outbox'));
  await shot(v, 'field-outbox-offline');
  await decent(v, 'phone outbox', origin, {});
  await p.reload().catch(() => {});
  check(await until(10, () => sees(v, '.tabs')), 'the page itself opens without a signal');
  check(await until(5, () => sees(v, '.tasks li, .tasks .as-of')), 'and the tasks as of then');
  await p.click('.tabs button:nth-child(3)');
  check(await until(5, async () => (await textOf(v, '.outbox')).includes('没有信号时的上报')), 'and what was kept is still there');
  await v.context.setOffline(false);
  check(await until(20, async () => (await known('没有信号时的上报')).length === 1), 'with the signal back it is sent by itself');
  check(await until(10, () => sees(v, '.outbox li.sent')), 'and shown as sent');
  await v.context.close();
}

// A step that came too late is not taken, says why, and what was written can still be kept.
async function refused() {
  const m = await report(COMMUNITY, { title: '来迟的一步' }), v = await phone(), p = v.page;
  await p.click(`.tasks li:has-text("${m.title}") button`);
  await until(5, () => sees(v, '.task .history'));
  await v.context.setOffline(true);
  await p.click('.task .ways button:has-text("进展")');
  await p.fill('.step textarea', '到场看过');
  await p.click('.step .button.solid');
  await until(3, () => sees(v, '.banner.healed'));
  await api(COMMUNITY, 'POST', `/api/v1/matters/${m.id}/close`, { result: 'resolved' });
  await v.context.setOffline(false);
  await p.click('.tabs button:nth-child(3)');
  check(await until(20, () => sees(v, '.outbox li.refused')), 'what the node does not take is told with its reason', await textOf(v, '.outbox'));
  await p.click('.outbox li.refused button:has-text("作为评论")');
  check(await until(10, async () => (await api(COMMUNITY, 'GET', `/api/v1/matters/${m.id}`)).body.history.some((h) => h.type === 'commented' && h.note === '到场看过')), 'and is kept as a comment');
  await v.context.close();
}

async function schedules() {
  say(`schedules of seed ${seed}`);
  const v = await phone(), p = v.page, tag = `乱${seed}`, made = [];
  const second = await v.context.newPage();
  await second.goto(`${origin}/field`);
  let trouble = 0; // 0 none, 1 a 500 before, 2 the answer lost after the commit, 3 no connection
  await v.context.route('**/api/v1/matters', async (route) => {
    if (route.request().method() !== 'POST' || !trouble) return route.continue();
    const kind = trouble;
    trouble = 0;
    if (kind === 1) return route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":{"code":"io","message":"planted"}}' });
    if (kind === 2) { await route.fetch().catch(() => {}); return route.abort(); }
    return route.abort('connectionrefused');
  });
  for (let i = 0; i < ROUNDS; i += 1) {
    const page = draw(4) === 0 ? second : p;
    trouble = draw(4);
    const off = draw(4) === 0;
    if (off) await v.context.setOffline(true);
    if (draw(5) === 0) await page.evaluate(async () => { for (const d of await indexedDB.databases()) { const r = indexedDB.open(d.name, d.version + 1); r.onupgradeneeded = () => r.transaction.abort(); await new Promise((done) => { r.onerror = r.onsuccess = done; }); } }).catch(() => {});
    const title = `${tag}-${i}`;
    await page.bringToFront();
    await until(5, () => page.isVisible('.tabs'));
    await fill(page, title);
    const kept = await until(4, async () => (await page.isVisible('.banner.healed').catch(() => false)) || (await page.isVisible('.error-panel').catch(() => false)));
    if (kept && (await page.isVisible('.banner.healed'))) made.push(title);
    if (draw(3) === 0) await page.reload().catch(() => {});
    if (off) { await sleep(draw(300)); await v.context.setOffline(false); }
  }
  trouble = 0;
  for (const page of [p, second]) {
    await page.bringToFront();
    await page.evaluate(() => dispatchEvent(new Event('online'))).catch(() => {});
  }
  await p.bringToFront();
  await until(5, () => p.isVisible('.tabs'));
  await p.click('.tabs button:nth-child(3)');
  await until(10, async () => { await p.click('.outbox > .ways .button.solid').catch(() => {}); return !(await p.isVisible('.outbox li.waiting')); }, 1000);
  const there = (await until(40, async () => { const all = (await known(tag)).map((m) => m.title); return made.every((t) => all.includes(t)) && all; }, 1000)) || (await known(tag)).map((m) => m.title);
  const lost = made.filter((t) => !there.includes(t)), doubled = there.filter((t, i) => there.indexOf(t) !== i);
  check(made.length > ROUNDS / 2, `${made.length} of ${ROUNDS} reports were said to be kept`);
  check(lost.length === 0, `of ${made.length} kept reports 0 are lost (seed ${seed})`, lost);
  check(doubled.length === 0, `and 0 count twice (seed ${seed})`, doubled);
  await v.context.close();
}

await main(pages, offline, refused, schedules);
