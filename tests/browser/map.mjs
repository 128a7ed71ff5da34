// map.mjs: where a matter lies, on the desk's map: the ground from the node's map file, outlines and points; without one outlines alone,
// and why; the same in a table. No page carries the map before somebody opens it. run.py --map
import { api, check, decent, logIn, main, report, sees, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

const COUNTY = 'qicheng/east', origin = urlOf(COUNTY);
const square = (lon, lat) => ({ type: 'Polygon', coordinates: [[[lon, lat], [lon + 0.004, lat], [lon + 0.004, lat + 0.003], [lon, lat + 0.003], [lon, lat]]] });

async function open(v, lang, title) {
  await logIn(v, COUNTY);
  await v.page.goto(`${origin}/desk?lang=${lang}`);
  await until(10, () => sees(v, '.row'));
  await v.page.fill('input[type=search]', title);
  check(await until(10, async () => (await v.page.locator('.row', { hasText: title }).count()) > 0), `${lang}: ${title} is in the list`);
  await v.page.locator('.row', { hasText: title }).first().click();
  check(await until(5, async () => (await textOf(v, '.matter h2')) === title), `${lang}: it is open`);
}

// file: as the node has it; else as a node says it that has none.
async function drawn(lang, size, file) {
  const v = await visit({ lang, size }), asked = [];
  if (!file) {
    await v.page.route('**/api/v1/map*', async (route) => {
      const answer = await route.fetch(), body = await answer.json();
      body.file = { state: 'none', message: 'No map file is set', message_zh: '未设置地图文件', bytes: 0 };
      await route.fulfill({ response: answer, json: body });
    });
  }
  v.page.on('request', (r) => asked.push(new URL(r.url()).pathname));
  await open(v, lang, '河堤裂缝');
  check(!asked.includes('/web/parts/map.js'), `${lang}: the desk does not carry the map`);
  await v.page.click('.lies button');
  check(await until(8, () => sees(v, '.lies .map-shape')), `${lang}: the map is drawn`);
  const shapes = [await v.page.locator('.lies .map-shape').count(), await v.page.locator('.lies .map-pin').count()];
  check(shapes.join() === '2,2', `${lang}: two grids, the matter and the one near it`, shapes);
  check(await sees(v, '.lies .map-pin .ring'), `${lang}: the matter itself is ringed`);
  if (file) {
    const painted = () => v.page.evaluate(() => [...document.querySelectorAll('canvas.leaflet-tile')].some((c) => c.width > 0 && c.getContext('2d').getImageData(c.width >> 1, c.height >> 1, 1, 1).data[3] > 0));
    check(await until(8, painted), `${lang}: the ground is painted from the map file`);
    check(asked.includes('/map.pmtiles'), `${lang}: which came from this node`);
    check((await textOf(v, '.leaflet-control-attribution')).includes('OpenStreetMap'), `${lang}: and whose data it is, is named`, await textOf(v, '.leaflet-control-attribution'));
  } else {
    check((await textOf(v, '.lies .under')).includes(lang === 'zh' ? '未设置地图文件' : 'No map file is set'), `${lang}: why there are outlines alone`, await textOf(v, '.lies .under'));
    check(!asked.includes('/map.pmtiles'), `${lang}: none is asked for`);
  }
  await v.page.click('.lies summary');
  check((await v.page.locator('.lies tbody tr').count()) === 4, `${lang}: the same in a table`);
  await decent(v, `desk map ${lang}`, origin);
  await v.page.locator('.lies').scrollIntoViewIfNeeded();
  await shot(v, `desk-map-${lang}-${size}`);
  await v.page.click('.lies button');
  check(await until(3, async () => !(await sees(v, '.leaflet-container'))), `${lang}: and put away again`);
  await v.context.close();
}

// One call that is refused takes nothing from the others; more than are drawn are told.
async function refused() {
  const v = await visit({ lang: 'en', size: '1280' });
  await v.page.route('**/api/v1/map*', (route) => route.fulfill({ status: 403, json: { error: { code: 'denied', message: 'not for you', field: null, current: null } } }));
  await v.page.route('**/api/v1/matters?*bbox*', async (route) => {
    const answer = await route.fetch(), body = await answer.json();
    await route.fulfill({ response: answer, json: { ...body, next_cursor: 'more' } });
  });
  await open(v, 'en', '河堤裂缝');
  await v.page.click('.lies button');
  check(await until(8, async () => (await v.page.locator('.lies .map-pin').count()) === 2), 'refused outlines: the matters are drawn all the same');
  check((await textOf(v, '.lies .warned')).includes('not for you'), 'and the node\'s sentence is shown', await textOf(v, '.lies .warned'));
  check((await textOf(v, '.lies .under')).includes('1 are drawn'), 'more than are drawn are told', await textOf(v, '.lies .under'));
  await v.context.close(); // not `decent`: the browser's console names the refusal
}

// The list as a map: many as one, each by its state; who may go, by hand and by keys; taken back, and sent.
async function onDuty(name, body, at) {
  await api(COUNTY, 'POST', '/api/v1/users', { name, password: 'a long password', roles: ['worker'], title: body.title });
  const v = await visit({ size: '390' });
  await logIn(v, COUNTY, name);
  const said = await v.page.evaluate(async ([duty, where]) => {
    const send = (path, value) => fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) }).then((r) => r.status);
    return [await send('/api/v1/duty', duty), where && await send('/api/v1/duty/position', where)];
  }, [{ on: true, grid: body.grid }, at]);
  check(said.every((s) => s === null || s < 300), `${name} is on duty`, said);
  await v.context.close();
}

