// desk.mjs: a dispatcher's day in short: a report by the keyboard alone, steps and why others may not, what a node that is cut or
// frozen looks like, many at once, both languages, narrow windows, a machine in another zone; who called, what is like it, categories by
// their titles. `-- NAME…`: only these parts.
import { api, check, chosen, decent, frozen, logIn, main, nodes, report, say, sees, shot, sleep, step, textOf, until, urlOf, visit } from './lib/harness.mjs';

const CITY = 'qicheng', COUNTY = 'qicheng/east', STREET = 'qicheng/east/lake', origin = urlOf(COUNTY);

async function open(options) {
  const v = await visit(options);
  await logIn(v, COUNTY);
  await v.page.goto(`${origin}/desk?lang=${options.lang || 'zh'}`);
  check(await until(10, () => sees(v, '.row')), `${options.lang} ${options.size}: the desk shows its matters`);
  return v;
}

// A report by the keyboard alone: how long it takes somebody who types eight characters a second.
async function keyboard() {
  const v = await open({ lang: 'zh', size: '1440' }), p = v.page, began = Date.now();
  await p.keyboard.press('n');
  await until(3, () => sees(v, '.report'));
  const type = async (text) => { for (const c of text) { await p.keyboard.insertText(c); await sleep(125); } };
  await type('淮海南路东北角窨井盖缺失');
  await p.keyboard.press('Tab'); // details
  await p.keyboard.press('Tab'); // area
  await type('lake');
  await p.keyboard.press('Enter');
  await p.keyboard.press('Tab'); // category
  await type('井');
  await p.keyboard.press('ArrowDown');
  await p.keyboard.press('ArrowUp');
  await p.keyboard.press('Enter');
  await p.keyboard.press('Tab'); // urgency
  await p.keyboard.press('ArrowRight');
  await p.keyboard.press('Tab'); // source
  await type('123');
  await p.keyboard.press('Enter');
  await shot(v, 'desk-report-zh-1440');
  await p.keyboard.press('Control+Enter');
  check(await until(5, async () => (await textOf(v, '.matter h2')) === '淮海南路东北角窨井盖缺失'), 'a report by the keyboard alone is open on the desk', await textOf(v, '.matter h2'));
  const took = (Date.now() - began) / 1000;
  check(took < 20, `it took less than 20 s of typing (${took.toFixed(1)} s)`);
  const made = (await api(COUNTY, 'GET', '/api/v1/matters?q=%E7%AA%A8%E4%BA%95%E7%9B%96%E7%BC%BA%E5%A4%B1')).body.items;
  check(made.length === 1 && made[0].urgency === 'urgent' && made[0].category === '井盖' && made[0].source === '12345' && made[0].area === STREET, 'as it was typed, once', made);
  await decent(v, 'desk zh 1440', origin);
  await shot(v, 'desk-zh-1440');
  await v.context.close();
}

// What would become of it is said before it is sent; the desk is offered and never set.
async function suggested() {
  await api(COUNTY, 'POST', '/api/v1/desks', { code: 'noise-desk', title: '噪声治理所', duties: [{ category: '噪声' }] });
  const v = await open({ lang: 'zh', size: '1440' }), p = v.page;
  await p.keyboard.press('n');
  await until(3, () => sees(v, '.report'));
  await p.fill('.report input[name=title]', '夜间施工');
  await p.fill('.report .for-category input', '噪声');
  await p.keyboard.press('Enter');
  await p.fill('.report .for-source input', '12345');
  await p.keyboard.press('Enter');
  check(await until(5, async () => (await textOf(v, '.report .then')).includes('先归 噪声治理所')), 'whose duty it is, is offered', await textOf(v, '.report .then'));
  await decent(v, 'desk report foreseen', origin);
  await p.keyboard.press('Alt+1');
  check(await until(3, async () => (await textOf(v, '.report .then')).includes('交 噪声治理所')), 'and taken by Alt 1');
  await p.keyboard.press('Control+Enter');
  const made = async () => (await api(COUNTY, 'GET', '/api/v1/matters?q=%E5%A4%9C%E9%97%B4%E6%96%BD%E5%B7%A5')).body.items;
  check(await until(5, async () => (await made()).length === 1) && (await made())[0].desk === 'noise-desk', 'and it is with that desk', await made());
  await v.context.close();
}

