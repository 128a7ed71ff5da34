// field.mjs: the phone without a signal. Random schedules (its seed is printed; `-- SEED ROUNDS` repeats it, `-- NAME…` are parts) of going off line, reloads,
// answers lost after the commit, errors of the server, a database closed under the page, two tabs: nothing is lost, nothing counts twice.
import { readFileSync } from 'node:fs';
import { api, check, chosen, decent, logIn, main, nodes, report, say, sees, shot, sleep, textOf, until, urlOf, visit, words } from './lib/harness.mjs';
import { DOT } from './lib/made.mjs';

const COMMUNITY = 'qicheng/east/lake/willow', origin = urlOf(COMMUNITY), named = words.some((w) => !/^[0-9]+$/.test(w)), seed = Number((!named && words[0]) || Date.now() % 1000000), ROUNDS = Number((!named && words[1]) || 12);
let state = seed >>> 0;
const draw = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };

async function phone(options = {}) {
  const v = await visit({ lang: 'zh', size: '390', ...options });
  await logIn(v, COMMUNITY);
  await v.page.goto(`${origin}/field`);
  await until(10, () => sees(v, '.tabs'));
  return v;
}

async function fill(page, title, urgency) {
  await page.click('.tabs button:nth-child(3)');
  if (urgency) await page.check(`form.report input[value=${urgency}]`);
  await page.fill('input[name=title]', title);
  await page.fill('input[name=category]', '井盖');
  await page.click('form.report > .button.solid');
}

const known = async (word) => (await api(COMMUNITY, 'GET', `/api/v1/matters?limit=500&q=${encodeURIComponent(word)}`)).body.items;

// What lies in the phone's store, as whoever opens it sees it; and what its own export writes.
const stored = (page) => page.evaluate(async () => { const out = []; for (const { name } of await indexedDB.databases()) { const d = await new Promise((ok, no) => { const r = indexedDB.open(name); r.onsuccess = () => ok(r.result); r.onerror = no; }); if (d.objectStoreNames.contains('items')) out.push(...await new Promise((ok) => { const r = d.transaction('items').objectStore('items').getAll(); r.onsuccess = () => ok(r.result); })); d.close(); } return out; });
async function exported(page) {
  await page.click('.tabs button:nth-child(5)');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('.outbox > .button')]);
  const text = readFileSync(await file.path(), 'utf8');
  await page.click('.tabs button:nth-child(2)');
  return text;
}

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
    await v.page.click('.tabs button:nth-child(3)');
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
  await until(8, () => sees(v, '.banner.healed'));
  check(Date.now() - began < 5000, `kept on the phone at once (${Date.now() - began} ms with the typing)`);
  await p.click('.tabs button:nth-child(5)');
  check((await textOf(v, '.outbox')).includes('没有信号时的上报'), 'what is unsent is visible', await textOf(v, '.outbox'));
  await shot(v, 'field-outbox-offline');
  await decent(v, 'phone outbox', origin, {});
  await p.reload().catch(() => {});
  check(await until(10, () => sees(v, '.tabs')), 'the page itself opens without a signal');
  check(await until(5, () => sees(v, '.tasks li, .tasks .as-of')), 'and the tasks as of then');
  await p.click('.tabs button:nth-child(5)');
  check(await until(5, async () => (await textOf(v, '.outbox')).includes('没有信号时的上报')), 'and what was kept is still there');
  await v.context.setOffline(false);
  check(await until(20, async () => (await known('没有信号时的上报')).length === 1), 'with the signal back it is sent by itself');
  check(await until(10, () => sees(v, '.outbox li.sent')), 'and shown as sent');
  await v.context.close();
}

