// circulars.mjs: the circulars' page: empty at first, one issued, its parts, the matters behind a figure, the printed page, in both
// languages; accepted by the node above; the day that is offered, and the list by itself. `-- NAME…`: only these parts.
import { api, broken, check, chosen, decent, logIn, main, report, sees, shot, sleep, textOf, until, urlOf, visit } from './lib/harness.mjs';

const CITY = 'qicheng', COUNTY = 'qicheng/east';
const has = async (v, selector, text) => ((await textOf(v, selector)) || '').includes(text);

async function open(path, options) {
  const v = await visit(options);
  await logIn(v, path);
  await v.page.goto('about:blank');
  await v.page.goto(`${urlOf(path)}/circulars`);
  await until(8, () => sees(v, '.circulars main'));
  return v;
}

async function empty() {
  for (const lang of ['zh', 'en']) {
    const v = await open(CITY, { lang }), what = `circulars ${lang}`;
    check(await until(8, () => has(v, 'main', lang === 'zh' ? '还没有通报' : 'no circular yet')), `${what}: nothing yet, and what to do`, await textOf(v, 'main'));
    await decent(v, `${what}, empty`, urlOf(CITY));
    await shot(v, `circulars-empty-${lang}`);
    await v.context.close();
  }
}

// The day that is offered is the node's, on a machine whose zone has another one now; the one that was chosen stays.
async function day() {
  const dayIn = (timeZone) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date()), here = () => dayIn('Asia/Shanghai');
  const v = await open(CITY, { more: { timezoneId: ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].find((zone) => dayIn(zone) !== here()) } }), field = '.issue input[name=date]';
  await until(8, () => sees(v, field));
  check((await v.page.inputValue(field)) === here(), 'circulars: the day that is offered is the node’s', [await v.page.inputValue(field), here()]);
  await v.page.fill(field, '2026-10-05');
  await v.page.selectOption('.issue select', 'month');
  await sleep(12000); // the node is read again
  check((await v.page.inputValue(field)) === '2026-10-05' && (await v.page.inputValue('.issue select')) === 'month', 'circulars: and what was chosen stays', await v.page.inputValue(field));
  await v.context.close();
}

async function issued() {
  await report(COUNTY, { title: '井盖破损', category: '市政', source: '12345' });
  const v = await open(COUNTY, {});
  await v.page.click('.issue .solid');
  check(await until(20, () => has(v, 'main h1', 'W')), 'circulars: one is issued, and opens', await textOf(v, 'main'));
  check(await has(v, '.total', '按期结案率') && await has(v, '.total', '–'), 'circulars: every figure stands there; without a denominator –', await textOf(v, '.total'));
  check(await has(v, '.findings', '尚未结束'), 'circulars: what was found is told', await textOf(v, 'main'));
  await decent(v, 'circulars zh', urlOf(COUNTY));
  await shot(v, 'circulars-zh');
  await v.page.click('.total tbody button');
  check(await until(20, () => has(v, '.behind', '井盖破损')), 'circulars: a figure opens to the matters behind it', await textOf(v, '.behind'));
  await v.page.click('.tabs .button:nth-child(2)');
  check(await until(5, () => has(v, '.wide', '东区')), 'circulars: its parts by area', await textOf(v, '.wide'));
  await v.page.click('.acts a');
  check(await until(8, () => has(v, 'h1', '社会治理工作周通报')), 'circulars: the page to print', await textOf(v, 'body'));
  await decent(v, 'circular to print zh', urlOf(COUNTY));
  await shot(v, 'circular-print-zh');
  await v.page.click('nav a');
  check(await until(8, () => has(v, 'h1', 'weekly circular')), 'circulars: and in English', await textOf(v, 'body'));
  await decent(v, 'circular to print en', urlOf(COUNTY));
  await v.context.close();
}

// What a node below issues comes by itself; a list that cannot be read again stays, as of then.
async function listed() {
  const v = await open(CITY, {}), said = () => textOf(v, '.side > p.sub');
  await until(8, said);
  const had = await v.page.locator('.side li').count(), made = await api(COUNTY, 'POST', '/api/v1/circulars', { period: 'day', date: new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', dateStyle: 'short' }).format(new Date()) }, { 'Idempotency-Key': `day-${Date.now()}` });
  check(made.status === 201, 'circulars: the county issues one', made.body);
  check(await until(40, async () => (await v.page.locator('.side li').count()) > had), 'circulars: and it is in the list by itself', await textOf(v, '.side'));
  check(/\d\d:\d\d:\d\d/.test(await said()), 'circulars: of when the list is, is said', await said());
  await v.page.route(/\/api\/v1\/circulars(\?|$)/, broken);
  check(await until(40, () => sees(v, 'main .error-panel')) && (await v.page.locator('.side li').count()) > had, 'circulars: one that cannot be read again stays, and it is said', await textOf(v, 'main'));
  await v.context.close();
}

async function judged() {
  const v = await open(CITY, { lang: 'en' });
  check(await until(20, async () => { await v.page.reload(); return until(3, () => sees(v, '.side li button')); }), 'circulars: the county’s is known to the city');
  await v.page.click('.side li button');
  await until(8, () => sees(v, '.acts button'));
  await v.page.click('.acts button:last-of-type');
  await v.page.fill('input[name=reason]', 'one is missing');
  await v.page.click('.ask .danger');
  check(await until(8, () => has(v, 'main', 'one is missing')), 'circulars: sent back, with the reason', await textOf(v, 'main'));
  await decent(v, 'circulars en', urlOf(CITY));
  await v.context.close();
}

await main(...chosen({ empty, day, issued, judged, listed }));
