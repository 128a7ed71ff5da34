// shots.mjs: pictures of each page × size × language × theme × state, to be looked at beside the design's: tests/browser/shots.
// The wall's are of a made-up city (lib/made.mjs) of the divisions in QIPAN_DIVISIONS, else of topology/areas/suzhou; the rest is real.
import { existsSync } from 'node:fs';
import { ROOT, SIZES, api, logIn, main, report, say, sees, shot, sleep, until, urlOf, visit, words } from './lib/harness.mjs';
import { madeLeads, madeMap, madeWall, madeWarnings } from './lib/made.mjs';

const CITY = 'qicheng', only = words, file = process.env.QIPAN_DIVISIONS && existsSync(process.env.QIPAN_DIVISIONS) ? process.env.QIPAN_DIVISIONS : `${ROOT}topology/areas/suzhou/divisions.csv`;
const wanted = (name) => !only.length || only.some((w) => name.includes(w));

async function wall() {
  for (const size of ['1920', '6720', '1440', '1366', '390']) {
    for (const [lang, theme, state] of [['zh', 'dark', ''], ['en', 'dark', ''], ['zh', 'light', ''], ['zh', 'dark', 'cut'], ['zh', 'dark', 'silent'], ['zh', 'dark', 'map'], ['en', 'light', 'map'], ['zh', 'light', 'map-cut']]) {
      const name = `screen-${size}-${lang}-${theme}${state && `-${state}`}`;
      if (!wanted(name) || (state && !['1920', '6720'].includes(size) && !(state === 'map' && size === '1366'))) continue;
      const v = await visit({ size, lang });
      await logIn(v, CITY);
      if (state === 'silent') await v.page.addInitScript(() => { delete self.SharedWorker; });
      const made = () => madeWall(file, { cut: state.endsWith('cut') ? '埇桥区' : null }), wide = size === '6720';
      await v.page.route('**/api/v1/wall*', (r) => { const w = made(); if (wide || state.startsWith('map')) madeMap(w); return r.fulfill({ json: w }); });
      await v.page.route('**/api/v1/map*', (r) => r.fulfill({ json: madeMap(made()) }));
      await v.page.route('**/api/v1/leads*', (r) => r.fulfill({ json: madeLeads(made(), { state: new URL(r.request().url()).searchParams.get('state') }) }));
      await v.page.route('**/api/v1/warnings*', (r) => r.fulfill({ json: madeWarnings(file) }));
      if (state === 'silent') await v.page.route('**/api/v1/stream*', (r) => r.abort());
      await v.page.goto(`${urlOf(CITY)}/screen?theme=${theme}&lang=${lang}${state.startsWith('map') ? '&as=map' : ''}`);
      await until(10, () => sees(v, state.startsWith('map') ? '.map-place' : '.board svg'));
      await sleep(state === 'silent' ? 7000 : 800);
      await shot(v, name);
      say(name);
      await v.context.close();
    }
  }
}

async function login() {
  for (const size of Object.keys(SIZES)) {
    for (const [lang, theme] of [['zh', 'light'], ['en', 'light'], ['zh', 'dark']]) {
      const name = `login-${size}-${lang}-${theme}`;
      if (!wanted(name)) continue;
      const v = await visit({ size, lang, theme });
      await v.page.goto(`${urlOf('qicheng/east')}/login?lang=${lang}`);
      await until(5, () => sees(v, '.login dd'));
      await shot(v, name);
      await v.context.close();
    }
  }
}