// Written last, an emergency goes first.
async function ordered() {
  const v = await phone(), p = v.page, id = async (title) => { const [m] = await known(title); return m ? m.id : ''; }; // an id begins with its time
  await v.context.setOffline(true);
  for (const [title, urgency] of [['先写的平件', 'routine'], ['后写的急件', 'emergency']]) {
    await fill(p, title, urgency);
    await p.click('.tabs button:nth-child(5)');
    check(await until(5, async () => (await textOf(v, '.outbox')).includes(title)), `${title} is kept`);
  }
  await v.context.setOffline(false);
  check(await until(20, async () => await id('先写的平件') && await id('后写的急件')), 'both are sent with the signal back');
  check(await id('后写的急件') < await id('先写的平件'), 'the emergency before what was written earlier', [await id('后写的急件'), await id('先写的平件')]);
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
  await p.click('.tabs button:nth-child(5)');
  check(await until(20, () => sees(v, '.outbox li.refused')), 'what the node does not take is told with its reason', await textOf(v, '.outbox'));
  await p.click('.outbox li.refused button:has-text("作为评论")');
  check(await until(10, async () => (await api(COMMUNITY, 'GET', `/api/v1/matters/${m.id}`)).body.history.some((h) => h.type === 'commented' && h.note === '到场看过')), 'and is kept as a comment');
  await v.context.close();
}

