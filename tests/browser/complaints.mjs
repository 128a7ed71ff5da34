// complaints.mjs: what others were told about their consoles and no other test here keeps (complaints.md has the whole list): stores closed,
// full or wiped under the phone, answers lost again and again, two tabs at once at the first start, heap under events, odd screens, a reload's
// calls, photos that take long, counters after many events. `-- NAME…`: only these parts.
import { ROOT, api, check, chosen, decent, logIn, main, nodes, report, say, sees, shot, sleep, textOf, until, urlOf, visit } from './lib/harness.mjs';
import { DOT, answerMade, madeWall, ownStream } from './lib/made.mjs';

const COMMUNITY = 'qicheng/east/lake/willow', CITY = 'qicheng', STREET = 'qicheng/east/lake', origin = urlOf(COMMUNITY);
const known = async (word) => (await api(COMMUNITY, 'GET', `/api/v1/matters?limit=50&q=${encodeURIComponent(word)}`)).body.items;
const outboxOf = async (v) => { await v.page.click('.tabs button:nth-child(5)'); return v.page.locator('.outbox').innerText(); };
const post = (f) => (r) => (r.request().method() === 'POST' ? f(r) : r.continue());

async function phone(before = async () => {}) {
  const v = await visit({ size: '390' });
  await before(v.page);
  await logIn(v, COMMUNITY);
  await v.page.goto(`${origin}/field?lang=zh`);
  await until(10, () => sees(v, '.tabs'));
  return v;
}
async function write(p, title) {
  await p.click('.tabs button:nth-child(3)');
  await p.fill('input[name=title]', title);
  await p.fill('input[name=category]', '井盖');
  await p.click('form.report > .button.solid');
}
const isKept = (v) => until(5, () => sees(v, '.banner.healed'));

// The browser closes the database under the page, as a phone does in the background: the next writing opens it anew.
async function closed() {
  const v = await phone((p) => p.addInitScript(() => {
    const open = IDBFactory.prototype.open;
    self.held = [];
    IDBFactory.prototype.open = function kept(...a) { const r = open.apply(this, a); r.addEventListener('success', () => self.held.push(r.result)); return r; };
  })), p = v.page;
  await v.context.setOffline(true);
  for (let i = 0; i < 3; i += 1) {
    const n = await p.evaluate(() => { const { held } = self; held.forEach((d) => d.close()); self.held = []; return held.length; });
    await write(p, `关库之后 ${i}`);
    check(n > 0 && await isKept(v), `closed: the store was closed under the page, and the next report is kept (${i})`, [n, await textOf(v, 'form.report')]);
  }
  check(((await outboxOf(v)).match(/关库之后/g) || []).length === 3, 'closed: all of them lie in the outbox', await textOf(v, '.outbox'));
  await p.evaluate(() => self.held.forEach((d) => d.close()));
  await v.context.setOffline(false);
  check(await until(20, async () => (await known('关库之后')).length === 3), 'closed: and all go, once', (await known('关库之后')).length);
  await v.context.close();
}

// The store is wiped: what the node has taken is still shown by it, and the page has told what the browser promised and what is old.
async function wiped() {
  const v = await phone((p) => p.addInitScript(() => { navigator.storage.persist = async () => self.localStorage.getItem('test-promise') === 'yes'; })), p = v.page;
  check((await outboxOf(v)).includes('浏览器没有答应保留'), 'wiped: a browser that promises nothing is told, with what to do', await textOf(v, '.outbox'));
  await p.evaluate(() => localStorage.setItem('test-promise', 'yes'));
  await p.reload();
  await until(10, () => sees(v, '.tabs'));
  check(await until(5, async () => (await outboxOf(v)).includes('浏览器答应不清理')), 'wiped: and one that does', await textOf(v, '.outbox'));
  await write(p, '清空之前已收下');
  check(await until(15, async () => (await known('清空之前已收下')).length === 1), 'wiped: one is at the node');
  await v.context.setOffline(true);
  await p.evaluate(() => { const now = Date.now; self.ahead = -25 * 3600e3; Date.now = () => now() + self.ahead; });
  await write(p, '一天没有信号');
  await isKept(v);
  await p.evaluate(() => { self.ahead = 0; });
  check(await until(5, async () => /已存.*未发：请到有信号处/.test(await outboxOf(v))), 'wiped: what lies there for more than a day warns', await textOf(v, '.outbox'));
  await shot(v, 'field-old-zh');
  await v.context.setOffline(false);
  await until(15, async () => (await known('一天没有信号')).length === 1);
  const client = await v.context.newCDPSession(p);
  await client.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb,local_storage,cache_storage,service_workers' });
  await p.reload();
  check(await until(10, () => sees(v, '.tasks li:has-text("清空之前已收下")')) && (await sees(v, '.tasks li:has-text("一天没有信号")')), 'wiped: all that the node had taken is shown from there', await textOf(v, 'main'));
  check((await outboxOf(v)).includes('没有未发送的'), 'wiped: and the phone claims nothing of what it no longer has', await textOf(v, '.outbox'));
  await v.context.close();
}