let lamp; // the one that is assigned
async function spread() {
  const near = (i) => ({ lat: 33.6305 + 0.0001 * (i % 5), lon: 116.9805 + 0.0001 * Math.floor(i / 5) });
  for (let i = 0; i < 20; i += 1) {
    const m = await report(COUNTY, { title: `密集 ${i}`, category: '密集', location: near(i), urgency: i === 3 ? 'emergency' : i === 4 ? 'urgent' : 'routine' });
    if (i === 5) await api(COUNTY, 'POST', `/api/v1/matters/${m.id}/hang`, { reason: '等料', until: '2099-01-01T00:00:00.000Z' });
    if (i === 6) await api(COUNTY, 'POST', `/api/v1/matters/${m.id}/assign`, { desk: 'works' });
  }
  lamp = await report(COUNTY, { title: '独灯', category: '密集', location: { lat: 33.6315, lon: 116.9865 } });
  await report(COUNTY, { title: '无坐标', category: '密集' });
  await onDuty('zhang', { title: '张网格', grid: 'g2' }, { lat: 33.632, lon: 116.986, accuracy_m: 10 });
  await onDuty('li', { title: '李网格', grid: 'g1' }, { lat: 33.6301, lon: 116.981, accuracy_m: 10 });
  await onDuty('wang', { title: '王网格', grid: 'g1' }, null);
}

