// shots.mjs: pictures of each page × size × language × theme × state, to be looked at beside the design's: tests/browser/shots.
// The wall's are of a made-up city (lib/made.mjs) of the divisions in QIPAN_DIVISIONS, else of topology/areas/suzhou; the rest is real.
import { existsSync } from 'node:fs';
import { ROOT, SIZES, logIn, main, nodes, say, sees, shot, sleep, until, urlOf, visit, words } from './lib/harness.mjs';
import { madeWall, madeWarnings } from './lib/made.mjs';

const CITY = 'qicheng', only = words, file = process.env.QIPAN_DIVISIONS && existsSync(process.env.QIPAN_DIVISIONS) ? process.env.QIPAN_DIVISIONS : `${ROOT}topology/areas/suzhou/divisions.csv`;
const wanted = (name) => !only.length || only.some((w) => name.includes(w));

async function wall() {
  for (const size of ['1920', '6720', '1440', '1366', '390']) {
    for (const [lang, theme, state] of [['zh', 'dark', ''], ['en', 'dark', ''], ['zh', 'light', ''], ['zh', 'dark', 'cut'], ['zh', 'dark', 'silent']]) {
      const name = `screen-${size}-${lang}-${theme}${state && `-${state}`}`;
      if (!wanted(name) || (state && !['1920', '6720'].includes(size))) continue;
      const v = await visit({ size, lang });
      await logIn(v, CITY);
      if (state === 'silent') await v.page.addInitScript(() => { delete self.SharedWorker; });
      await v.page.route('**/api/v1/wall*', (r) => r.fulfill({ json: madeWall(file, { cut: state === 'cut' ? '埇桥区' : null }) }));
      await v.page.route('**/api/v1/warnings*', (r) => r.fulfill({ json: madeWarnings(file) }));
      if (state === 'silent') await v.page.route('**/api/v1/stream*', (r) => r.abort());
      await v.page.goto(`${urlOf(CITY)}/screen?theme=${theme}&lang=${lang}`);
      await until(10, () => sees(v, '.board svg'));
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

await main(wall, login);