// No room: refused before it is said to be kept, and the words stay.
async function full() {
  const v = await phone(), p = v.page;
  await p.evaluate(() => { const add = IDBObjectStore.prototype.add; self.freed = () => { IDBObjectStore.prototype.add = add; }; IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); }; });
  await write(p, '存满了的上报');
  check(await until(5, async () => ((await textOf(v, 'form.report .error-panel')) || '').includes('没有存下')), 'full: no room is told', await textOf(v, 'form.report'));
  check((await p.inputValue('input[name=title]')) === '存满了的上报' && !(await sees(v, '.banner.healed')), 'full: nothing is said to be kept, and the words stay', await textOf(v, 'main'));
  check(!(await outboxOf(v)).includes('存满了的上报') && (await known('存满了的上报')).length === 0, 'full: nor is it anywhere');
  await p.evaluate(() => self.freed());
  await p.click('.tabs button:nth-child(3)');
  await p.click('form.report > .button.solid');
  check(await isKept(v) && await until(10, async () => (await known('存满了的上报')).length === 1), 'full: with room again the same words go, once');
  await v.context.close();
}

// The answer is lost after the node has taken it: reloaded, sent again and again, it is one matter.
async function lost() {
  const v = await phone(), p = v.page;
  let n = 0;
  await v.context.route('**/api/v1/matters', post(async (r) => { n += 1; await r.fetch().catch(() => {}); await r.abort(); }));
  await write(p, '丢了二十次回答');
  await until(10, () => n >= 1);
  check(!(await textOf(v, 'body')).includes('没收下'), 'lost: an answer that did not come is not called a refusal');
  for (let i = 0; i < 20; i += 1) {
    if (i === 7) { await p.reload(); await until(10, () => sees(v, '.tabs')); }
    const had = n;
    await outboxOf(v);
    await until(5, async () => { await p.click('.outbox > .ways .button.solid', { timeout: 1000 }).catch(() => {}); return n > had; }, 300);
  }
  check(n >= 20 && /上次：/.test(await outboxOf(v)) && /后再试|正在发/.test(await textOf(v, '.outbox')), 'lost: sent twenty times, and it says its last error and its next try', [n, await textOf(v, '.outbox')]);
  check((await sees(v, '.outbox li .ways .button:has-text("现在发")')) && (await sees(v, '.outbox > .button:has-text("导出")')) && (await sees(v, '.outbox li .danger')), 'lost: what waits can be sent now, exported and dropped', await textOf(v, '.outbox'));
  await v.context.unroute('**/api/v1/matters');
  await p.click('.outbox > .ways .button.solid');
  check(await until(10, () => sees(v, '.outbox li.sent')), 'lost: the next answer ends it');
  check((await known('丢了二十次回答')).length === 1, 'lost: one matter', await known('丢了二十次回答'));
  await v.context.close();
}

