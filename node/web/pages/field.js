// field.js: the phone: tasks, patrols, a report, the lines, the outbox; it works without a signal.
import { html, render, useState, useEffect } from '../lib/ui.js';
import { words, t, number, useLanguage, otherLanguage } from '../lib/i18n.js';
import { show } from '../lib/settings.js';
import { useStore } from '../lib/store.js';
import { ask, get, denied, onLoggedOut, toLogin, remove } from '../lib/api.js';
import { COMMON } from '../words/common.js';
import { FIELD } from '../words/field.js';
import { useNow } from '../parts/frame.js';
import { Icon } from '../parts/marks.js';
import { outbox, begin, unsent, unsentOf, flush } from '../field/outbox.js';
import { Tasks, readTasks, openTask, tasks } from '../field/tasks.js';
import { TaskMap } from '../field/map.js';
import { Alarms } from '../field/alarms.js';
import { Patrol, follow, ground, readGround, runs } from '../field/patrol.js';
import { Lines, lines, lineOf, openLine, readLines, unseen as unseenLines } from '../field/line.js';
import { Report, Outbox, readDraft } from '../field/send.js';
import { PinPage, ShutPage, PinSetting, Lost, beforeLeaving } from '../field/pin.js';
import { hadPin, open as openLock, standing, shutAs, wipe } from '../field/lock.js';
import { begin as beginStream, listen } from '../lib/stream.js';
import { Calling } from '../parts/calling.js';
import { beginCalls } from '../parts/call.js';

words(COMMON);
words(FIELD);
show('light');

const TABS = [['tasks', 'tab_tasks', 'menu'], ['patrol', 'tab_patrol', 'walk'], ['report', 'tab_report', 'add'], ['line', 'tab_line', 'talk'], ['outbox', 'tab_outbox', 'up']], EVERY_MS = 20000, WHO = 'qipan-field-who';

// Who is logged in: the node says so; without a signal, whoever was last on this phone.
async function whoAmI() {
  try {
    const me = await ask('GET', '/api/v1/me', { quiet: true, patience_ms: 5000 }).catch((e) => { if (denied(e)) return ask('GET', '/api/v1/session', { quiet: true }); throw e; });
    try { localStorage.setItem(WHO, JSON.stringify({ name: me.name, by: me.by, title: me.title, node: me.node, areas: me.areas })); } catch { /* storage is off */ }
    return { ...me, said: true };
  } catch (e) {
    if (e.status === 401) return null;
    if (denied(e)) return { refused: e.message };
    try { return JSON.parse(localStorage.getItem(WHO)); } catch { return null; }
  }
}

