// call.mjs: the live picture between a desk at the county and a phone at the community, two hops away: rung, answered, seen, hung up; refused; nobody there; no
// microphone; the other page gone in the middle; the way cut. Words behind `--` are the parts to be run. With run.py --turn all of it goes by a relay alone. Fake media: Chromium's own.
import { api, check, decent, frozen, logIn, main, report, say, sees, shot, sleep, step, textOf, turn, until, urlOf, visit, wants, words } from './lib/harness.mjs';

const COUNTY = 'qicheng/east', STREET = 'qicheng/east/lake', COMMUNITY = 'qicheng/east/lake/willow';
const MEDIA = { permissions: ['microphone', 'camera'] };
let matter;
wants('--use-fake-device-for-media-stream', '--allow-loopback-in-peer-connection');

const calls = async (path) => (await api(path, 'GET', `/api/v1/lines/${matter.id}?limit=500`)).body.messages.filter((m) => m.call);

// A page of a browser of its own; with a relay that is there nothing else may be tried.
async function page(path, user, where, options = {}) {
  const v = await visit({ lang: 'zh', more: MEDIA, ...options });
  if (turn) {
    await v.context.addInitScript(() => {
      const Real = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Real { constructor(c) { super({ ...c, iceTransportPolicy: 'relay' }); } };
    });
  }
  await logIn(v, path, user);
  await v.page.goto(`${urlOf(path)}${where}`);
  return v;
}

async function desk(options) {
  const v = await page(COUNTY, 'zhang', `/desk?lang=${options?.lang || 'zh'}&m=${matter.id}`, options);
  check(await until(10, () => sees(v, '#see')), 'the desk has the line of the matter, and a way to see the scene');
  await until(5, () => v.page.evaluate(() => !document.querySelector('.talk .as-of')));
  return v;
}

async function phone(options) {
  const v = await page(COMMUNITY, 'li', '/field', { size: '390', ...options });
  await until(10, () => sees(v, '.tabs'));
  await sleep(500); // its stream stands
  return v;
}

// Does the other's picture move? Its size, and whether time passes in it.
const picture = (v) => v.page.evaluate(async () => {
  const box = document.querySelector('.calling video.other');
  if (!box) return null;
  const from = box.currentTime;
  await new Promise((done) => { setTimeout(done, 400); });
  return box.videoWidth > 0 && box.currentTime > from ? `${box.videoWidth}×${box.videoHeight}` : null;
});
const sound = (v) => v.page.evaluate(() => document.querySelector('.calling video.other').srcObject.getAudioTracks().some((t) => t.readyState === 'live' && !t.muted));

async function begin() {
  for (const [path, name, role] of [[COUNTY, 'zhang', 'dispatcher'], [COMMUNITY, 'li', 'worker']]) await api(path, 'POST', '/api/v1/users', { name, password: 'correct horse battery', role });
  // in the worker's grid: so it is his own, whoever holds it
  const boundary = { type: 'Polygon', coordinates: [[[116.96, 33.63], [116.98, 33.63], [116.98, 33.65], [116.96, 33.65], [116.96, 33.63]]] };
  await api(COMMUNITY, 'POST', '/api/v1/grids', { code: 'g-call', title: '一号网格', boundary, worker: 'li' });
  matter = await report(COMMUNITY, { title: '看现场的井盖', location: { lat: 33.64, lon: 116.97 } });
  await step(COMMUNITY, matter.id, 'escalate', { reason: '请街道看' });
  await until(10, async () => (await api(STREET, 'GET', `/api/v1/matters/${matter.id}`)).body.holder === STREET);
  await step(STREET, matter.id, 'escalate', { reason: '请区里看' });
  await until(10, async () => (await api(COUNTY, 'GET', `/api/v1/matters/${matter.id}`)).body.holder === COUNTY);
  await api(COUNTY, 'POST', `/api/v1/matters/${matter.id}/line`, {});
  await api(COUNTY, 'POST', `/api/v1/lines/${matter.id}/messages`, { text: '看得到吗' });
  check(await until(15, async () => ((await api(COMMUNITY, 'GET', `/api/v1/lines/${matter.id}?limit=9`)).body.messages || []).length === 1), 'the line of a matter stands between county and community');
  await api(COMMUNITY, 'POST', `/api/v1/lines/${matter.id}/messages`, { text: '看得到' });
  await until(15, async () => (await api(COUNTY, 'GET', `/api/v1/lines/${matter.id}?limit=9`)).body.messages.length === 2);
  const keyed = async () => (await api(COUNTY, 'POST', `/api/v1/lines/${matter.id}/whispers`, { whisper: 'typing' })).body.unreached.every((u) => u.node !== COMMUNITY);
  check(await until(20, keyed, 500), 'and the way between them is known');
}