// What is being written is not among what goes; what is refused twice is one line; the same words another time are another report.
async function apart() {
  const v = await phone(), p = v.page;
  await p.click('.tabs button:nth-child(3)');
  await p.fill('input[name=title]', '还在写的草稿');
  await sleep(500); // it is kept by itself
  await p.reload();
  await until(10, () => sees(v, '.tabs'));
  check(!(await outboxOf(v)).includes('还在写的草稿'), 'apart: a draft is not among what goes', await textOf(v, '.outbox'));
  let n = 0;
  await v.context.route('**/api/v1/matters', post((r) => { n += 1; return r.fulfill({ status: 422, json: { error: { code: 'invalid', message: 'planted', field: 'category', current: null } } }); }));
  await write(p, '拒了两次');
  await outboxOf(v);
  await until(10, () => sees(v, '.outbox li.refused'));
  await p.click('.outbox li.refused .button:has-text("再发一次")');
  await until(10, () => n === 2);
  check(await until(5, async () => (await p.locator('.outbox li.refused').count()) === 1) && (await p.locator('.outbox li').count()) === 1, 'apart: refused twice it stands there once, and in no other state', await textOf(v, '.outbox'));
  check(!(await sees(v, '.outbox > .ways .solid')), 'apart: and nothing offers to send now what only its own buttons send', await textOf(v, '.outbox'));
  await v.context.unroute('**/api/v1/matters');
  await p.click('.outbox li.refused .danger');
  await p.click('.outbox li.refused .danger');
  for (let i = 0; i < 2; i += 1) { await write(p, '同名的上报'); await until(10, async () => (await known('同名的上报')).length === i + 1); }
  check((await known('同名的上报')).length === 2, 'apart: a name that was used before holds up nothing', await known('同名的上报'));
  const m = await report(COMMUNITY, { title: '重复的一步' }), key = { 'Idempotency-Key': 'complaint-step' }, ask = () => api(COMMUNITY, 'POST', `/api/v1/matters/${m.id}/progress`, { note: '看过' }, key), first = await ask(), again = await ask();
  check(first.status === 200 && again.status === 200 && first.body.version === again.body.version, 'apart: a step that is asked for twice is answered from its first', [first, again]);
  await v.context.close();
}

// Two tabs, at the same moment, on a phone that has never seen the page.
async function fresh() {
  const v = await visit({ size: '390' }), two = await v.context.newPage();
  await logIn(v, COMMUNITY);
  await Promise.all([v.page, two].map((p) => p.goto(`${origin}/field?lang=zh`)));
  for (const [i, p] of [v.page, two].entries()) {
    await p.bringToFront();
    await until(10, () => p.isVisible('.tabs'));
    await write(p, `首次双开 ${i}`);
    check(await until(5, () => p.isVisible('.banner.healed')), `fresh: of two tabs at the first start number ${i + 1} keeps its report`, await p.textContent('body'));
  }
  check(await until(15, async () => (await known('首次双开')).length === 2), 'fresh: and both go', (await known('首次双开')).length);
  check(v.errors.length === 0, 'fresh: no error', v.errors);
  await v.context.close();
}

// Photos that take long to be made smaller: the report waits for them, and the next one has none of them; nor has a step those of one that
// was given up.
async function slowPhotos() {
  const m = await report(COMMUNITY, { title: '放弃的一步' }), v = await phone(), p = v.page, file = { name: 'a.png', mimeType: 'image/png', buffer: DOT };
  await p.addInitScript(() => { const real = createImageBitmap; window.createImageBitmap = async (...a) => { await new Promise((done) => { setTimeout(done, 3000); }); return real(...a); }; });
  await p.reload();
  await until(10, () => sees(v, '.tabs'));
  await p.click('.tabs button:nth-child(3)');
  await p.fill('input[name=title]', '照片还没缩小');
  await p.fill('input[name=category]', '井盖');
  await p.setInputFiles('.photo input', file);
  await p.click('form.report > .button.solid'); // waits until it may be pressed
  check(await until(20, async () => (await known('照片还没缩小')).length === 1), 'slow photos: the report goes');
  const [one] = await known('照片还没缩小'), whole = (await api(COMMUNITY, 'GET', `/api/v1/matters/${one.id}`)).body;
  check(whole.attachments.length === 1, 'slow photos: with its photo', whole.attachments);
  await sleep(4000); // nothing is to come
  check(!(await textOf(v, '.photos')).includes('照片 1'), 'slow photos: and the next one has none', await textOf(v, '.photos'));
  await p.click('.tabs button:nth-child(1)');
  const begin = async () => { await until(5, () => sees(v, '.task .ways button')); await p.click('.task .ways button:has-text("进展")'); await until(5, () => sees(v, '.step .photos')); };
  await until(10, () => sees(v, `.tasks li:has-text("${m.title}") button`));
  await p.click(`.tasks li:has-text("${m.title}") button`);
  await begin();
  await p.setInputFiles('.photo input', file);
  await p.click('.step > .button:last-child');
  await sleep(4000); // nothing is to come
  await begin();
  check(!(await textOf(v, '.photos')).includes('照片 1'), 'slow photos: nor those of a step that was given up', await textOf(v, '.photos'));
  await v.context.close();
}