async function asMap(lang, size, theme) {
  const v = await visit({ lang, size }), p = v.page, what = `desk map ${lang} ${size}`;
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=${lang}&theme=${theme}&category=${encodeURIComponent('密集')}`);
  await until(10, () => sees(v, '.row'));
  await p.keyboard.press('s');
  check(await until(8, () => sees(v, '.list-map .map-mark')), `${what}: s turns the list into a map`);
  check(p.url().includes('as=map'), `${what}: and the address says so`, p.url());
  const many = p.locator('.list-map .map-many'), sum = async () => (await many.allTextContents()).map(Number).reduce((a, b) => a + b, 0) + await p.locator('.list-map .map-mark').count() - await p.locator('.map-key .map-mark').count();
  check(await until(5, async () => await many.count() > 0 && await sum() === 21), `${what}: many are one mark with their number, and nobody is lost`, `${await many.allTextContents()} ${await sum()}`);
  check(await sees(v, '.list-map .map-pin .stone'), `${what}: an emergency is never within another mark`);
  check((await p.locator('.list-map .map-pin', { has: p.locator('.map-many.urgent') }).evaluateAll((all) => all.map((e) => e.title))).join().includes(lang === 'zh' ? '加急 1' : 'urgent 1'), `${what}: of many, that one is urgent is on their mark and in its words`);
  check((await textOf(v, '.list-map .below')).includes(lang === 'zh' ? '另有 1 件没有坐标' : '1 more have no position'), `${what}: what has no position is counted`, await textOf(v, '.list-map .below'));
  await shot(v, `desk-list-map-${lang}-${size}-${theme}`);
  const before = await many.count();
  await many.first().evaluate((e) => e.closest('.map-pin').focus());
  await p.keyboard.press('Enter');
  check(await until(5, async () => await many.count() !== before || await sees(v, '.map-here')), `${what}: Enter on such a mark goes nearer`);
  await decent(v, what, origin);
  await p.goto(`${origin}/desk?lang=${lang}&theme=${theme}&category=${encodeURIComponent('密集')}&m=${lamp.id}`);
  await until(10, () => sees(v, '.matter h2'));
  await p.keyboard.press('o');
  check(await until(8, () => p.evaluate(() => document.activeElement.closest('#near') !== null)), `${what}: o leads to who may go`);
  const rows = await p.locator('.near li').allTextContents();
  check(rows.length === 3 && rows[0].includes('张网格') && /72|7[0-9] /.test(rows[0]), `${what}: the nearest first, by metres`, rows);
  check(rows[2].includes('王网格') && !/\d 米|\d m/.test(rows[2]), `${what}: whose position is not known has no distance`, rows[2]);
  check(await until(3, () => sees(v, '.map-ring')) && await sees(v, '.map-shape.theirs'), `${what}: how far he is, and his grid, are drawn`);
  check(!(await p.content()).includes('33.632,') && (await p.locator('.mm-person').count()) === 0, `${what}: where he is, is not`);
  await p.keyboard.press('Enter');
  check(await until(3, () => sees(v, '.near li.waits')), `${what}: one press assigns`);
  const held = async () => (await api(COUNTY, 'GET', `/api/v1/matters/${lamp.id}`)).body;
  await shot(v, `desk-near-${lang}-${size}-${theme}`);
  await decent(v, `${what} near`, origin);
  await p.locator('.matter h2').click();
  await p.keyboard.press('z');
  check(await until(3, async () => !(await sees(v, '.near li.waits'))) && (await held()).person === null && (await held()).state === 'open', `${what}: z takes it back, and nothing was sent`, await held());
  await v.context.close();
}

// Sent by a second press; a page that is left sends it too.
async function assigned() {
  const v = await visit({ lang: 'zh', size: '1440' }), p = v.page, held = async () => (await api(COUNTY, 'GET', `/api/v1/matters/${lamp.id}`)).body;
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=zh&as=map&m=${lamp.id}`);
  await until(10, () => sees(v, '.near li button'));
  await p.click('.near li:first-child button');
  await p.click('.near li:first-child button.solid');
  check(await until(5, async () => (await held()).person === 'zhang'), 'desk map: sent at once by a second press', await held());
  check(await until(5, async () => ((await textOf(v, '.desk > .line')) || '').includes('已交办给张网格')), 'desk map: and it is said', await textOf(v, '.desk > .line'));
  await until(5, async () => (await p.locator('.near li').filter({ hasText: '李网格' }).locator('button').count()) === 1);
  await p.locator('.near li').filter({ hasText: '李网格' }).locator('button').click();
  check(await until(3, () => sees(v, '.near li.waits')), 'desk map: to another one');
  await p.goto('about:blank');
  check(await until(5, async () => (await held()).person === 'li'), 'desk map: a page that is left has sent it', await held());
  await v.context.close();
}