async function answered() {
  const above = await desk(), below = await phone();
  await above.page.keyboard.press('v');
  check(await until(10, () => sees(below, '.calling.incoming')), 'it rings at the phone, whatever is open there', await textOf(above, '.calling'));
  check(await until(5, () => sees(above, '.calling.ringing')), 'and the desk is told so by that page', await textOf(above, '.calling'));
  await decent(below, 'phone: it rings', urlOf(COMMUNITY));
  await shot(below, 'field-call-incoming-zh');
  await below.page.click('.calling .button.solid');
  check(await until(15, () => sees(above, '.calling.talking')) && await until(15, () => sees(below, '.calling.talking')), 'answered: both are in the call', [await textOf(above, '.calling'), await textOf(below, '.calling')]);
  const seen = [await until(15, () => picture(above)), await until(15, () => picture(below))];
  check(seen.every(Boolean), 'each sees the other move', seen);
  check(await sound(above) && await sound(below), 'and hears him');
  const first = async (v) => Number(await v.page.getAttribute('.calling', 'data-first'));
  const ms = [await until(5, () => first(above)), await until(5, () => first(below))];
  check(ms.every((n) => n > 0 && n < 10000), 'the first picture comes soon', ms);
  say(`first picture after the answer: desk ${ms[0]} ms, phone ${ms[1]} ms${turn ? ', by the relay alone' : ''}`);
  const used = await above.page.evaluate(() => document.querySelector('.calling').textContent);
  check(used.includes('未录制'), 'that nothing is recorded is said');
  await decent(above, 'desk: in a call', urlOf(COUNTY));
  await shot(above, 'desk-call-zh-1440');
  await shot(below, 'field-call-zh');
  const third = await desk(); // of the same person, while he speaks
  check(!(await sees(third, '.calling')), 'another page of the same person shows nothing of it');
  await third.context.close();
  await sleep(1100);
  await below.page.click('.calling .button.danger');
  check(await until(10, async () => (await textOf(above, '.calling.over'))?.includes('对方已挂断')), 'hung up below: told above', await textOf(above, '.calling'));
  check(await until(10, async () => (await calls(COMMUNITY)).length === 1), 'that it took place stands on the line, at both ends', await calls(COMMUNITY));
  const [c] = await calls(COUNTY);
  check(c && c.call.answered && c.by === 'user:zhang' && Date.parse(c.call.ended_at) > Date.parse(c.call.began_at), 'who, when, how long', c);
  await below.page.click('.calling .button.solid');
  // somebody types
  await below.page.click('.tabs button:nth-child(4)');
  await below.page.click('.tasks li button');
  await until(5, () => sees(below, '.talk textarea'));
  await below.page.type('.talk textarea', '正在');
  check(await until(5, async () => (await textOf(above, '.typing'))?.includes('li')), 'who types is shown at the desk', await textOf(above, '.typing'));
  check(await until(10, async () => (await textOf(above, '.typing')) === ''), 'and no longer when he stops');
  await decent(below, 'phone: a line', urlOf(COMMUNITY));
  await above.context.close();
  await below.context.close();
}