// A photo that says where it was taken, reported without a signal: it goes with the report, without that.
async function photos() {
  const v = await phone(), p = v.page;
  await until(10, () => p.evaluate(() => navigator.serviceWorker.ready.then(() => true)));
  await p.reload();
  await until(5, () => sees(v, '.tabs'));
  const jpeg = Buffer.from(await p.evaluate(async () => {
    const c = document.createElement('canvas');
    c.width = 2400; c.height = 1200;
    const x = c.getContext('2d');
    x.fillStyle = '#369'; x.fillRect(0, 0, 2400, 1200); x.fillStyle = '#fff'; x.fillRect(100, 100, 400, 300);
    const blob = await new Promise((made) => { c.toBlob(made, 'image/jpeg', 0.9); });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }));
  const said = Buffer.from('Exif\0\0CANARY 33.64,116.97'), head = Buffer.from([0xff, 0xe1, 0, said.length + 2]), taken = Buffer.concat([jpeg.subarray(0, 2), head, said, jpeg.subarray(2)]);
  await v.context.setOffline(true);
  await p.click('.tabs button:nth-child(3)');
  await p.setInputFiles('.photo input', { name: 'a.jpg', mimeType: 'image/jpeg', buffer: taken });
  check(await until(5, async () => (await textOf(v, '.photos'))?.includes('照片 1')), 'a photo is taken and made smaller', await textOf(v, '.photos'));
  await p.setInputFiles('.photo input', { name: 'b.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
  check(await until(5, async () => (await textOf(v, '.photos .error-panel'))?.includes('b.jpg')), 'what is no photo is told by name');
  await decent(v, 'phone zh photo', origin);
  await p.fill('input[name=title]', '带照片的上报');
  await p.fill('input[name=category]', '井盖');
  await p.click('form.report > .button.solid');
  await until(3, () => sees(v, '.banner.healed'));
  await p.reload().catch(() => {});
  await until(10, () => sees(v, '.tabs'));
  await v.context.setOffline(false);
  check(await until(30, async () => (await known('带照片的上报')).length === 1), 'the report goes when the signal is back');
  const [one] = await known('带照片的上报'), whole = (await api(COMMUNITY, 'GET', `/api/v1/matters/${one.id}`)).body;
  check(whole.attachments.length === 1 && whole.attachments[0].image, 'with its photo', whole.attachments);
  const file = Buffer.from(await (await fetch(`${origin}/api/v1/blobs/${whole.attachments[0].hash}`, { headers: { Authorization: `Bearer ${nodes[COMMUNITY].token}` } })).arrayBuffer());
  check(file.length > 500 && file[0] === 0xff && !file.includes('CANARY') && !file.includes('Exif'), 'which says nothing of where it was taken', file.length);
  const left = (await stored(p)).filter((i) => i.sent && i.photos.length).length;
  check(left === 0, 'and the phone keeps no photo of what was sent', left);
  await v.context.close();
}

// A worker with a grid. The browser stands in it.
const SQUARE = { type: 'Polygon', coordinates: [[[116.96, 33.63], [116.98, 33.63], [116.98, 33.65], [116.96, 33.65], [116.96, 33.63]]] }, STANDS = { geolocation: { latitude: 33.64, longitude: 116.97 }, permissions: ['geolocation'] };
async function worker(name, grid) {
  const made = await api(COMMUNITY, 'POST', '/api/v1/users', { name, title: `网格员${name}`, password: 'a long pass phrase', roles: ['worker'] });
  const has = await api(COMMUNITY, 'POST', '/api/v1/grids', { code: grid, title: '一号网格', boundary: SQUARE, worker: name });
  check(made.status === 201 && has.status === 201, `${name} has the grid ${grid}`, [made.body, has.body]);
}
async function phoneOf(user, lang) {
  const v = await visit({ lang, size: '390', more: STANDS });
  await logIn(v, COMMUNITY, user);
  await v.page.goto(`${origin}/field`);
  await until(10, () => sees(v, '.tabs'));
  return v;
}
const walked = async (grid) => (await api(COMMUNITY, 'GET', `/api/v1/patrols?grid=${grid}`)).body.items;

// Begun with a signal, gone on with without one, reloaded, ended: all of it at the node, once, with the times of when it was.
async function patrols() {
  await worker('li', 'g1');
  const v = await phoneOf('li', 'zh'), p = v.page;
  await until(10, () => p.evaluate(() => navigator.serviceWorker.ready.then(() => true)));
  await p.reload();
  await p.click('.tabs button:nth-child(2)');
  check(await until(5, () => sees(v, '.patrol-start')), 'a patrol may be started', await textOf(v, '.ground'));
  await decent(v, 'phone zh patrol to start', origin);
  await p.click('.duty .button');
  check(await until(5, async () => (await textOf(v, '.duty')).includes('在岗')), 'the worker is on duty');
  const seen = async () => (await api(COMMUNITY, 'GET', '/api/v1/duty')).body.items.find((d) => d.person === 'li');
  check(await until(15, async () => { const d = await seen(); return d && d.position_age_s !== null; }), 'the node knows where he is', await seen());
  await p.check('input[name=police]');
  await p.click('.patrol-start .button.solid');
  check(await until(5, () => sees(v, '.timer')), 'the timer runs');
  await p.fill('input[name=note]', '东门岗亭');
  await p.click('.check-in .button.solid');
  check(await until(10, async () => { const [one] = await walked('g1'); return one && one.findings.length === 1 && one.police; }), 'the node has the patrol and the check-point', await walked('g1'));
  await until(3, () => sees(v, '.points li'));
  await shot(v, 'field-patrol-zh');
  await decent(v, 'phone zh patrol', origin);
  await v.context.setOffline(true);
  await p.fill('input[name=note]', '地下车库');
  await p.click('.check-in .button.solid');
  check(await until(3, async () => (await textOf(v, '.points')).includes('存在本机')), 'without a signal the check-point is kept on the phone', await textOf(v, '.points'));
  await p.click('.ways.three .button:has-text("暂停")');
  check(await until(3, async () => (await textOf(v, '.least')).includes('已暂停')), 'a pause too');
  await p.reload().catch(() => {});
  await until(10, () => sees(v, '.tabs'));
  await p.click('.tabs button:nth-child(2)');
  check(await until(5, async () => (await sees(v, '.timer')) && (await p.locator('.points li').count()) === 2 && (await textOf(v, '.least')).includes('已暂停')), 'after a reload without a signal the patrol stands as it stood', await textOf(v, '.ground'));
  await p.click('.ways.three .button:has-text("继续")');
  await until(3, async () => !(await textOf(v, '.least')).includes('已暂停'));
  await v.context.setOffline(false);
  check(await until(20, async () => { const [one] = await walked('g1'); return one.findings.length === 2 && !one.paused; }), 'with the signal back all of it is at the node, once', await walked('g1'));
  await p.click('.ways.three .button:has-text("结束")');
  await p.click('.ways.three .button.danger');
  check(await until(10, async () => (await walked('g1'))[0].stopped), 'it ends', await walked('g1'));
  const all = await walked('g1');
  check(all.length === 1 && !all[0].stated && all[0].findings.every((f) => !f.stated), 'one patrol; what was said within the minute is not called stated', all);
  check(await until(25, async () => (await textOf(v, '.walked'))?.includes('民警同行')), 'and is listed', await textOf(v, '.ground'));
  const raw = JSON.stringify(await stored(p)), whole = await exported(p);
  check(raw.length > 200 && !raw.includes('东门岗亭') && !raw.includes('patrol'), 'what the phone keeps is sealed', raw.slice(0, 300));
  check(whole.includes('东门岗亭') && !whole.includes('116.97'), 'and no place of what was sent is in it', whole.slice(0, 300));
  await p.click('.duty .button');
  check(await until(5, async () => !(await seen())), 'off duty nobody knows where he is', await seen());
  await v.context.close();
  const en = await phoneOf('li', 'en');
  await en.page.click('.tabs button:nth-child(2)');
  await until(5, () => sees(en, '.patrol-start'));
  await decent(en, 'phone en patrol', origin);
  await shot(en, 'field-patrol-en');
  await en.context.close();
}

// Phones whose clocks are 3 minutes behind and 6 ahead: what they say of a patrol is taken, and is of the node's time.
async function apart() {
  for (const [name, grid, off] of [['sun', 'g2', -180e3], ['zhou', 'g3', 360e3]]) {
    await worker(name, grid);
    const v = await visit({ lang: 'zh', size: '390', more: STANDS }), p = v.page, since = Date.now();
    await logIn(v, COMMUNITY, name);
    await p.addInitScript(`{ const real = Date.now; Date.now = () => real() + ${off}; }`);
    await p.goto(`${origin}/field`);
    await until(10, () => sees(v, '.tabs'));
    await p.click('.tabs button:nth-child(2)');
    await until(5, () => sees(v, '.patrol-start'));
    await p.click('.patrol-start .button.solid');
    check(await until(5, () => sees(v, '.timer')), `${name}: the timer runs`);
    check(/^(0?0:)?0?0:\d\d$/.test((await textOf(v, '.timer')).trim()), `${name}: from nothing`, await textOf(v, '.timer'));
    await p.fill('input[name=note]', '东门岗亭');
    await p.click('.check-in .button.solid');
    await until(10, async () => { const [one] = await walked(grid); return one && one.findings.length === 1; });
    await p.click('.ways.three .button:has-text("结束")');
    await p.click('.ways.three .button.danger');
    check(await until(10, async () => { const [one] = await walked(grid); return one && one.stopped; }), `${name}: all of it is taken`, await walked(grid));
    const [one] = await walked(grid), times = [one.started, one.findings[0].at, one.stopped].map((x) => Date.parse(x));
    check(times.every((x) => x > since - 5000 && x < Date.now() + 5000) && times[0] <= times[1] && times[1] <= times[2], `${name}: at the node's time, in order`, one);
    await v.context.close();
  }
}

// A dispatcher of the street writes; the worker reads, answers, and writes without a signal.
async function talks() {
  const STREET = 'qicheng/east/lake', line = (await api(STREET, 'POST', '/api/v1/lines', { title: '调度台', members: [{ node: COMMUNITY, name: 'li' }] })).body;
  const say1 = await api(STREET, 'POST', `/api/v1/lines/${line.id}/messages`, { text: '请补拍东侧单元门口。' });
  check(say1.status === 201, 'the street writes to the worker', [line, say1.body]);
  const v = await phoneOf('li', 'zh'), p = v.page, of = async () => (await api(STREET, 'GET', `/api/v1/lines/${line.id}?limit=100`)).body.messages;
  check(await until(15, () => sees(v, '.tabs button:nth-child(4) b')), 'the phone says that somebody calls');
  await p.click('.tabs button:nth-child(4)');
  await p.click('.tasks li button:has-text("调度台")');
  check(await until(5, async () => (await textOf(v, '.said'))?.includes('请补拍东侧单元门口')), 'what was said is read', await textOf(v, 'main'));
  check(await until(10, async () => (await of())[0].ticks.some((t) => t.seen)), 'the street knows that it was', await of());
  await p.fill('textarea[name=text]', '西侧已清，东侧还有 3 辆。');
  await p.click('.write .button.solid');
  check(await until(10, async () => (await of()).some((m) => m.text.includes('西侧已清'))), 'the answer comes', await of());
  check(await until(25, async () => /已存|已达|已读/.test(await textOf(v, '.said .own small') || '')), 'and is shown as far as it has come', await textOf(v, '.said'));
  await decent(v, 'phone zh line', origin);
  await shot(v, 'field-line-zh');
  await v.context.setOffline(true);
  await p.fill('textarea[name=text]', '收到，已到东门。');
  await p.click('.write .button.solid');
  check(await until(3, async () => (await textOf(v, '.said .unsent'))?.includes('存在本机')), 'without a signal it is kept on the phone and says so', await textOf(v, '.said'));
  await v.context.setOffline(false);
  check(await until(20, async () => (await of()).filter((m) => m.text.includes('已到东门')).length === 1), 'with the signal back it goes, once', await of());
  await p.click('.talk > .button.plain');
  await p.reload();
  await p.click('.tabs button:nth-child(4)');
  check(await until(5, () => sees(v, '.tasks li')), 'the lines are listed again');
  await v.context.close();
}

// The store takes no photo a second time: what it has goes all the same, once, and what is behind it too.
async function fullStore() {
  const v = await phone(), p = v.page;
  await p.evaluate(() => { const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function full(value, ...more) { if (value && value.photos && value.photos.length) throw new DOMException('full', 'QuotaExceededError'); return put.call(this, value, ...more); }; });
  let n = 0, posts = 0;
  await v.context.route('**/api/v1/blobs', (r) => { n += 1; return r.continue(); });
  await v.context.route('**/api/v1/matters', (r) => { if (r.request().method() !== 'POST') return r.continue(); posts += 1; return posts === 1 ? r.fulfill({ status: 503, json: { error: { code: 'io', message: 'planted' } } }) : r.continue(); });
  await v.context.setOffline(true);
  await p.click('.tabs button:nth-child(3)');
  await p.setInputFiles('.photo input', { name: 'a.png', mimeType: 'image/png', buffer: DOT });
  await until(5, async () => (await textOf(v, '.photos')).includes('照片 1'));
  await fill(p, '存满时的上报');
  check(await until(5, () => sees(v, '.banner.healed')), 'full: it is kept');
  await v.context.setOffline(false);
  check(await until(20, async () => (await known('存满时的上报')).length === 1), 'full: and goes', await textOf(v, 'body'));
  check(n === 1 && posts === 2, 'full: its photo went once, however often it was tried', [n, posts]);
  await p.click('.tabs button:nth-child(5)');
  check(await until(10, async () => !(await sees(v, '.outbox li.waiting')) && !(await sees(v, '.outbox > .error-panel'))), 'full: nothing waits, and nothing is said to be off', await textOf(v, '.outbox'));
  await v.context.close();
}

// A phone that was a day ahead when its tries failed, and is set right: what waits goes, and in the order in which it was written.
async function setBack() {
  const m = await report(COMMUNITY, { title: '快钟写的两步' }), v = await visit({ lang: 'zh', size: '390' }), p = v.page;
  await logIn(v, COMMUNITY);
  await p.addInitScript(() => { const real = Date.now; window.ahead = 86400e3; Date.now = () => real() + window.ahead; });
  await p.goto(`${origin}/field`);
  await until(10, () => sees(v, `.tasks li:has-text("${m.title}")`));
  await v.context.route('**/api/v1/matters{,/*/*}', (r) => (r.request().method() === 'POST' ? r.abort() : r.continue()));
  const comment = async (text) => {
    await p.click('.tabs button:nth-child(1)');
    await p.click(`.tasks li:has-text("${m.title}") button`);
    await until(5, () => sees(v, '.task .ways button'));
    await p.click('.task .ways button:has-text("评论")');
    await p.fill('.step textarea, .step input', text);
    await p.click('.step .button.solid');
    await until(5, async () => !(await sees(v, 'form.step')));
  };
  await comment('快钟先写');
  await fill(p, '时钟拨回');
  await p.click('.tabs button:nth-child(5)');
  check(await until(10, async () => (await p.locator('.outbox li.waiting .why').count()) === 2), 'set back: both were tried', await textOf(v, '.outbox'));
  await p.evaluate(() => { window.ahead = 0; });
  await comment('准钟后写');
  await v.context.unroute('**/api/v1/matters{,/*/*}');
  await p.evaluate(() => dispatchEvent(new Event('online')));
  check(await until(10, async () => (await known('时钟拨回')).length === 1), 'set back: it does not wait for tomorrow', await textOf(v, 'body'));
  const said = async () => (await api(COMMUNITY, 'GET', `/api/v1/matters/${m.id}`)).body.history.filter((h) => h.type === 'commented').map((h) => h.note);
  await until(15, async () => (await said()).length === 2);
  check(String(await said()) === '快钟先写,准钟后写', 'set back: and what was written first goes first', await said());
  await v.context.close();
}

// Under the list: all that waits goes at once, whenever its next try is.
async function atOnce() {
  const v = await phone(), p = v.page;
  await v.context.route('**/api/v1/matters', (r) => (r.request().method() === 'POST' ? r.fulfill({ status: 503, headers: { 'Retry-After': '600' }, json: { error: { code: 'io', message: 'planted' } } }) : r.continue()));
  await fill(p, '现在就发');
  await p.click('.tabs button:nth-child(5)');
  await until(10, async () => (await textOf(v, '.outbox')).includes('planted'));
  await v.context.unroute('**/api/v1/matters');
  await p.click('.outbox > .ways .button.solid');
  check(await until(8, async () => (await known('现在就发')).length === 1), 'send now: it is sent now', await textOf(v, '.outbox'));
  await v.context.close();
}

// A phone that stands in another zone than the tree shows the tree's, also without a signal.
async function zones() {
  const m = await report(COMMUNITY, { title: '别处的时区' }), zone = (await api(COMMUNITY, 'GET', '/api/v1/node')).body.zone, v = await phone({ more: { timezoneId: zone === 'Asia/Kolkata' ? 'Asia/Shanghai' : 'Asia/Kolkata' } }), p = v.page;
  const when = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'short' }).format(new Date(m.opened_at)), row = async () => textOf(v, `.tasks li:has-text("${m.title}")`);
  check(await until(10, async () => ((await row()) || '').includes(when)), `zones: a task's time is of ${zone}: ${when}`, await row());
  await until(10, () => p.evaluate(() => navigator.serviceWorker.ready.then(() => true)));
  let from = '';
  p.on('request', (r) => { const u = new URL(r.url()); if (u.pathname === '/api/v1/patrols' && u.searchParams.get('from')) from = u.searchParams.get('from'); });
  await p.reload();
  await until(10, async () => ((await row()) || '').includes(when));
  const midnight = () => from && new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'short' }).format(new Date(from)) === '00:00';
  check(await until(30, midnight), `zones: today's patrols are those since midnight of ${zone}`, from);
  await v.context.setOffline(true);
  await p.reload().catch(() => {});
  check(await until(10, async () => ((await row()) || '').includes(when)), 'zones: and without a signal', await row());
  await v.context.close();
}

