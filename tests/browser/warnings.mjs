// warnings.mjs: what is unusually high, on the wall and on the desk: fifty days of matters with a burst make a warning of a real node;
// what it says of it, what its own node may say, what a call that fails leaves of it. `-- --plant NAME` puts a mistake in and runs
// the part that must see it.
import { api, broken, check, decent, denied, logIn, main, nodes, plantIn, say, sees, shot, textOf, until, urlOf, visit, words } from './lib/harness.mjs';

const CITY = 'qicheng', COMMUNITY = 'qicheng/east/lake/willow', CATEGORY = '漏水', DAYS = 50, BURST = 15, AGO = 2;
const plant = words[0] === '--plant' ? words[1] : '';
const has = async (v, selector, text) => ((await textOf(v, selector)) || '').includes(text);
const day = (ago) => new Date(Date.now() + 8 * 3600e3 - ago * 86400e3).toISOString().slice(0, 10); // in the tree's zone
let warning = null;

// Mistakes to be seen: what a page's script has, what it has in its place; reader: none, but that who may read stands before the screen.
const PLANTS = {
  reader: ['', '', canary],
  none: ['${signs.items && (all.length', '${(all.length', failing], // what was not read is told as nothing unusual
  lost: ['}, fail).finally(', "}, (e) => { fail(e); write(''); }).finally(", own], // what was written is gone when it was not taken
};
if (plant) plantIn(PLANTS[plant][0], PLANTS[plant][1]);

async function made() {
  const lines = [];
  for (let ago = DAYS; ago > 0; ago -= 1) for (let k = 0; k < 1 + (ago % 3) + (ago === AGO ? BURST : 0); k += 1) lines.push({ category: CATEGORY, title: `leak ${k} of ${ago}`, source: 'test', source_ref: `w${ago}-${k}`, occurred_at: `${day(ago)}T0${k % 10}:10:00Z` });
  const answer = await fetch(`${urlOf(COMMUNITY)}/api/v1/matters:batch`, { method: 'POST', headers: { Authorization: `Bearer ${nodes[COMMUNITY].token}`, 'Content-Type': 'application/x-ndjson' }, body: lines.map((l) => `${JSON.stringify(l)}\n`).join('') });
  const text = await answer.text();
  check(answer.status === 200 && !text.includes('"error"'), 'fifty days of matters are taken', text.slice(0, 300));
  const listed = async (path) => (await api(path, 'GET', '/api/v1/warnings?state=raised,watch')).body.items;
  warning = await until(40, async () => (await listed(CITY))[0] || null, 300);
  check(Boolean(warning) && warning.area === COMMUNITY && warning.category === CATEGORY, 'the top has a running warning of it', warning);
  check((await api(CITY, 'GET', '/api/v1/warnings?state=ended,dismissed')).body.items.length === 0, 'and none that is over: several states are one question');
  check((await api(CITY, 'GET', '/api/v1/warnings?state=raised,nonsense')).status === 400, 'of which each must be one');
  say(JSON.stringify({ seen: warning.seen, expected: warning.expected, limit: warning.limit, score: warning.score }));
}

async function wall(lang, theme, size) {
  const what = `wall ${lang} ${theme} ${size}`, v = await visit({ lang, size });
  await logIn(v, CITY, plant === 'reader' ? undefined : 'hall');
  await v.page.goto(`${urlOf(CITY)}/screen?lang=${lang}&theme=${theme}`);
  check(await until(10, () => has(v, '.warnings li', CATEGORY)), `${what}: the warning hangs there`, await textOf(v, '.warnings'));
  const text = await textOf(v, '.warnings li');
  check(text.includes('柳社区') && text.includes(String(warning.seen)) && text.includes(warning.expected.toFixed(1)) && text.includes(String(warning.limit)), `${what}: where, how many, what is usual and the limit`, text);
  check(text.includes(lang === 'zh' ? '常年同期' : 'usual') && text.includes(lang === 'zh' ? '预警' : 'warning'), `${what}: in its words`, text);
  await decent(v, what, urlOf(CITY));
  await shot(v, `warnings-${what.replaceAll(' ', '-')}`);
  await v.context.close();
}