async function refused() {
  const above = await desk({ lang: 'en' }), below = await phone(), before = (await calls(COUNTY)).length;
  await above.page.click('#see');
  await until(10, () => sees(below, '.calling.incoming'));
  await below.page.click('.calling .button.danger');
  check(await until(10, async () => (await textOf(above, '.calling.over'))?.includes('has refused')), 'refused: told above', await textOf(above, '.calling'));
  check(await until(10, async () => (await calls(COUNTY)).length === before + 1 && !(await calls(COUNTY)).pop().call.answered), 'a call that was not answered stands on the line');
  await decent(above, 'desk en: refused', urlOf(COUNTY));
  // the other way: the phone calls, the desk is busy with nothing and gives up waiting
  await above.page.click('.calling .button.solid');
  await below.page.click('.calling .button.solid');
  await below.page.click('.tabs button:nth-child(4)');
  await below.page.click('.tasks li button');
  await until(5, () => sees(below, '.talk .button:has-text("看现场")'));
  await below.page.click('.talk .button:has-text("看现场")');
  check(await until(10, () => sees(above, '.calling.incoming')), 'the phone calls the desk');
  await below.page.click('.calling .button.danger');
  check(await until(10, async () => (await textOf(above, '.calling.over'))?.includes('caller has stopped')), 'and stops: it no longer rings', await textOf(above, '.calling'));
  await above.context.close();
  await below.context.close();
}

async function nobody() {
  const above = await desk();
  await above.page.click('#see');
  check(await until(5, () => sees(above, '.calling.calling')), 'nobody is said to ring where no page is open');
  check(await until(14, async () => (await textOf(above, '.calling'))?.includes('十秒内')), 'after ten seconds the person is told so', await textOf(above, '.calling'));
  check(!(await sees(above, '.calling.ringing')), 'and never that it rings');
  const late = await phone();
  await sleep(1000);
  check(!(await sees(late, '.calling')), 'who comes later is not rung by what was');
  await above.page.click('.calling .button.danger');
  check(await until(5, () => sees(above, '.calling.over')), 'it is given up');
  await above.context.close();
  // without a microphone nobody is rung
  const mute = await desk({ more: {} }), before = (await calls(COUNTY)).length;
  await mute.page.click('#see');
  check(await until(10, async () => (await textOf(mute, '.calling.over'))?.includes('话筒')), 'a microphone that is not allowed: told, with the remedy', await textOf(mute, '.calling'));
  await sleep(500);
  check(!(await sees(late, '.calling')) && (await calls(COUNTY)).length === before, 'and nobody was rung');
  await decent(mute, 'desk: no microphone', urlOf(COUNTY));
  await mute.context.close();
  await late.context.close();
}

async function gone() {
  const above = await desk(), below = await phone(), before = (await calls(COUNTY)).length;
  await above.page.click('#see');
  await until(10, () => sees(below, '.calling.incoming'));
  await below.page.click('.calling .button.solid');
  await until(15, () => picture(above));
  below.page.goto('chrome://crash').catch(() => {});
  check(await until(20, async () => (await textOf(above, '.calling'))?.includes('网络不稳')), 'the other side is gone in the middle: shown as unsteady first', await textOf(above, '.calling'));
  check(await until(30, async () => (await textOf(above, '.calling.over'))?.includes('中断')), 'and then as cut off', await textOf(above, '.calling'));
  check(await until(10, async () => (await calls(COUNTY)).length === before + 1 && (await calls(COUNTY)).pop().call.answered), 'it stands on the line all the same');
  await above.context.close();
  await below.context.close();
}

async function cut() {
  const above = await desk();
  await frozen(STREET, async () => {
    await sleep(21000); // the link is cut then
    await above.page.click('#see');
    check(await until(10, async () => (await textOf(above, '.calling.over'))?.includes('收不到')), 'where the way is cut the call is not placed, and it is told since when', await textOf(above, '.calling'));
    await shot(above, 'desk-call-cut-zh');
  });
  await above.context.close();
}

const PARTS = { answered, refused, nobody, gone, cut };
await main(begin, ...(words.length ? words.map((w) => PARTS[w]) : Object.values(PARTS)));
