// desk.js: the desk: rail, list, matter; the sheet of a new report, the commands, the keys over them.
import { html, render, useState, useEffect, useLayoutEffect, useRef } from '../lib/ui.js';
import { words, t, useLanguage, otherLanguage } from '../lib/i18n.js';
import { show, choose } from '../lib/settings.js';
import { useStore } from '../lib/store.js';
import { onLoggedOut, toLogin, remove, sentence } from '../lib/api.js';
import { begin, listen, whenUp } from '../lib/stream.js';
import { momentSeconds } from '../lib/time.js';
import { COMMON } from '../words/common.js';
import { DESK } from '../words/desk.js';
import { Truth, StatusBar, ErrorPanel, useNow } from '../parts/frame.js';
import { Icon, Mark } from '../parts/marks.js';
import { base, list, chosen, said, may, fromAddress, readBase, readList, select, go, filter, mark, sendNow, take, takeAll, takeBack, say, follow, asMap } from '../desk/state.js';
import { every, isRoom } from '../desk/views.js';
import { Warnings, warnings } from '../desk/warnings.js';
import { LeadsRoom, leads } from '../desk/leads.js';
import { Alone, LinesRoom, alone, lines } from '../desk/lines.js';
import { Rail } from '../desk/rail.js';
import { List, Bulk } from '../desk/list.js';
import { Matter, placeName } from '../desk/matter.js';
import { Report } from '../desk/report.js';
import { Palette, Keys } from '../desk/palette.js';
import { Sessions } from '../parts/sessions.js';
import { listenKeys, shown, sheet } from '../desk/keys.js';
import { Calling } from '../parts/calling.js';
import { beginCalls } from '../parts/call.js';

words(COMMON);
words(DESK);
show('light');
onLoggedOut(toLogin);

const at = () => list.get().items.findIndex((m) => m.id === chosen.get().id);
const GO = { d: '/desk', s: '/screen', a: '/admin', c: '/circulars' };

async function undo() {
  const line = said.get();
  if (!line || !line.undo) { takeBack(); return; } // what waits, where another line has come before its own
  if (line.undo.cancel) { takeBack(); return; }
  say(null);
  try {
    const [step, body] = line.undo.step;
    if (line.undo.ids) {
      const bad = (await takeAll(line.undo.ids, step, body)).filter((r) => r.error);
      if (bad.length) { say({ text: `${t('bulk_done', { a: line.undo.ids.length - bad.length, b: bad.length })} ${sentence(bad[0].error)}`, kind: 'warn', open: bad[0].id, stays: true }); return; }
    } else await take(line.undo.id, step, body, line.undo.version);
    say({ text: t(step === 'withdraw' ? 'withdraw_asked' : 'undone'), kind: 'ok' });
  } catch (refused) {
    say({ text: refused.message, kind: 'warn', stays: true });
  }
}

const acts = {
  move(d) { const items = list.get().items, i = at(), next = items[i < 0 ? 0 : Math.max(0, Math.min(items.length - 1, i + d))]; if (next) select(next.id); },
  enter() { if (!chosen.get().id) acts.move(1); const first = document.querySelector('.matter .buttons button'); if (first) first.focus(); },
  back() { const active = document.activeElement; if (active && active !== document.body) active.blur(); if (innerWidth < 1100) { select(null); alone.set(null); } },
  markIt() { if (chosen.get().id) mark(chosen.get().id); },
  markMove(d) { if (chosen.get().id && !list.get().marked.has(chosen.get().id)) mark(chosen.get().id); acts.move(d); if (chosen.get().id && !list.get().marked.has(chosen.get().id)) mark(chosen.get().id); },
  search() { const box = document.getElementById('search'); if (box) box.focus(); },
  view(d) { const all = every(base.get().node), i = all.findIndex((v) => v.id === list.get().view), next = all[(i + d + all.length) % all.length]; go(next.id); },
  group(n) { const v = every(base.get().node).find((x) => x.number === n); if (v) go(v.id); },
  go(letter) { if (letter === 'i') acts.group(1); else if (GO[letter] && GO[letter] !== location.pathname) location.href = GO[letter]; },
  undo,
  say() { const box = document.getElementById('say'); if (box) box.focus(); },
  turn() { asMap(!list.get().map); },
  async who() { // on the map: the first who may go
    if (!chosen.get().id) acts.move(1);
    if (!list.get().map) asMap(true);
    for (let i = 0; i < 50; i += 1) {
      const first = document.querySelector('#near li button') || (i > 20 && document.getElementById('near'));
      if (first) { first.focus(); first.scrollIntoView({ block: 'nearest' }); return; }
      await new Promise((done) => { setTimeout(done, 100); });
    }
  },
  filters() { const button = document.querySelector('.filters .line > button'); if (button) button.click(); },
  see() { const button = document.getElementById('see'); if (button) button.click(); },
};