// What fails or is refused takes nothing from the rest, and says since when the list is old.
async function failing() {
  const v = await visit({ size: '1920' }), p = v.page;
  await logIn(v, CITY);
  await p.route('**/api/v1/warnings*', denied);
  await p.goto(`${urlOf(CITY)}/screen`);
  check(await until(10, () => has(v, '.warnings', 'not for this account')), 'wall: a refusal is told in the node\'s sentence', await textOf(v, '.warnings'));
  check(!(await has(v, '.warnings', '没有异常')) && (await sees(v, '.screen .board svg')) && (await sees(v, '.feed li')), 'wall: it is not told as nothing unusual, and the rest is drawn');
  await shot(v, 'warnings-wall-refused');
  await p.unroute('**/api/v1/warnings*');
  await api(COMMUNITY, 'POST', `/api/v1/warnings/${warning.id}/note`, { note: '一笔' }); // the stream has it read again
  check(await until(20, () => has(v, '.warnings li', CATEGORY)), 'wall: when it is answered it is drawn', await textOf(v, '.warnings'));
  await p.route('**/api/v1/warnings*', broken);
  await api(COMMUNITY, 'POST', `/api/v1/warnings/${warning.id}/note`, { note: '另一笔' }); // the stream says that something is new
  check(await until(20, () => has(v, '.warnings .sign-note', 'the disk does not answer')) && (await has(v, '.warnings .sign-note', '停在')), 'wall: one that fails later says as of when the list is', await textOf(v, '.warnings'));
  check(await has(v, '.warnings li', CATEGORY), 'wall: and what was read stays');
  await shot(v, 'warnings-wall-stale');
  await v.context.close();
}

// The matters behind a warning are as many as it says, of its days alone; all of the kind are more.
async function behind() {
  const v = await visit({ lang: 'zh', size: '1440' }), p = v.page, origin = urlOf(COMMUNITY);
  await logIn(v, COMMUNITY);
  await p.goto(`${origin}/desk?lang=zh&view=warnings`);
  await until(10, () => sees(v, '.room .sign'));
  await p.locator('.room .sign', { hasText: CATEGORY }).first().locator('.links .link').first().click();
  check(await until(10, async () => (await p.locator('.row').count()) === warning.seen), 'desk: behind a warning stand as many as it says', `${await p.locator('.row').count()} and ${warning.seen}`);
  check((await textOf(v, '.chosen-filters')).includes('起') && p.url().includes('happened=true'), 'desk: by its days, which the filters say', await textOf(v, '.chosen-filters'));
  await shot(v, 'warnings-behind-zh-1440');
  await p.goto(`${origin}/desk?lang=zh&view=warnings`);
  await until(10, () => sees(v, '.room .sign'));
  await p.locator('.room .sign', { hasText: CATEGORY }).first().locator('.links .link').nth(1).click();
  check(await until(10, async () => (await p.locator('.row').count()) > warning.seen), 'desk: and all of the kind are more', await p.locator('.row').count());
  await v.context.close();
}

// A word that somebody writes on a warning is in nothing that a screen can fetch: not in the list, not in the stream.
async function canary() {
  const bird = '金丝雀5512';
  check((await api(COMMUNITY, 'POST', `/api/v1/warnings/${warning.id}/note`, { note: bird })).status === 200, 'a note is taken');
  check(await until(10, async () => JSON.stringify((await api(CITY, 'GET', `/api/v1/warnings/${warning.id}`)).body).includes(bird)), 'and read at the top by who may');
  const v = await visit({ size: '1920' });
  await logIn(v, CITY, plant === 'reader' ? undefined : 'hall');
  await until(10, () => has(v, '.warnings li', CATEGORY));
  const found = await v.page.evaluate(async () => {
    const list = await (await fetch('/api/v1/warnings')).text(), stop = new AbortController(), reader = (await fetch('/api/v1/stream?last_event_id=0', { signal: stop.signal })).body.getReader();
    let text = '';
    setTimeout(() => stop.abort(), 2000);
    try { for (;;) { const { done, value } = await reader.read(); if (done) break; text += new TextDecoder().decode(value); } } catch { /* its time is over */ }
    return { list, stream: text, page: document.body.innerHTML };
  });
  check(found.list.includes(warning.id) && !found.list.includes(bird) && !found.list.includes('"notes"'), 'a screen has the list without what people said', found.list.slice(0, 600));
  check(found.stream.includes('event: warning') && !found.stream.includes(bird), 'and the stream too', found.stream.slice(-600));
  check(!found.page.includes(bird), 'and nothing of it on the wall');
  await v.context.close();
}

async function desk(path, lang, options) {
  const v = await visit({ lang, ...options });
  await logIn(v, path);
  await v.page.goto(`${urlOf(path)}/desk?lang=${lang}&view=warnings${options.theme ? `&theme=${options.theme}` : ''}`);
  check(await until(10, () => has(v, '.room .sign', CATEGORY)), `desk ${lang} ${path}: the room has it`, await textOf(v, '.room'));
  return v;
}