// A weak signal: the outbox says how much of a photo has gone, and what goes on for longer than the phone's patience is not given up.
async function weak() {
  const v = await phone(), p = v.page;
  await until(10, () => sees(v, '.tabs'));
  const noise = Buffer.from(await p.evaluate(async () => {
    const c = document.createElement('canvas'), x = c.getContext('2d');
    c.width = 700; c.height = 500;
    const dots = x.createImageData(700, 500);
    for (let i = 0; i < dots.data.length; i += 65536) crypto.getRandomValues(dots.data.subarray(i, Math.min(dots.data.length, i + 65536)));
    for (let i = 3; i < dots.data.length; i += 4) dots.data[i] = 255;
    x.putImageData(dots, 0, 0);
    return [...new Uint8Array(await (await new Promise((made) => { c.toBlob(made, 'image/jpeg', 0.9); })).arrayBuffer())];
  }));
  const client = await v.context.newCDPSession(p);
  await client.send('Network.enable');
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 20, downloadThroughput: 500000, uploadThroughput: 40000 });
  await p.click('.tabs button:nth-child(3)');
  await p.setInputFiles('.photo input', { name: 'a.jpg', mimeType: 'image/jpeg', buffer: noise });
  await until(10, async () => (await textOf(v, '.photos')).includes('照片 1'));
  await p.fill('input[name=title]', '信号弱时的照片');
  await p.fill('input[name=category]', '井盖');
  await p.click('form.report > .button.solid');
  await p.click('.tabs button:nth-child(5)');
  check(await until(20, async () => /正在发 [1-9]0%/.test(await textOf(v, '.outbox')), 50), 'a weak signal: how much of a photo has gone is told', await textOf(v, '.outbox'));
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  check(await until(40, async () => (await known('信号弱时的照片')).length === 1), 'a weak signal: and the report comes', await textOf(v, '.outbox'));
  await v.context.close();
}

// A city's wall under as many events as eight hours bring it, half of them while nobody sees it: its heap, its elements and its canvases stay.
const EVENTS = 6000; // a thousand reports of six events each
async function heap() {
  const v = await visit({ size: '1920' }), p = v.page;
  await logIn(v, CITY);
  await p.addInitScript(ownStream);
  await p.addInitScript(() => {
    let hidden = false;
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
    self.hide = (yes) => { hidden = yes; document.dispatchEvent(new Event('visibilitychange')); };
  });
  await answerMade(p, `${ROOT}topology/areas/suzhou/divisions.csv`);
  await p.goto(`${urlOf(CITY)}/screen?lang=zh`);
  await until(15, () => sees(v, '.board svg'));
  const client = await v.context.newCDPSession(p);
  const weigh = async () => {
    for (let i = 0; i < 2; i += 1) { await client.send('HeapProfiler.collectGarbage'); await sleep(300); }
    return { heap: (await client.send('Runtime.getHeapUsage')).usedSize, elements: await p.evaluate(() => document.getElementsByTagName('*').length), canvases: await p.evaluate(() => document.querySelectorAll('canvas').length) };
  };
  const bring = (from, n) => p.evaluate(async ([a, many]) => {
    const area = document.querySelector('.board [data-path]').dataset.path;
    for (let i = a; i < a + many; i += 40) { for (let k = i; k < Math.min(i + 40, a + many); k += 1) self.es.say('matter', { event: `e ${k}`, type: 'opened', at: new Date().toISOString(), matter: { id: `m${k}`, area, category: `c${k}`, source: 'y' } }); await new Promise((done) => { setTimeout(done, 100); }); }
  }, [from, n]);
  await bring(0, 800); // as full as it gets
  await sleep(3000);
  const before = await weigh();
  for (let i = 0; i < 4; i += 1) { await p.evaluate((yes) => self.hide(yes), i % 2 === 0); await bring(800 + i * (EVENTS / 4), EVENTS / 4); }
  await sleep(3000);
  const after = await weigh();
  say(`heap: ${EVENTS} events, half of them hidden: ${(before.heap / 1e6).toFixed(1)} MB, then ${(after.heap / 1e6).toFixed(1)} MB; elements ${before.elements}, then ${after.elements}`);
  check(after.heap <= 1.1 * before.heap, 'heap: a wall holds at most a tenth more after it', [before, after]);
  check(after.elements <= before.elements + 20 && after.canvases <= before.canvases, 'heap: and no more elements or canvases', [before, after]);
  await v.context.close();
}