// The desk's list as a map with who may go, the person's sessions; the phone's map, alarms and PIN: of the small tree.
const COUNTY = 'qicheng/east';
async function states() {
  if (!['desk', 'field'].some((x) => !only.length || only.some((w) => w.includes(x) || x.includes(w)))) return;
  const origin = urlOf(COUNTY), square = (lon) => ({ type: 'Polygon', coordinates: [[[lon, 33.63], [lon + 0.004, 33.63], [lon + 0.004, 33.633], [lon, 33.633], [lon, 33.63]]] });
  await api(COUNTY, 'POST', '/api/v1/users', { name: 'zhang', password: 'a long password', roles: ['worker'], title: '张网格' });
  for (const [code, lon] of [['g1', 116.98], ['g2', 116.984]]) await api(COUNTY, 'POST', '/api/v1/grids', { code, title: `第${code}网格`, boundary: square(lon), worker: 'zhang' });
  await api(COUNTY, 'POST', '/api/v1/duty', { person: 'zhang', on: true, grid: 'g1', reason: '演示' });
  for (let i = 0; i < 30; i += 1) await report(COUNTY, { title: `楼道堆物 ${i}`, location: { lat: 33.6303 + 0.0003 * (i % 9), lon: 116.9803 + 0.0009 * (i % 8) }, urgency: i === 4 ? 'emergency' : i % 9 === 0 ? 'urgent' : 'routine', deadline: i % 7 ? undefined : new Date(Date.now() + 86400e3).toISOString() });
  const one = await report(COUNTY, { title: '独居老人求助', urgency: 'urgent', location: { lat: 33.6318, lon: 116.9868 } });
  const row = (code, grave) => ({ code, path: 'qicheng', grave, since: new Date(Date.now() - 3600e3).toISOString(), message: code, message_zh: code, remedy: 'qipan doctor', detail: '' });
  for (const [lang, theme] of [['zh', 'light'], ['en', 'dark'], ['en', 'light'], ['zh', 'dark']]) {
    for (const size of ['1440', '1280', '1366', '390']) {
      for (const [state, query, sign] of [['map', '&as=map', '.list-map .map-mark'], ['near', `&as=map&m=${one.id}`, '.near li']]) {
        const name = `desk-${size}-${lang}-${theme}-${state}`;
        if (!wanted(name)) continue;
        const v = await visit({ size, lang });
        await logIn(v, COUNTY);
        await v.page.goto(`${origin}/desk?theme=${theme}&lang=${lang}${query}`);
        await until(10, () => sees(v, sign));
        await sleep(600);
        await shot(v, name);
        say(name);
        await v.context.close();
      }
    }
    for (const state of ['map', 'alarms', 'outbox', 'pin']) {
      const name = `field-390-${lang}-${theme}-${state}`;
      if (!wanted(name)) continue;
      const v = await visit({ size: '390', lang, more: { permissions: ['geolocation'], geolocation: { latitude: 33.632, longitude: 116.983, accuracy: 25 } } }), p = v.page;
      if (state === 'alarms') await p.route('**/api/v1/node', async (route) => { const answer = await route.fetch(); await route.fulfill({ response: answer, json: { ...(await answer.json()), alarms: [row('no_room', true), row('parent_cut', false)] } }); });
      await logIn(v, COUNTY, 'zhang');
      await p.goto(`${origin}/field?theme=${theme}&lang=${lang}`);
      await until(10, () => sees(v, '.tasks li'));
      if (state === 'map') { await p.click('.which button:nth-child(2)'); await until(8, () => sees(v, '.task-map .map-pin .mm-person')); }
      if (state === 'alarms') await until(8, () => sees(v, '.banner.alarm'));
      if (state === 'outbox' || state === 'pin') { await p.click('.tabs button:nth-child(5)'); await until(8, () => sees(v, '.pin-setting .button')); }
      if (state === 'pin') {
        await p.click('.pin-setting .button');
        for (const n of ['a', 'b']) await p.fill(`.pin-setting input[name=${n}]`, '135790');
        await p.click('.pin-setting .button.solid');
        await until(5, () => sees(v, '.pin-setting [role=status]'));
        await p.reload();
        await until(8, () => sees(v, '.pin form'));
      }
      await sleep(400);
      await shot(v, name);
      say(name);
      await v.context.close();
    }
  }
}

await main(wall, login, states);