// What is on its way is not said to be taken back; what is undone is what was done, not what somebody else did since; a log-out sends
// what waits, and stays where that was not taken.
async function onItsWay() {
  const held = async (id) => (await api(COUNTY, 'GET', `/api/v1/matters/${id}`)).body, foot = async () => (await textOf(v, '.desk > .line')) || '';
  const two = await Promise.all(['甲灯', '乙灯'].map((title, i) => report(COUNTY, { title, category: '两灯', location: { lat: 33.6312 + 0.0002 * i, lon: 116.9862 } }))), [one, other] = two.map((m) => m.id);
  const v = await visit({ lang: 'zh', size: '1440' }), p = v.page, of = (who) => p.locator('.near li').filter({ hasText: who }), press = (who) => of(who).locator('button').first().click(), waits = () => until(3, () => sees(v, '.near li.waits'));
  let say = null; // what ends the waiting of a call that is held up
  await p.route('**/assign', async (route) => { if (say) await new Promise((go) => { say = go; }); await route.continue(); });
  const open = async (id) => { await p.goto(`${origin}/desk?lang=zh&as=map&category=${encodeURIComponent('两灯')}&m=${id}`); await until(10, async () => (await of('李网格').locator('button').count()) === 1); };
  await logIn(v, COUNTY);
  await open(one);
  say = () => {};
  await press('张网格');
  await waits();
  await of('张网格').locator('button.solid').click();
  check(await until(3, async () => !(await foot()).includes('撤回')) && !(await sees(v, '.near li.waits')), 'on its way: nothing offers to take it back', await foot());
  await p.locator('.matter h2').click();
  await p.keyboard.press('z');
  check((await until(1, async () => (await foot()).includes('没有发出'))) === null, 'on its way: z does not say that it was not sent', await foot());
  say();
  say = null;
  check(await until(5, async () => (await held(one)).person === 'zhang'), 'on its way: and it was sent', await held(one));
  await until(5, async () => (await foot()).includes('已交办给张网格'));

  await press('张网格');
  await waits();
  await press('李网格');
  check(await until(3, async () => (await of('李网格').getAttribute('class')) === 'waits' && (await p.locator('.near li.waits').count()) === 1), 'on its way: another choice takes the place of the first');
  await of('李网格').locator('button.solid').click();
  check(await until(5, async () => (await foot()).includes('已交办给李网格') && (await foot()).includes('撤销')) && (await held(one)).person === 'li', 'on its way: that alone was sent, and can be undone', await foot());
  await api(COUNTY, 'POST', `/api/v1/matters/${one}/assign`, { person: 'wang' });
  await p.locator('.matter h2').click();
  await p.keyboard.press('z');
  check(await until(5, async () => (await foot()) && !(await foot()).includes('已交办给李网格') && !(await foot()).includes('已撤销')) && (await held(one)).person === 'wang', 'undone: not what somebody else has done since', `${await foot()} ${(await held(one)).person}`);

  await open(one);
  await press('张网格');
  await waits();
  await p.locator('.list-map .map-table button', { hasText: '乙灯' }).dispatchEvent('click'); // the line at the foot lies over it
  await until(10, async () => (await textOf(v, '.matter h2')) === '乙灯' && (await of('李网格').locator('button').count()) === 1);
  const done = p.waitForResponse((r) => r.url().includes(`${one}/assign`));
  await press('李网格');
  await done;
  check((await until(2, async () => !(await foot()).includes('撤回'))) === null && (await held(one)).person === 'zhang', 'two: the first one is sent, and the line of the second still offers to take it back', await foot());

  await p.route('**/assign', (route) => route.fulfill({ status: 503, json: { error: { code: 'io', message: 'not now', message_zh: '此刻不行', field: null, current: null } } }));
  const out = async () => { if (!(await sees(v, '.menu'))) await p.click('.account > button'); await p.locator('.menu button').last().click(); };
  await out();
  check(await until(5, async () => (await foot()).includes('此刻不行')) && p.url().includes('/desk'), 'log-out: what was not taken is said, and nobody is out', `${p.url()} ${await foot()}`);
  await p.unroute('**/assign');
  await press('李网格');
  await waits();
  await out();
  check(await until(10, () => p.url().includes('/login')) && await until(3, async () => (await held(other)).person === 'li'), 'log-out: what waits is sent before it', await held(other));
  await v.context.close();
}