function Page({ me }) {
  useLanguage();
  const [tab, go] = useState('tasks'), [mapped, asMap] = useState(false), task = useStore(tasks, (s) => s.chosen), read_at = useStore(tasks, (s) => s.at), [over, end] = useState(0), [line, say] = useState(''), [wrong, warn] = useState(''), [on, online] = useState(navigator.onLine), [categories, know] = useState([]), o = useStore(outbox), now = useNow(), n = unsent(o.items).length, g = useStore(ground), l = useStore(lines), calls = l.at ? unseenLines(l.items) : g.me ? g.me.lines : 0;
  const open = (id) => { go(id); say(''); warn(''); openTask(null); openLine(null); };
  useEffect(() => follow(Boolean((g.me && g.me.on_duty) || runs(o.items, g.list, g.me))));
  const sent = (what) => o.items.filter((i) => i.state === 'sent' && i.what.startsWith(what)).length, marks = sent('patrol-'), messages = sent('message');
  useEffect(() => { if (marks) readGround(me); }, [marks]);
  useEffect(() => { if (messages) readLines(); }, [messages]);
  const talk = (matter) => lineOf(matter).then(() => { go('line'); say(''); warn(''); }, (refused) => warn(refused.message));
  useEffect(() => {
    const read = () => Promise.all([readTasks(me), readGround(me), readLines()]).then(() => { if (!document.hidden) flush(); }), yes = () => { online(true); read(); }, no = () => online(false);
    onLoggedOut(() => end(Date.now()));
    read();
    get('/api/v1/board', { by: 'category', area: me.areas && me.areas.length === 1 ? me.areas[0] : undefined }).then((b) => know(b.rows.map((r) => ({ code: r.key, title: r.key }))), () => {});
    const id = setInterval(() => { if (!document.hidden) read(); }, EVERY_MS);
    addEventListener('online', yes);
    addEventListener('offline', no);
    let soon = 0;
    const deaf = listen((e) => { if (e.type === 'line' && !soon) soon = setTimeout(() => { soon = 0; readLines(); }, 200); });
    beginCalls(me);
    beginStream();
    return () => { deaf(); clearInterval(id); removeEventListener('online', yes); removeEventListener('offline', no); };
  }, []);
  const leave = async () => {
    const before = await beforeLeaving(me.name || 'me');
    if (before.text && wrong !== before.text) { warn(before.text); return; } // the second press, with that before his eyes, leaves
    logOut(me, before.clear).catch((refused) => warn(`${t('still_in')} ${refused.message}`));
  };
  return html`<div class="phone"><header><h1>${t(TABS.find(([id]) => id === tab)[1])}</h1><span class="push"></span><span class="who">${me.title || me.name}</span><button type="button" class="button plain" lang=${document.documentElement.lang === 'en' ? 'zh-CN' : 'en'} onClick=${otherLanguage}>${t('language')}</button><button type="button" class="button plain" onClick=${leave}>${t('log_out')}</button></header>
    ${!on && html`<p class="banner no-answer" role="status">${t('offline')}</p>`}<${Alarms} online=${on} />${over > read_at && html`<p class="banner no-answer" role="alert"><span>${t('log_in_again')}</span> <button type="button" class="button" onClick=${toLogin}>${t('log_in')}</button></p>`}${wrong && html`<p class="banner no-answer" role="alert">${wrong}</p>`}${line && html`<p class="banner healed" role="status"><${Icon} name="check" />${line}</p>`}
    <${Calling} now=${now} /><main>${tab === 'tasks' && !task && html`<div class="which" role="group" aria-label=${t('list_or_map')}>${[['as_list', false], ['map', true]].map(([w, on]) => html`<button type="button" aria-pressed=${String(mapped === on)} onClick=${() => asMap(on)}>${t(w)}</button>`)}</div>`}${tab === 'tasks' && mapped && !task ? html`<${TaskMap} now=${now} />` : tab === 'tasks' ? html`<${Tasks} now=${now} say=${say} talk=${talk} />` : tab === 'patrol' ? html`<${Patrol} me=${me} now=${now} say=${say} report=${() => open('report')} />` : tab === 'line' ? html`<${Lines} me=${me} say=${say} />` : tab === 'report' ? html`<${Report} say=${say} categories=${[...(g.categories || []), ...categories.filter((c) => !(g.categories || []).some((x) => x.code === c.code))]} />` : html`<${Lost} /><${Outbox} now=${now} /><${PinSetting} account=${me.name || 'me'} />`}</main>
    <nav class="tabs" aria-label=${t('field_title')}>${TABS.map(([id, w, icon]) => html`<button type="button" aria-current=${tab === id ? 'page' : undefined} onClick=${() => open(id)}><${Icon} name=${icon} />${t(w)}${id === 'outbox' && n > 0 && html`<b>${number(n)}</b>`}${id === 'line' && calls > 0 && html`<b>${number(calls)}</b>`}</button>`)}</nav></div>`;
}

// An account that the node does not even tell who it is: it is said, and there is a way out.
const Refusal = ({ why }) => html`<main class="phone"><p class="error-panel" role="alert">${t('not_for_you', { why })}</p><button type="button" class="button" onClick=${() => remove('/api/v1/session').then(toLogin, () => location.reload())}>${t('log_out')}</button></main>`;

// Without a PIN, and with all of it sent (clear), nothing of the account stays on the phone.
async function logOut(me, clear) {
  await remove('/api/v1/session');
  try { localStorage.removeItem(WHO); } catch { /* storage is off */ }
  if (clear && await unsentOf(me.name || 'me').catch(() => 1) === 0) await wipe(me.name || 'me').catch(() => {}); // looked at again: the node may have taken long
  toLogin();
}

const at = document.getElementById('app');

// Past the PIN, where there is one: three wrong ones end the session, and a new log-in is needed. A store that could not be read says
// nothing of a PIN: it is read again, openLock(), which reads it too, opens nothing that has one, and who had one waits until it is read.
async function enter(me) {
  const account = me.name || 'me', lock = await standing(account).catch(() => standing(account)).catch(() => null);
  if (!lock && hadPin(account)) { render(html`<${ShutPage} account=${account} why="pin_unread" />`, at); return; }
  const page = () => { render(html`<${Page} me=${me} />`, at); begin(account, me.by || me.name).then(readDraft); };
  if (lock && lock.shut === 'here' && me.said && await remove('/api/v1/session').then(() => shutAs(account, 'ended')).then(() => true, () => false)) { toLogin(); return; }
  if (lock && lock.shut === 'ended' && me.said) await shutAs(account, '').catch(() => {}); // the next try says that it is shut, and comes here again
  else if (lock && lock.shut) { render(html`<${ShutPage} account=${account} />`, at); return; }
  const ready = () => openLock(account).then((is) => (is ? page() : enter(me)), page); // where nothing can be kept, the outbox says so
  if (lock && lock.pin) render(html`<${PinPage} account=${account} said=${me.said} opened=${page} cleared=${ready} shut=${() => enter(me)} leave=${() => logOut(me, false)} />`, at);
  else await ready();
}

async function start() {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/field-worker.js').catch(() => {});
  const me = await whoAmI();
  if (!me) { toLogin(); return; }
  if (me.refused) { render(html`<${Refusal} why=${me.refused} />`, at); return; }
  await enter(me);
}
start();