// Screens of every kind, one of them scaled by 250 %: nothing lies outside, and a square is a square.
async function scaled() {
  const w = madeWall(`${ROOT}topology/areas/suzhou/divisions.csv`, { cut: '埇桥区' });
  for (const [width, height, factor] of [[1366, 768, 1], [1920, 1080, 1], [1280, 720, 2.5], [3200, 1800, 1], [6720, 2160, 1]]) {
    const what = `scaled ${width * factor} × ${height * factor}${factor > 1 ? ` at ${factor * 100} %` : ''}`;
    const v = await visit({ more: { viewport: { width, height }, deviceScaleFactor: factor } }), p = v.page;
    await logIn(v, CITY);
    await p.route('**/api/v1/wall*', (r) => r.fulfill({ json: w }));
    await p.goto(`${urlOf(CITY)}/screen?lang=zh`);
    await until(10, () => sees(v, '.board svg'));
    await sleep(500);
    const out = await p.evaluate(() => {
      const box = (e) => e.getBoundingClientRect(), board = box(document.querySelector('.board svg')), squares = [...document.querySelectorAll('.board svg [data-path] rect, .board svg rect[data-path]')].map(box), root = document.documentElement;
      return { sideways: root.scrollWidth - innerWidth, down: root.scrollHeight - innerHeight, px: parseFloat(getComputedStyle(root).fontSize), zoom: [...document.querySelectorAll('*')].filter((e) => !['1', 'normal'].includes(getComputedStyle(e).zoom)).length,
        squares: squares.length, outside: squares.filter((s) => s.left < board.left - 1 || s.right > board.right + 1 || s.top < board.top - 1 || s.bottom > board.bottom + 1).length, sizes: new Set(squares.filter((s) => s.width).map((s) => `${s.width.toFixed(1)}×${s.height.toFixed(1)}`)).size,
        text: Math.min(...[...document.querySelectorAll('.screen *')].filter((e) => e.childElementCount === 0 && e.textContent.trim() && box(e).width).map((e) => parseFloat(getComputedStyle(e).fontSize))) };
    });
    const want = width >= 1600 ? (width / height >= 2.8 ? height / 67.5 : Math.min(height / 67.5, width / 120)) : 14;
    check(out.sideways <= 0 && (width < 1600 || out.down <= 1) && out.zoom === 0, `${what}: nothing lies outside, and nothing is zoomed`, out);
    check(Math.abs(out.px - want) < 0.6, `${what}: the size of its letters is the screen's`, [out.px, want]);
    check(out.squares > 100 && out.outside === 0 && out.sizes <= 2, `${what}: each square lies on the board, of one size`, out);
    const over = await p.evaluate(() => [...document.querySelectorAll('.board .block-figure')].map((f) => [f.previousElementSibling, f]).filter(([n, f]) => n && n.getBoundingClientRect().right > f.getBoundingClientRect().left).map(([n, f]) => `${n.textContent} ${f.textContent}`));
    const short = await p.evaluate(() => [...document.querySelectorAll('.emergencies li b, .emergencies .note, .field-head span:not(.age)')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent));
    check(short.length === 0, `${what}: with a county cut off, no place of an emergency and no figure is cut short`, short);
    check(over.length === 0, `${what}: no name lies over its figure`, over.slice(0, 5));
    check(v.errors.length === 0, `${what}: no error`, v.errors);
    await v.context.close();
  }
}