// Ten thousand grids are drawn as one shape.
async function tenThousand() {
  const v = await visit({ lang: 'zh', size: '1440' }), p = v.page, outlines = Array.from({ length: 10000 }, (_, i) => ({ node: COUNTY, code: `t${i}`, title: `格 ${i}`, boundary: square(116.5 + 0.005 * (i % 100), 33.2 + 0.004 * Math.floor(i / 100)) }));
  await p.route('**/api/v1/map*', async (route) => { const answer = await route.fetch(), body = await answer.json(); await route.fulfill({ response: answer, json: { ...body, outlines } }); });
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=zh&as=map&category=${encodeURIComponent('密集')}`);
  const shapes = () => p.locator('.list-map .map-shape').count();
  check(await until(30, async () => (await p.locator('.list-map .map-pin').count()) > 0 && (await shapes()) > 0), 'ten thousand: the map stands', [await p.locator('.list-map .map-pin').count(), await shapes(), await textOf(v, '.list-map')]);
  check((await shapes()) <= 2, 'ten thousand: grids are one shape', await shapes());
  await shot(v, 'desk-map-10000-zh');
  await v.context.close();
}

// A map goes where the list that it shows goes.
async function elsewhere() {
  const far = await Promise.all([0, 1].map((i) => report(COUNTY, { title: `远处 ${i}`, category: '远处', location: { lat: 34.41 + 0.002 * i, lon: 117.62 } })));
  const v = await visit({ lang: 'zh', size: '1440' }), p = v.page;
  const inside = () => p.evaluate(() => { const map = document.querySelector('.list-map .map'), box = map && map.getBoundingClientRect(); return !map ? [] : [...document.querySelectorAll('.list-map .map-pin')].filter((e) => { const b = e.getBoundingClientRect(), x = b.left + b.width / 2, y = b.top + b.height / 2; return x > box.left && x < box.right && y > box.top && y < box.bottom; }).map((e) => e.title); });
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=zh&as=map&q=${encodeURIComponent('密集')}`);
  check(await until(10, async () => (await inside()).length > 0), 'elsewhere: the map of one search');
  await p.fill('input[type=search]', '远处');
  await p.keyboard.press('Enter');
  check(await until(8, async () => (await inside()).some((title) => title.includes('远处') || title.includes('2 件'))), 'elsewhere: another choice, and the map shows where that lies', await inside());
  for (const m of far) await api(COUNTY, 'POST', `/api/v1/matters/${m.id}/close`, { result: 'resolved' });
  await v.context.close();
}

// An answer that comes late, of a matter that is not chosen any more, takes nothing from the one that is.
async function late() {
  const v = await visit({ lang: 'zh', size: '1440' }), p = v.page, choose = (title) => p.locator('.list-map .map-table button', { hasText: title }).dispatchEvent('click');
  let held = null;
  await p.route('**/api/v1/duty?*', async (route) => { if (held === 'next') await new Promise((go) => { held = go; }); await route.continue(); });
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=zh&as=map&category=${encodeURIComponent('密集')}&m=${lamp.id}`);
  await until(10, () => sees(v, '.near li button'));
  held = 'next';
  await choose('密集 7');
  await until(5, () => typeof held === 'function');
  await choose('密集 8');
  check(await until(5, async () => (await textOf(v, '.matter h2')) === '密集 8' && sees(v, '.near li button')), 'late: who may go to the one that is chosen');
  const came = p.waitForResponse((r) => r.url().includes('/api/v1/duty?'));
  held();
  await came;
  check((await until(1, async () => !(await sees(v, '.near li button')))) === null, 'late: an answer of another one takes it not away', await textOf(v, '.list-map .below'));
  await v.context.close();
}

// A branch that is not heard: nobody knows who is on duty there.
async function unheard() {
  const v = await visit({ lang: 'zh', size: '1280' }), p = v.page;
  await p.route('**/api/v1/duty?*', async (route) => {
    const answer = await route.fetch(), body = await answer.json();
    await route.fulfill({ response: answer, json: { ...body, unknown: [{ node: 'qicheng/east/lake', last_heard: new Date(Date.now() - 3600e3).toISOString() }] } });
  });
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=zh&as=map&m=${lamp.id}`);
  check(await until(10, async () => ((await textOf(v, '.near .warned')) || '').includes('湖街道断开')), 'desk map: a branch that is not heard is named, not left out', await textOf(v, '.near'));
  await v.context.close();
}