async function steps() {
  const m = await report(COUNTY, { title: '楼道堆物', urgency: 'urgent', deadline: new Date(Date.now() + 3600e3 * 5).toISOString() });
  const v = await open({ lang: 'zh', size: '1440' }), p = v.page;
  await p.goto(`${origin}/desk?lang=zh&m=${m.id}`);
  check(await until(5, () => sees(v, '.actions .button')), 'a matter says what may be done with it');
  await p.keyboard.press('a');
  check(await until(3, () => sees(v, '.step-form')), 'a letter opens the step of that letter');
  await p.keyboard.press('Control+Enter');
  check(await until(3, () => sees(v, '.step-form [role=alert]')), 'what is missing is named, and nothing is sent');
  await p.keyboard.type('works');
  await p.keyboard.press('Control+Enter');
  check(await until(5, async () => (await textOf(v, '.history')).includes('works')), 'the step is taken, and stands in the history', await textOf(v, '.history'));
  await step(COUNTY, m.id, 'progress', { note: '别人写的' });
  check(await until(5, async () => (await textOf(v, '.history')).includes('别人写的')), 'what others do comes without a reload');
  await p.keyboard.press('.');
  check(await until(3, () => sees(v, '.actions .more dl')), 'why the other steps may not is said', await textOf(v, '.actions'));
  await shot(v, 'desk-more-zh-1440');
  await p.keyboard.press('Escape');
  // somebody else was quicker
  await p.keyboard.press('p');
  await until(3, () => sees(v, '.step-form textarea'));
  await p.keyboard.type('我的进展');
  await step(COUNTY, m.id, 'close', { result: 'resolved' });
  await p.keyboard.press('Control+Enter');
  check(await until(5, () => sees(v, '.step-form .error-panel')), 'a step that came too late is refused with what is so now', await textOf(v, '.step-form'));
  check((await p.inputValue('.step-form textarea')) === '我的进展', 'and what was written is not lost');
  await shot(v, 'desk-409-zh-1440');
  await v.context.close();
}

async function many() {
  const ids = [];
  for (let i = 0; i < 3; i += 1) ids.push((await report(COUNTY, { title: `成批 ${i}`, category: '成批' })).id);
  const v = await open({ lang: 'en', size: '1440' }), p = v.page;
  await p.goto(`${origin}/desk?lang=en&category=${encodeURIComponent('成批')}`);
  check(await until(5, async () => (await p.locator('.row').count()) === 3), 'filters of the address hold');
  await p.keyboard.press('j');
  await p.keyboard.press('x');
  await p.keyboard.press('Shift+J');
  await p.keyboard.press('Shift+J');
  check(await until(3, () => sees(v, '.bulk')), 'marked ones get one step for all');
  await p.selectOption('.bulk select', 'hang');
  await p.fill('.bulk textarea', 'the same cause');
  const later = new Date(Date.now() + 86400e3 * 2);
  await p.fill('.bulk input[type=datetime-local]', later.toISOString().slice(0, 16));
  await p.keyboard.press('Control+Enter');
  const hung = async () => (await api(COUNTY, 'GET', '/api/v1/matters?state=hung')).body.items.filter((x) => ids.includes(x.id)).length;
  check(await until(5, async () => (await hung()) === 3), 'the step is taken for each');
  await p.mouse.click(5, 890); // away from the form
  await p.keyboard.press('Escape');
  await sleep(300);
  await p.keyboard.press('z');
  check(await until(5, async () => (await hung()) === 0), 'and taken back by one key', await hung());
  await decent(v, 'desk en 1440', origin);
  await shot(v, 'desk-en-1440');
  await v.context.close();
}