// A reload asks for the same few things, however many matters there are, and for none of them twice.
async function reloaded() {
  const v = await visit({}), p = v.page, calls = async () => {
    await p.goto('about:blank');
    v.asked.length = 0;
    await p.goto(`${urlOf(STREET)}/desk?lang=zh`);
    await until(10, () => sees(v, '.row'));
    await sleep(1500);
    return v.asked.filter((u) => u.includes('/api/')).map((u) => u.replace(/^.*\/api\/v1/, ''));
  };
  await logIn(v, STREET);
  const few = await calls();
  for (let i = 0; i < 60; i += 1) await report(STREET, { title: `很多 ${i}` });
  await sleep(5000); // what was reported has gone up
  const many = await calls(), often = many.filter((u) => !['/me', '/node', '/tree'].includes(u)); // these are asked for with news of the nodes
  check(new Set(many).size <= new Set(few).size && new Set(many).size <= 12, 'reloaded: a reload asks as little where there are sixty more matters', [few, many]);
  check(new Set(often).size === often.length, 'reloaded: and nothing twice', often.sort());
  await decent(v, 'reloaded', urlOf(STREET));
  await v.context.close();
}

// Ten thousand events, at random, in front of an open desk: its counter, its list and what the node counts are the same, without a reload.
async function equal() {
  const seed = Date.now() % 1e6, v = await visit({}), p = v.page, ids = [];
  let state = seed;
  const draw = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };
  await logIn(v, STREET);
  await p.goto(`${urlOf(STREET)}/desk?lang=zh`);
  await until(10, () => sees(v, '.row'));
  const batch = async (lines) => {
    const a = await fetch(`${urlOf(STREET)}/api/v1/matters:batch`, { method: 'POST', headers: { Authorization: `Bearer ${nodes[STREET].token}`, 'Content-Type': 'application/x-ndjson' }, body: `${lines.map((l) => JSON.stringify(l)).join('\n')}\n` });
    return (await a.text()).split('\n').filter(Boolean).map((l) => JSON.parse(l));
  };
  let done = 0;
  const STEPS = [() => ({ step: 'progress', note: '看过' }), () => ({ step: 'assign', desk: 'works' }), () => ({ step: 'close', result: 'resolved' }), () => ({ step: 'reopen', reason: '又坏了' }), () => ({ step: 'sort', category: ['路灯', '井盖'][draw(2)] })];
  for (let i = 0; done < 10000 && i < 60; i += 1) {
    const lines = Array.from({ length: 500 }, (_, k) => (ids.length < 200 || draw(4) === 0 ? { key: `e${seed}-${i}-${k}`, title: `乱 ${i} ${k}`, category: '路灯', source: '12345', source_ref: `e${seed}-${i}-${k}` } : { id: ids[draw(ids.length)], key: `s${seed}-${i}-${k}`, ...STEPS[draw(5)]() }));
    for (const [k, x] of (await batch(lines)).entries()) { if (x.error) continue; done += 1; if (!lines[k].step) ids.push(x.id); }
  }
  const figure = async (selector) => Number(((await textOf(v, selector)) || '').replace(/[^0-9]/g, '')), node = async () => (await api(STREET, 'GET', '/api/v1/board?by=desk')).body.total.open;
  const same = async () => { const [a, b, c] = [await figure('.rail button[aria-current=page] b'), await figure('.filters b'), await node()]; return a === b && b === c && a; };
  const all = await until(30, same, 500);
  say(`equal: ${done} events of seed ${seed}, ${all} open`);
  check(done >= 10000 && all > 100, 'equal: after 10,000 random events the list counts as many as its counter, and as the node', [seed, done, await textOf(v, '.rail button[aria-current=page]'), await textOf(v, '.filters b'), await node()]);
  let n = 0, cursor = '';
  do { const { body } = await api(STREET, 'GET', `/api/v1/matters?state=open,sorted,assigned,handled,visited,hung&limit=500&cursor=${cursor}`); n += body.items.length; cursor = body.next_cursor; } while (cursor);
  check(n === all, 'equal: and as many are listed, page by page', [seed, n, all]);
  await v.context.close();
}

await main(...chosen({ closed, wiped, full, lost, apart, fresh, slowPhotos, weak, heap, scaled, reloaded, equal }));