// The phone: its tasks, its own grid, and where it is on duty alone.
async function onPhone(lang, theme) {
  const v = await visit({ lang, size: '390', more: { permissions: ['geolocation'], geolocation: { latitude: 33.632, longitude: 116.986, accuracy: 30 } } }), p = v.page, what = `phone map ${lang} ${theme}`;
  if (lang === 'zh') {
    const LAKE = 'qicheng/east/lake', below = await api(LAKE, 'POST', '/api/v1/grids', { code: 'g2', title: '湖上网格', boundary: square(116.99, 33.64) });
    check(below.status === 201 && await until(15, async () => (await api(COUNTY, 'GET', '/api/v1/map')).body.outlines.some((o) => o.node === LAKE)), 'a node below has a grid of the same code', below.body);
    await api(LAKE, 'POST', '/api/v1/users', { name: 'zhang', password: 'a long password', roles: ['worker'], title: '湖上张' });
    const w = await visit({ size: '390' });
    await logIn(w, LAKE, 'zhang');
    const gone = await w.page.evaluate(() => fetch('/api/v1/patrols', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ grid: 'g2' }) }).then((r) => r.status));
    await w.context.close();
    check(gone === 201 && await until(15, async () => (await api(COUNTY, 'GET', '/api/v1/patrols')).body.items.some((x) => x.node === LAKE)), 'and somebody of the same name patrols it', gone);
    const set = await api(COUNTY, 'PATCH', '/api/v1/grids/g2', { worker: 'zhang' });
    check(set.status === 200, 'the grid is his', set.body);
    const task = await report(COUNTY, { title: '他的一件', urgency: 'emergency', location: { lat: 33.6303, lon: 116.9844 } }); // a worker has his own tasks alone (DE2)
    const given = await api(COUNTY, 'POST', `/api/v1/matters/${task.id}/assign`, { person: 'zhang' });
    check(given.status === 200, 'and a task is', given.body);
  }
  await logIn(v, COUNTY, 'zhang');
  await p.goto(`${origin}/field?lang=${lang}&theme=${theme}`);
  await until(10, () => sees(v, '.tasks li'));
  await p.click('.which button:nth-child(2)');
  check(await until(8, () => sees(v, '.task-map .map-shape')) && (await p.locator('.task-map .map-shape').count()) === 1, `${what}: his own grid is drawn, and no other`, await p.locator('.task-map .map-shape').count());
  check(await until(8, () => sees(v, '.task-map .map-pin .mm-person')), `${what}: on duty he is on it himself`);
  check(await until(8, () => sees(v, '.task-map .map-pin .stone')), `${what}: and what he may have to go to`, await p.locator('.task-map').innerHTML().then((h) => h.slice(-1500)));
  await decent(v, what, origin);
  await shot(v, `field-map-${lang}-${theme}`);
  await p.locator('.tabs button').nth(1).click();
  check(await until(5, () => sees(v, '.duty button')) && !(await sees(v, '.ground .ways.three')), `${what}: a patrol of the node below is not his`, await textOf(v, 'main'));
  await p.locator('.tabs button').nth(0).click();
  await until(5, () => sees(v, '.task-map .map-shape'));
  await p.locator('.task-map summary').click();
  await p.locator('.task-map .map-table button').first().click();
  check(await until(5, () => sees(v, '.task h2')), `${what}: a task is opened from its table`);
  await p.click('.task > button');
  check(await until(5, () => sees(v, '.task-map .map-shape')), `${what}: and back at the map`);
  if (lang === 'zh') {
    await p.locator('.tabs button').nth(1).click();
    await p.locator('.duty button').click();
    await until(5, async () => (await textOf(v, '.duty p')).includes('不在岗'));
    await p.locator('.tabs button').nth(0).click();
    check(await until(8, async () => await sees(v, '.task-map .map-shape') && !(await sees(v, '.task-map .map-pin .mm-person'))) && (await textOf(v, '.task-map')).includes('图上没有您的位置'), `${what}: off duty he is not, and it says so`, await textOf(v, '.task-map'));
    await p.locator('.tabs button').nth(1).click();
    await p.locator('.duty button').click();
    await until(5, async () => (await textOf(v, '.duty p')).startsWith('在岗'));
  }
  await v.context.close();
}