// The street writes on the matter's line, the county's desk reads and answers.
async function line() {
  const m = await report(STREET, { title: '连线的一件' });
  await step(STREET, m.id, 'escalate', { reason: '请区里协调' });
  const v = await open({ lang: 'zh', size: '1440' }), p = v.page;
  await until(15, () => p.isVisible(`.row button:has-text("${m.title}")`));
  await p.click(`.row button:has-text("${m.title}")`);
  check(await until(5, async () => (await textOf(v, '.talk'))?.includes('还没有人开连线')), 'a matter without a line says so', await textOf(v, '.talk'));
  await p.keyboard.press('m');
  await p.keyboard.type('请说明东侧情况。');
  await p.keyboard.press('Control+Enter');
  check(await until(10, async () => (await textOf(v, '.said'))?.includes('请说明东侧情况')), 'the first word opens it', await textOf(v, '.talk'));
  const of = async () => (await api(STREET, 'GET', `/api/v1/lines/${m.id}?limit=100`)).body.messages || [];
  check(await until(15, async () => (await of()).some((x) => x.text.includes('东侧'))), 'the street reads it', await of());
  const answer = await api(STREET, 'POST', `/api/v1/lines/${m.id}/messages`, { text: '还有 3 辆。' });
  check(answer.status === 201 && (await until(15, async () => (await textOf(v, '.said'))?.includes('还有 3 辆'))), 'its answer stands on the desk', [answer.body, await textOf(v, '.said')]);
  await decent(v, 'desk zh line', origin);
  await shot(v, 'desk-line-zh-1440');
  await v.context.close();
}

async function truth() {
  const v = await open({ lang: 'zh', size: '1440' });
  await frozen(COUNTY, async () => {
    check(await until(12, () => sees(v, '.banner.no-answer')), 'a frozen node is told within seconds');
    check(!(await sees(v, '.status-bar .g-live')), 'and nothing on the page is green');
    await shot(v, 'desk-no-answer-zh-1440');
  });
  check(await until(20, async () => !(await sees(v, '.banner.no-answer'))), 'and no longer when it answers again');
  await v.context.close();
}

async function narrow() {
  for (const [lang, size, theme] of [['en', '1280', 'dark'], ['zh', '1366', 'light'], ['zh', '390', 'light']]) {
    const v = await open({ lang, size, theme });
    await v.page.click('.row button');
    await until(5, () => sees(v, '.matter h2'));
    await decent(v, `desk ${lang} ${size}`, origin);
    await shot(v, `desk-${lang}-${theme}-${size}`);
    const seen = await v.page.evaluate(() => { const bar = document.querySelector('.status-bar'), text = document.querySelector('.custody text'); return { bar: [...bar.children].every((e) => e.getBoundingClientRect().right <= innerWidth && e.getBoundingClientRect().bottom <= innerHeight + 1), px: text ? text.getBoundingClientRect().height : 99, table: Boolean(document.querySelector('.custody table')) }; });
    check(seen.bar, `desk ${lang} ${size}: as of when the page is, is not cut off`, seen);
    check(seen.px >= 12 && seen.table === (size === '390'), `desk ${lang} ${size}: who held it when can be read`, seen);
    if (size === '1280') {
      await v.page.keyboard.press('Control+k');
      await until(3, () => sees(v, '.palette'));
      await v.page.keyboard.type('lake');
      await sleep(600);
      await shot(v, `desk-palette-${lang}-${size}`);
      await decent(v, 'the commands', origin);
    }
    await v.context.close();
  }
}

// What was merged into a matter: what was said of each, by whom, and its files; that there are more. How far a closed one is; beside a map.
const DOT = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
async function merged() {
  const file = await (await fetch(`${origin}/api/v1/blobs`, { method: 'POST', headers: { Authorization: `Bearer ${nodes[COUNTY].token}`, 'Content-Type': 'image/png' }, body: DOT })).json();
  const into = await report(COUNTY, { title: '河堤塌方' });
  for (let i = 0; i < 9; i += 1) {
    const m = await report(COUNTY, { title: `堤上来件 ${i}`, attachments: i < 2 ? [file.hash] : [] });
    await step(COUNTY, m.id, 'comment', { text: `现场已围挡 ${i}` });
    const answer = await step(COUNTY, m.id, 'merge', { into: into.id });
    if (answer.status !== 200) check(false, 'it is merged', answer.body);
  }
  await step(COUNTY, into.id, 'assign', { desk: 'works' });
  await step(COUNTY, into.id, 'close', { result: 'resolved' });
  for (const [lang, size] of [['zh', '1440'], ['en', '390']]) {
    const v = await open({ lang, size }), p = v.page, what = `merged ${lang} ${size}`;
    await p.goto(`${origin}/desk?lang=${lang}&m=${into.id}`);
    check(await until(8, async () => (await p.locator('.matter .notes li').count()) === 8), `${what}: what was said of each that the node looks at`, await textOf(v, '.matter'));
    const first = (await textOf(v, '.matter .notes li')) || '';
    check(/堤上来件 \d.*现场已围挡 \d/.test(first) && !/(user|token):/.test(first), `${what}: of which one, what, and by whom`, first);
    check((await textOf(v, '.matter')).includes(lang === 'zh' ? '这里没有并入事项的全部' : 'Not all of what was merged is here'), `${what}: that there are more is said`);
    check((await p.locator('.matter .file img').count()) >= 1, `${what}: their files are drawn`, await p.locator('.matter .file').count());
    const when = await p.locator('.track .when').evaluateAll((all) => all.map((e) => [getComputedStyle(e).fontSize, e.innerHTML]));
    check(when.length > 0 && when.every(([px, text]) => px === '12px' && !text.endsWith('<br>')), `${what}: times that can be read, and no empty line`, when);
    await decent(v, what, origin);
    await p.locator('.matter .notes').scrollIntoViewIfNeeded();
    await shot(v, `desk-merged-${lang}-${size}`);
    await p.locator('.track').scrollIntoViewIfNeeded();
    await shot(v, `desk-track-${lang}-${size}`);
    if (size === '1440') {
      await p.goto(`${origin}/desk?lang=${lang}&as=map&m=${into.id}`);
      await until(8, () => sees(v, '.past .talk'));
      const columns = await p.locator('.past').evaluate((e) => getComputedStyle(e).gridTemplateColumns.split(' ').length);
      check(columns === 1, `${what}: beside a map the line stands below the history`, columns);
      await p.locator('.past').scrollIntoViewIfNeeded();
      await shot(v, `desk-mapped-past-${lang}`);
    }
    await v.context.close();
  }
}