// The policy's categories are offered by their titles, without a signal too. It puts a policy in force.
async function offered() {
  const put = await api('qicheng', 'PUT', '/api/v1/policy', { version: 'cat-1', title: '类别', categories: [{ code: '', title: '其他' }, { code: '0101', title: '井盖缺失破损' }] });
  check(put.status === 200 && await until(20, async () => JSON.stringify((await api(COMMUNITY, 'GET', '/api/v1/policy')).body).includes('0101')), 'categories: a policy comes down', put);
  const v = await phone(), p = v.page, there = () => p.evaluate(() => [...document.querySelectorAll('#categories option')].map((o) => o.value)), has = async () => (await there()).includes('井盖缺失破损');
  await p.click('.tabs button:nth-child(3)');
  check(await until(25, has) && !(await there()).includes('0101'), 'categories: the policy’s are offered', await there());
  await until(10, () => p.evaluate(() => navigator.serviceWorker.ready.then(() => true)));
  await p.reload();
  await until(10, () => sees(v, '.tasks li'));
  await v.context.setOffline(true);
  await p.reload().catch(() => {});
  await until(10, () => sees(v, '.tabs'));
  await p.click('.tabs button:nth-child(3)');
  check(await until(10, has), 'categories: and without a signal', await there());
  await v.context.close();
}