// Above its own node a warning is seen and not spoken of; its matters are one step away.
async function above() {
  for (const [lang, theme, size] of [['zh', 'light', '1440'], ['en', 'dark', '1280']]) {
    const v = await desk(CITY, lang, { theme, size });
    check((await v.page.locator('.room .verbs').count()) === 0, `desk ${lang}: a superior is offered no verb on it`);
    check(await has(v, '.room .sign', lang === 'zh' ? '由柳社区处理' : '柳社区 deals with it'), `desk ${lang}: and is told whose it is`, await textOf(v, '.room .sign'));
    check(await until(5, () => has(v, '.rail li button.at b', '1')), `desk ${lang}: the rail counts it`, await textOf(v, '.rail'));
    await decent(v, `desk warnings ${lang}`, urlOf(CITY));
    await shot(v, `warnings-desk-above-${lang}-${theme}-${size}`);
    await v.page.click('.room .links .link');
    check(await until(5, async () => (await v.page.locator('.row').count()) === warning.seen && (await has(v, '.row-more', CATEGORY))), `desk ${lang}: the matters of that kind on its days there`, await textOf(v, '.list'));
    await v.context.close();
  }
}

// At its own node: a note, a matter, a dismissal that wants a reason; a refusal is told as a sentence and loses no word.
async function own() {
  const v = await desk(COMMUNITY, 'zh', { size: '1440' }), p = v.page, button = (name) => p.locator('.room .verbs > .buttons button', { hasText: name }).first();
  await button('记一笔').click();
  await p.fill('.room textarea', '主管爆裂，正在抢修');
  await decent(v, 'desk: a note', urlOf(COMMUNITY));
  await shot(v, 'warnings-desk-note-zh-light-1440');
  await p.route('**/api/v1/warnings/*/note', broken);
  await p.click('.room form .solid');
  check(await until(5, () => has(v, '.room .error-panel', 'the disk does not answer')), 'desk: what was not taken is told', await textOf(v, '.room'));
  check((await p.inputValue('.room textarea')) === '主管爆裂，正在抢修', 'desk: and the words are still there');
  await shot(v, 'warnings-desk-error-zh-light-1440');
  await p.unroute('**/api/v1/warnings/*/note');
  await p.click('.room form .solid');
  check(await until(5, () => has(v, '.room .notes', '主管爆裂')), 'desk: sent again it is taken', await textOf(v, '.room'));
  const notes = (await api(COMMUNITY, 'GET', `/api/v1/warnings/${warning.id}`)).body.notes;
  check(notes.filter((n) => n.text === '主管爆裂，正在抢修').length === 1, 'desk: once', notes);
  await button('立为事项').click();
  await p.click('.room form .solid');
  const opened = await until(8, async () => (await api(COMMUNITY, 'GET', `/api/v1/warnings/${warning.id}`)).body.matter);
  check(Boolean(opened), 'desk: a matter is made of it', opened);
  check(await until(5, () => has(v, '.room .links', '打开所立事项')) && !(await has(v, '.room .verbs', '立为事项')), 'desk: which is one step away, and not made twice', await textOf(v, '.room'));
  await p.locator('.room .link', { hasText: '打开所立事项' }).click();
  check(await until(5, () => has(v, '.matter h2', CATEGORY)), 'desk: it opens beside the room', await textOf(v, '.matter'));
  await shot(v, 'warnings-desk-own-zh-light-1440');
  await button('排除').click();
  await p.click('.room form .solid');
  check(await until(3, () => has(v, '.room .error-panel', '为什么不是')), 'desk: a dismissal wants a reason', await textOf(v, '.room'));
  await p.fill('.room textarea', '已知施工');
  await p.click('.room form .solid');
  check(await until(8, () => has(v, '.room .empty', '没有异常升高')), 'desk: dismissed it does not run any more', await textOf(v, '.room'));
  await shot(v, 'warnings-desk-empty-zh-light-1440');
  await p.selectOption('.room select', 'all');
  check(await until(5, () => has(v, '.room .sign .tag', '已排除')) && (await has(v, '.room .notes', '已知施工')), 'desk: and stands with those that are over, with its reason', await textOf(v, '.room'));
  check(await until(15, async () => (await api(CITY, 'GET', `/api/v1/warnings/${warning.id}`)).body.state === 'dismissed'), 'the top has it dismissed');
  await v.context.close();
  const w = await visit({ size: '1920' });
  await logIn(w, CITY, 'hall');
  check(await until(10, () => has(w, '.warnings .none', '没有异常升高')), 'wall: an empty list says so', await textOf(w, '.warnings'));
  await shot(w, 'warnings-wall-empty');
  await w.context.close();
}

async function prepared() {
  const account = await api(CITY, 'POST', '/api/v1/users', { name: 'hall', password: 'a long password', roles: ['screen'] });
  check(account.status === 201, 'an account of the role screen', account.body);
  await made();
}

await main(prepared, ...(plant ? [PLANTS[plant][2]] : [() => wall('zh', 'dark', '1920'), () => wall('en', 'light', '1366'), canary, failing, behind, above, own]));