// What one person saved at this machine another one does not see; what an older version has saved, which does not say whose it is, is dropped.
async function ownViews() {
  for (const name of ['zhao', 'qian']) await api(COUNTY, 'POST', '/api/v1/users', { name, password: 'a long pass phrase', roles: ['dispatcher'] });
  const v = await visit({ size: '1440' }), p = v.page, rail = async () => (await textOf(v, '.rail')) || '', as = async (name) => { await logIn(v, COUNTY, name); await p.goto(`${origin}/desk?lang=zh&q=5号楼`); await until(10, () => sees(v, '.rail h2 .link')); };
  await p.goto(`${origin}/login?lang=zh`);
  await p.evaluate(() => localStorage.setItem('qipan', JSON.stringify({ views: [{ id: 'own-1', name: '上一版存的', asked: { view: 'open', filters: {}, sort: '' } }] })));
  const save = async (text) => { await p.click('.rail h2 .link'); await p.fill('.rail input[name=name]', text); await p.keyboard.press('Enter'); return until(5, async () => (await rail()).includes(text)); };
  await as('zhao');
  check(await save('五号楼举报') && !(await rail()).includes('上一版存的'), 'views: one is saved, and of whom an older one was is not known: it is gone', await rail());
  await as('qian');
  check(!(await rail()).includes('五号楼举报') && !(await rail()).includes('上一版存的'), 'views: another account does not see it', await rail());
  check(await save('六号楼'), 'views: and has its own');
  await as('zhao');
  check(await until(10, async () => (await rail()).includes('五号楼举报')) && !(await rail()).includes('六号楼'), 'views: and it is still there for its own', await rail());
  await p.click('.rail li.own button:has-text("五号楼举报")');
  await until(5, async () => p.url().includes('view=own-'));
  await p.reload();
  check(await until(10, () => sees(v, '.rail li.own .at:has-text("五号楼举报")')) && await until(5, async () => p.isVisible('.list .none, .row')), 'views: loaded again it is the chosen one', await rail());
  await p.click('.rail li.own:has-text("五号楼举报") .link');
  check(await until(5, async () => !(await rail()).includes('五号楼举报')), 'views: dropped');
  await as('qian');
  check((await rail()).includes('六号楼'), 'views: and no other one with it', await rail());
  await v.context.close();
}