function Top({ b }) {
  const [menu, open] = useState(false), l = useStore(list), box = useRef(null), [text, type] = useState(l.filters.q || ''), node = b.node, whole = b.me && (may('read') || may('count')) && !(b.me.areas || []).length && !(b.me.categories || []).length, name = b.me ? b.me.title || b.me.name : '';
  useEffect(() => type(l.filters.q || ''), [l.filters.q]);
  const leave = () => sendNow().then((taken) => taken && remove('/api/v1/session').then(toLogin)) // what was not taken is said first; the next press leaves
    .catch((refused) => say({ text: `${t('still_in')} ${refused.message}`, kind: 'warn', stays: true }));
  return html`<header class="top"><a class="home" href="/desk" aria-label="qipan"><${Mark} /></a><h1 class="place">${node ? (b.tree && b.tree.title) || node.title || node.path : ''}</h1><span class="under">${t('title')}</span>
    <nav aria-label=${t('commands')}><a href="/desk" aria-current="page">${t('nav_desk')}</a><a href="/screen">${t('nav_screen')}</a>${whole && html`<a href="/circulars">${t('nav_circulars')}</a>`}${b.me && may('admin') && html`<a href="/admin">${t('nav_admin')}</a>`}<a class="to-phone" href="/field">${t('nav_field')}</a></nav>
    <form class="search" role="search" onSubmit=${(e) => { e.preventDefault(); filter({ q: text.trim() }); box.current.blur(); }}><${Icon} name="search" /><input id="search" ref=${box} type="search" value=${text} aria-label=${t('search')} placeholder=${t('search')} onInput=${(e) => { type(e.target.value); if (!e.target.value && l.filters.q) filter({ q: '' }); }} /><kbd>/</kbd></form>
    <span class="push"></span><button type="button" class="button solid" onClick=${() => sheet('report')}><${Icon} name="add" />${t('new_report')} <kbd>N</kbd></button><button type="button" class="button plain" onClick=${() => sheet('palette')} aria-label=${t('commands')}><kbd>Ctrl K</kbd></button>
    <button type="button" class="button plain" lang=${document.documentElement.lang === 'en' ? 'zh-CN' : 'en'} onClick=${otherLanguage}>${t('language')}</button>
    <div class="account"><button type="button" class="button plain" aria-expanded=${String(menu)} onClick=${() => open(!menu)}><${Icon} name="person" />${name || t('account_menu')}</button>
      ${menu && html`<ul class="menu">${b.me && html`<li class="who">${(b.me.roles || []).join(' · ')}</li>`}<li><button type="button" onClick=${() => choose({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' })}>${t(document.documentElement.dataset.theme === 'dark' ? 'theme_light' : 'theme_dark')}</button></li><li><button type="button" onClick=${() => { open(false); sheet('keys'); }}>${t('keys_help')}</button></li><li><button type="button" onClick=${() => { open(false); sheet('sessions'); }}>${t('sessions')}</button></li><li><button type="button" onClick=${leave}>${t('log_out')}</button></li></ul>`}</div></header>`;
}

function Line() {
  const line = useStore(said);
  if (!line) return null;
  return html`<div class=${`line ${line.kind || ''}`} role="status"><span>${line.text}</span>${line.open && html`<button type="button" class="link" onClick=${() => select(line.open)}>${t('open_it')}</button>`}${line.undo && html`<button type="button" class="link" onClick=${undo}>${line.undo.cancel ? t('take_back') : t('undo', { step: t(`step_${line.undo.step[0]}`) })} <kbd>z</kbd></button>`}<button type="button" class="link" aria-label=${t('close')} onClick=${() => say(null)}>×</button></div>`;
}

// What could not be read, one sentence for each reason.
function Left({ left }) {
  const reasons = new Map();
  for (const l of left) { const key = `${l.since} ${l.why}`; reasons.set(key, { ...l, names: [...(reasons.has(key) ? reasons.get(key).names : []), t(`left_${l.what}`)] }); }
  return [...reasons.values()].map((l) => { const values = { what: l.names.join(t('list_comma')), why: l.why, t: l.since ? momentSeconds(l.since) : '' }; return html`<p class="left-out" role="status"><${Icon} name="bell" /> ${l.since ? t('left_old', values) : t('left_out', values)}</p>`; });
}

function Page() {
  useLanguage();
  const b = useStore(base), open = useStore(shown, (s) => s.sheet), id = useStore(chosen, (c) => c.id), read = useStore(alone), marks = useStore(list, (l) => l.marked.size), view = useStore(list, (l) => l.view), map = useStore(list, (l) => l.map), talk = view === lines.id && !id && read, now = useNow();
  useEffect(() => listenKeys(acts), []);
  useEffect(() => { if (b.me) beginCalls(b.me); }, [b.me]);
  useLayoutEffect(() => { for (const e of document.querySelectorAll('.desk > header, .desk > nav, .desk > main')) e.inert = Boolean(open); }); // nothing behind a sheet is reached by Tab
  useEffect(() => { document.title = `${b.tree ? b.tree.title : ''} ${t('nav_desk')} · qipan 棋盘`; }, [b.tree && b.tree.title, document.documentElement.lang]);
  if (!b.node) return html`<main class="desk-waits">${b.error ? html`<${ErrorPanel} what=${t('show_now')} error=${b.error} ways=${[[t('again'), () => readBase(true)]]} />` : html`<p>${t('loading')}</p>`}</main>`;
  return html`<div class=${`desk ${map && !isRoom(view) ? 'mapped' : ''} ${id || talk ? 'has-matter' : ''} ${open ? 'under-sheet' : ''}`}><${Top} b=${b} /><div class="truth"><${Truth} node=${b.node} since=${b.at} />${b.error && html`<p class="left-out" role="status"><${Icon} name="bell" /> ${t('left_old', { what: t('title'), why: b.error.message, t: momentSeconds(b.at) })}</p>`}${b.left.length > 0 && html`<${Left} left=${b.left} />`}</div>
    <${Rail} /><main><div class="middle">${view === warnings.id ? html`<${Warnings} />` : view === leads.id ? html`<${LeadsRoom} />` : view === lines.id ? html`<${LinesRoom} />` : html`<${List} now=${now} />`}</div><div class="right">${marks > 0 ? html`<${Bulk} />` : talk ? html`<${Alone} l=${talk} />` : html`<${Matter} now=${now} onBack=${() => select(null)} />`}</div></main>
    <${StatusBar} node=${b.node} at=${b.at} fresh=${!b.error && !b.left.some((l) => l.what === 'node_state')}><span class="push"></span><span><kbd>j</kbd><kbd>k</kbd>${t('up_down')}<kbd>↵</kbd>${t('open_it')}<kbd>?</kbd>${t('keys_help')}</span><//>
    <${Line} /><${Calling} now=${now} place=${placeName} />
    ${open && html`<div class="shade" onClick=${() => sheet(null)}></div>`}${open === 'report' && html`<${Report} />`}${open === 'palette' && html`<${Palette} />`}${open === 'keys' && html`<${Keys} />`}${open === 'sessions' && html`<div class="palette keys" role="dialog" aria-modal="true" aria-label=${t('sessions')}><h2>${t('sessions')}</h2><${Sessions} /><button type="button" class="button" ref=${(e) => e && !document.querySelector('.palette :focus') && e.focus()} onClick=${() => sheet(null)}>${t('close')} <kbd>Esc</kbd></button></div>`}</div>`;
}

const first = fromAddress();
render(html`<${Page} />`, document.getElementById('app'));
listen(({ type }) => { if (type === 'out') toLogin(); });
whenUp().then(() => {
  readBase(true).then(() => { readList(); if (first) select(first); });
  follow();
  warnings.follow();
  leads.follow();
  lines.follow();
});
begin();