// A session that is over says so, with the way back; and no more once the person is logged in again, here or in another tab.
async function over() {
  const v = await phone(), p = v.page, said = async () => ((await textOf(v, '.banner.no-answer')) || '').includes('登录已过期');
  await v.context.clearCookies();
  await p.evaluate(() => dispatchEvent(new Event('online')));
  check(await until(10, said), 'over: it is said', await textOf(v, 'body'));
  await decent(v, 'phone zh session over', origin);
  await shot(v, 'field-over-zh');
  const second = await v.context.newPage();
  await logIn({ ...v, page: second }, COMMUNITY);
  await second.close();
  await p.bringToFront();
  await p.evaluate(() => dispatchEvent(new Event('online')));
  check(await until(10, async () => !(await said())), 'over: and no more after a log-in in another tab', await textOf(v, 'body'));
  await v.context.clearCookies();
  await p.evaluate(() => dispatchEvent(new Event('online')));
  await until(10, said);
  await p.click('.banner.no-answer .button');
  check(await until(10, () => p.url().includes('/login?next=%2Ffield')), 'over: and one press leads to the log-in', p.url());
  await v.context.close();
}

// Two taps, before the first one is kept, are one step.
async function twice() {
  const m = await report(COMMUNITY, { title: '按了两次' }), v = await phone(), p = v.page;
  await until(10, () => sees(v, `.tasks li:has-text("${m.title}") button`));
  await p.click(`.tasks li:has-text("${m.title}") button`);
  await until(5, () => sees(v, '.task .history'));
  await p.click('.task .ways button:has-text("评论")');
  await p.fill('.step textarea, .step input', '只说一次');
  await p.evaluate(() => { const f = document.querySelector('form.step'); f.requestSubmit(); f.requestSubmit(); });
  const said = async () => (await api(COMMUNITY, 'GET', `/api/v1/matters/${m.id}`)).body.history.filter((h) => h.note === '只说一次').length;
  check(await until(10, said), 'twice: it is said');
  await until(10, async () => (await stored(p)).every((i) => i.sent));
  check(await said() === 1 && (await stored(p)).length === 1, 'twice: once', [await said(), (await stored(p)).length]);
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
  await p.click('.tabs button:nth-child(5)');
  await until(10, async () => { await p.click('.outbox > .ways .button.solid').catch(() => {}); return !(await p.isVisible('.outbox li.waiting')); }, 1000);
  const there = (await until(40, async () => { const all = (await known(tag)).map((m) => m.title); return made.every((t) => all.includes(t)) && all; }, 1000)) || (await known(tag)).map((m) => m.title);
  const lost = made.filter((t) => !there.includes(t)), doubled = there.filter((t, i) => there.indexOf(t) !== i);
  check(made.length > ROUNDS / 2, `${made.length} of ${ROUNDS} reports were said to be kept`);
  check(lost.length === 0, `of ${made.length} kept reports 0 are lost (seed ${seed})`, lost);
  check(doubled.length === 0, `and 0 count twice (seed ${seed})`, doubled);
  await v.context.close();
}

const parts = { pages, offline, ordered, refused, photos, patrols, apart, talks, fullStore, setBack, atOnce, zones, over, twice, schedules, offered };
await main(...(named ? chosen(parts) : Object.values(parts)));