// Who called is kept apart: in no text and no draft, and goes with no other report; read for a purpose that is said.
async function callers() {
  for (const [lang, size] of [['zh', '1440'], ['en', '390']]) {
    const v = await open({ lang, size }), p = v.page, what = `caller ${lang}`, tail = lang === 'zh' ? '甲' : '乙', phone = `1380000111${size[0]}`;
    const fill = async (title) => {
      await p.keyboard.press('n');
      await until(3, () => sees(v, '.report'));
      await p.fill('.report input[name=title]', title);
      await p.fill('.report .for-category input', `照明${tail}`);
      await p.fill('.report .for-source input', '12345');
      await p.fill('.report input[name=caller_name]', '张三');
      await p.fill('.report input[name=caller_phone]', phone);
    };
    await fill(`楼道灯不亮，有人来电${tail}`);
    check(!(await p.evaluate(() => JSON.stringify({ ...localStorage }))).includes(phone), `${what}: not in the draft`);
    await p.locator('.report .caller').scrollIntoViewIfNeeded();
    await decent(v, `${what} in the report`, origin);
    await shot(v, `desk-caller-${lang}-${size}`);
    await p.keyboard.press('Control+Enter');
    const made = async () => (await api(COUNTY, 'GET', `/api/v1/matters?q=${encodeURIComponent(`有人来电${tail}`)}`)).body.items[0];
    check(await until(5, made), `${what}: the report is there`);
    const m = await made(), whole = (await api(COUNTY, 'GET', `/api/v1/matters/${m.id}`)).body;
    check(whole.personal === 'kept' && !JSON.stringify(whole).includes(phone), `${what}: kept, and in no part of the matter`, whole.personal);
    await p.goto(`${origin}/desk?lang=${lang}&m=${m.id}`);
    const box = `section[aria-label="${lang === 'zh' ? '反映人个人信息' : 'who reported it'}"]`;
    await p.click(`${box} > button`);
    await p.click(`${box} form button`);
    check(await until(3, () => sees(v, `${box} .error-panel`)) && !(await textOf(v, box)).includes(phone), `${what}: without a purpose nothing is told`, await textOf(v, box));
    await p.fill(`${box} input`, '回访');
    await p.keyboard.press('Enter');
    check(await until(5, async () => (await textOf(v, box)).includes(phone)), `${what}: read for a purpose`, await textOf(v, box));
    await p.locator(box).scrollIntoViewIfNeeded();
    await decent(v, `${what} read`, origin);
    await shot(v, `desk-personal-${lang}-${size}`);
    await p.click(`${box} > button`);
    check(!(await p.content()).includes(phone), `${what}: and put away`);
    if (lang === 'zh') { // it was that one: a comment of it, and the next report has nobody of this one
      await p.locator('.matter h2').click();
      await fill('楼道灯还是不亮');
      await until(5, async () => ((await textOf(v, '.report .beside')) || '').includes('有人来电'));
      await p.keyboard.press('Alt+m');
      check(await until(5, async () => !(await sees(v, '.report'))), 'caller: what is joined to another is sent');
      await p.locator('.matter h2').click();
      await p.keyboard.press('n');
      await until(3, () => sees(v, '.report'));
      check((await p.inputValue('.report input[name=caller_phone]')) === '' && (await p.inputValue('.report input[name=title]')) === '', 'caller: and the next report has nobody of it', await p.inputValue('.report input[name=caller_phone]'));
    }
    await v.context.close();
  }
}

// What is like it stands first, however many of its category came later.
async function alike() {
  const old = await report(COUNTY, { title: '淮海南路与汴河路口窨井盖缺失', category: '相似' });
  for (let i = 0; i < 8; i += 1) await report(COUNTY, { title: `别的事 ${i}`, category: '相似' });
  const v = await open({ lang: 'zh', size: '1440' }), p = v.page, first = async () => (await textOf(v, '.report .beside li')) || '';
  await p.keyboard.press('n');
  await p.fill('.report input[name=title]', '淮海南路汴河路口窨井盖缺失');
  await p.fill('.report .for-category input', '相似');
  await p.keyboard.press('Tab');
  check(await until(5, async () => (await first()).includes(old.title)), 'alike: it stands first', await textOf(v, '.report .beside'));
  check((await textOf(v, '.report .beside')).includes('5+') && (await textOf(v, '.report .beside')).includes('别的事 7'), 'alike: and the newest of its category behind it', await textOf(v, '.report .beside'));
  await v.context.close();
}

