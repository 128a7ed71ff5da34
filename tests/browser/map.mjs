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
}, refused, () => onWall('zh', 'dark'), () => onWall('en', 'light'), oldOnWall);