// The wall: by its places, never finer; what has no outline beside it; down by the keyboard; what is old and what was never heard.
const CITY = 'qicheng', wallOrigin = urlOf(CITY);
async function onWall(lang, theme) {
  const v = await visit({ lang, size: '1920' }), p = v.page, what = `wall ${lang} ${theme}`, asked = [];
  p.on('request', (r) => asked.push(new URL(r.url()).pathname));
  await logIn(v, CITY);
  await p.goto(`${wallOrigin}/screen?lang=${lang}&theme=${theme}`);
  check(await until(10, () => sees(v, '.board svg')) && !asked.includes('/web/parts/map.js'), `${what}: the board stands, and no map was read for it`);
  await p.click('.which button:nth-child(2)');
  check(await until(8, () => sees(v, '.map-place')), `${what}: the map in the place of the board`);
  const east = (await api(CITY, 'GET', '/api/v1/tree')).body.children.find((c) => c.path === COUNTY);
  check((await textOf(v, '.map-place .figure')) === String(east.open), `${what}: what is open there is the tree's`, `${await textOf(v, '.map-place .figure')} and ${east.open}`);
  check((await p.locator('.wall-map .map-shape').count()) === 1, `${what}: one outline, of all of its grids`);
  check((await textOf(v, '.map-beside')).includes('西区'), `${what}: a place that nobody has drawn stands beside it`, await textOf(v, '.map-beside'));
  check(!(await p.content()).includes('第g1网格') && !(await sees(v, '.map-mark')), `${what}: nothing finer than places, and no matter`);
  await decent(v, what, wallOrigin);
  await shot(v, `screen-map-${lang}-${theme}`);
  await p.locator('.table-toggle:visible').last().focus();
  await p.keyboard.press('Enter');
  check(await until(3, async () => (await textOf(v, '.wall-map table')).includes('东区')), `${what}: the same in a table`);
  await p.keyboard.press('Enter');
  check(await until(5, () => sees(v, '.map-place')), `${what}: and back`);
  await p.reload();
  check(await until(10, () => sees(v, '.map-place')), `${what}: an address is a map`);
  await p.locator('.map-pin').first().focus();
  await p.keyboard.press('Enter');
  check(await until(5, async () => (await textOf(v, 'h1')).includes('东区')), `${what}: Enter goes down into the place`, await textOf(v, 'h1'));
  check(await until(5, async () => (await p.locator('.wall-map .map-shape').count()) === 1), `${what}: whose own grids are drawn there`);
  await v.context.close();
}

// One that is cut off has its last figures, dashed and dated; one that was never heard has none.
async function oldOnWall() {
  const v = await visit({ lang: 'zh', size: '6720' }), p = v.page;
  let never = false;
  await p.route('**/api/v1/wall*', async (route) => {
    const answer = await route.fetch(), body = await answer.json(), east = body.tree.children.find((c) => c.path === COUNTY);
    Object.assign(east, { state: 'cut', as_of: never ? null : new Date(Date.now() - 3600e3).toISOString() });
    await route.fulfill({ response: answer, json: body });
  });
  await logIn(v, CITY);
  await p.goto(`${wallOrigin}/screen`);
  check(await until(10, () => sees(v, '.map-panel .map-shape.old')) && await sees(v, '.board svg'), 'a wide wall has the map beside the board; what is cut off is dashed');
  check((await textOf(v, '.map-place')).includes('截至'), 'and says as of when its figure is', await textOf(v, '.map-place'));
  check(!(await sees(v, '.which')), 'there is nothing to choose there');
  await shot(v, 'screen-map-cut-6720');
  never = true;
  await p.reload();
  check(await until(10, () => sees(v, '.map-panel .map-shape.unknown')), 'what was never heard is no shade');
  check((await textOf(v, '.map-place .figure')) === '–', 'and no zero', await textOf(v, '.map-place .figure'));
  await v.context.close();
}

main(async () => {
  for (const [code, lon] of [['g1', 116.98], ['g2', 116.984]]) {
    const made = await api(COUNTY, 'POST', '/api/v1/grids', { code, title: `第${code}网格`, boundary: square(lon, 33.63) });
    check(made.status === 201, `grid ${code}`, made.body);
  }
  await report(COUNTY, { title: '河堤裂缝', location: { lat: 33.6315, lon: 116.982 } });
  await report(COUNTY, { title: '河堤渗水', location: { lat: 33.632, lon: 116.985 } });
  await drawn('zh', '1440', true);
  await drawn('en', '1280', false);
}, refused, spread, () => asMap('zh', '1440', 'light'), () => asMap('en', '1280', 'dark'), assigned, onItsWay, late, tenThousand, elsewhere, unheard, () => onWall('zh', 'dark'), () => onWall('en', 'light'), oldOnWall, () => onPhone('zh', 'light'), () => onPhone('en', 'dark'));