// How many there are in all, and which of them is urged.
async function counted() {
  const ids = [];
  for (let i = 0; i < 70; i += 1) ids.push((await report(STREET, { title: `七十 ${i}`, category: '七十' })).id);
  const urge = async () => (await api(COUNTY, 'POST', `/api/v1/matters/${ids[69]}/urge`, { note: '快' })).status;
  check(await until(20, async () => (await urge()) === 200, 500), 'counted: the county urges one that the street holds');
  const v = await visit({ size: '1440' }), p = v.page, there = `${urlOf(STREET)}/desk?lang=zh&category=${encodeURIComponent('七十')}`;
  await logIn(v, STREET);
  await p.goto(there);
  check(await until(8, async () => ((await textOf(v, '.filters b')) || '').includes('70')), 'counted: the list says how many there are', await textOf(v, '.filters b'));
  await p.goto(`${there}&q=${encodeURIComponent('七十 69')}`);
  check(await until(8, async () => ((await textOf(v, `.row[data-id="${ids[69]}"]`)) || '').includes('督办')), 'counted: an urged one says so in its row', await textOf(v, '.row'));
  await decent(v, 'desk counted', urlOf(STREET));
  await shot(v, 'desk-urged-zh-1440');
  await v.context.close();
}

// A category that is picked, by its number or its letters, is kept by its title, as everybody else writes it; one that came by its number is
// shown by its title. It puts a policy in force: the last part.
async function categories() {
  const put = await api(COUNTY, 'PUT', '/api/v1/policy', { version: 'cat-1', title: '类别', categories: [{ code: '', title: '其他' }, { code: '0101', title: '井盖缺失破损' }] });
  check(put.status === 200, 'categories: a policy with a code is in force', put);
  const v = await open({ lang: 'zh', size: '1440' }), p = v.page, of = async (title) => (await api(COUNTY, 'GET', `/api/v1/matters?q=${encodeURIComponent(title)}`)).body.items[0];
  for (const [typed, title] of [['0101', '按编号选'], ['jgqs', '按声母选']]) {
    await p.keyboard.press('n');
    await until(3, () => sees(v, '.report'));
    await p.fill('.report input[name=title]', title);
    await p.fill('.report .for-category input', typed);
    await p.keyboard.press('Enter');
    await p.fill('.report .for-source input', '12345');
    await p.keyboard.press('Control+Enter');
    check(await until(5, () => of(title)) && (await of(title)).category === '井盖缺失破损', `categories: picked by ${typed} it is kept by its title`, await of(title));
    await until(5, async () => !(await sees(v, '.report')));
    await p.locator('.matter h2').click();
  }
  const m = await report(COUNTY, { title: '按编号来', category: '0101' });
  await p.goto(`${origin}/desk?lang=zh&m=${m.id}&q=${encodeURIComponent('按编号来')}`);
  check(await until(8, async () => ((await textOf(v, '.row')) || '').includes('井盖缺失破损') && (await textOf(v, '.matter')).includes('井盖缺失破损')), 'categories: what came by its number is shown by its title', await textOf(v, '.row'));
  await v.context.close();
}

// A machine that stands in another zone than the tree: what is typed is of the zone of all that is shown.
async function zones() {
  const m = await report(COUNTY, { title: '别处的时区' }), zone = (await api(COUNTY, 'GET', '/api/v1/node')).body.zone, elsewhere = zone === 'America/New_York' ? 'Asia/Shanghai' : 'America/New_York';
  const v = await visit({ lang: 'zh', size: '1440', more: { timezoneId: elsewhere } }), p = v.page, tomorrow = new Date(Date.now() + 2 * 86400e3).toISOString().slice(0, 10);
  await logIn(v, COUNTY);
  await p.goto(`${origin}/desk?lang=zh&m=${m.id}`);
  await until(10, () => sees(v, '.matter h2'));
  await p.keyboard.press('u');
  await until(5, () => sees(v, '.step-form input[type=datetime-local]'));
  await p.fill('.step-form textarea', '等人');
  await p.fill('.step-form input[type=datetime-local]', `${tomorrow}T18:00`);
  await p.click('.step-form .button.solid');
  const said = async () => (await api(COUNTY, 'GET', `/api/v1/matters/${m.id}`)).body.hung_until;
  check(await until(5, said), 'zones: it is hung up');
  const at = await said(), there = at && new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(at));
  check(there === `${tomorrow.split('-').reverse().join('/')}, 18:00`, `zones: 18:00 that is typed is 18:00 in ${zone}`, [at, there]);
  check(await until(5, async () => (await textOf(v, '.matter')).includes('18:00')), 'zones: and is shown as that', await textOf(v, '.matter'));
  await v.context.close();
}

await main(...chosen({ keyboard, suggested, steps, many, ownViews, zones, line, merged, callers, alike, counted, truth, narrow, categories }));
