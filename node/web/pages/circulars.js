// circulars.js: the circulars of this node and of those below it: a list, one of them with its parts, what was found when it was
// checked; issued, accepted and sent back here. What a figure is called and what it counts the node tells.
import { html, render, useState, useEffect, useRef } from '../lib/ui.js';
import { words, t, useLanguage, otherLanguage, language, word } from '../lib/i18n.js';
import { show, choose } from '../lib/settings.js';
import { make, useStore } from '../lib/store.js';
import { get, post, ask, newKey, notDone, onLoggedOut, toLogin } from '../lib/api.js';
import { begin, listen, again } from '../lib/stream.js';
import { nodeNow } from '../lib/apart.js';
import { setZone, dayOf, moment, momentSeconds } from '../lib/time.js';
import { NONE, shareText, countChange, shareChange } from '../lib/shares.js';
import { COMMON } from '../words/common.js';
import { CIRCULARS } from '../words/circulars.js';
import { Truth, StatusBar, Banner, ErrorPanel, Empty, useNow } from '../parts/frame.js';
import { Mark } from '../parts/marks.js';
import { Ask } from '../admin/lists.js';

words(COMMON);
words(CIRCULARS);
show(null);
onLoggedOut(toLogin);

const node = make(null), at = make(0), trouble = make(null);
const BY = ['', 'area', 'desk', 'source', 'category', 'view'], PERIODS = ['day', 'week', 'month'];
const COUNTING_MS = 190000, LIST_MS = 30000;
let timer = 0;

async function look() {
  clearTimeout(timer);
  try {
    const n = await get('/api/v1/node');
    setZone(n.zone);
    node.set(n);
    at.set(Date.now());
    trouble.set(null);
  } catch (e) { trouble.set(e); }
  timer = setTimeout(look, 10000);
}

listen((m) => { if (m.type === 'out') toLogin(); });

const value = (f) => (f.denominator === null ? String(f.numerator) : f.denominator ? `${shareText(f.numerator, f.denominator)} %` : NONE);

function change(f, was) {
  if (!was) return NONE;
  const count = f.denominator === null;
  const text = count ? countChange(f.numerator, was.numerator) : shareChange(f.numerator, f.denominator, was.numerator, was.denominator);
  return text === NONE ? NONE : `${text} ${count ? '%' : t('points')}`;
}

const called = (figures, name) => (figures.find((f) => f.name === name) || { zh: name, en: name });
const keyOf = (f) => (f.rest ? t('rest_key') : f.title || f.key || t(f.by === 'desk' ? 'none_key' : 'cpart_total'));

function Behind({ circular, figure, close }) {
  const [items, set] = useState(null), [error, fail] = useState(null), [next, more] = useState(null), [exact, sure] = useState(true);
  const read = async (cursor) => {
    try {
      const page = await get(`/api/v1/circulars/${circular.id}/matters`, { figure: figure.name, by: figure.by, key: figure.key, cursor });
      set((old) => (cursor ? old : []).concat(page.items));
      more(page.next_cursor);
      sure(page.exact);
    } catch (refused) { fail(refused); }
  };
  useEffect(() => { set(null); fail(null); read(); }, [circular.id, figure.name, figure.by, figure.key]);
  return html`<section class="card behind"><h2>${t('behind')}</h2>${error && html`<${ErrorPanel} what=${t('behind')} error=${error} />`}${!items && !error && html`<p>${t('issuing')}</p>`}${!exact && html`<p class="sub">${t('inexact')}</p>`}
    ${items && html`<ul>${items.map((m) => html`<li><a href=${`/desk?m=${m.id}`}>${m.title || m.id}</a> <small>${m.numerator}${figure.denominator === null ? '' : `/${m.denominator}`}</small></li>`)}</ul>`}
    <p class="buttons">${next && html`<button type="button" class="button" onClick=${() => read(next)}>${t('more')}</button>`}<button type="button" class="button" onClick=${close}>${t('cancel')}</button></p></section>`;
}

function Total({ circular, figures, open }) {
  return html`<table class="rows total"><thead><tr><th>${t('figure')}</th><th>${t('this_period')}</th><th>${t('on_before')}</th><th>${t('on_year')}</th><th class="what">${t('what_counts')}</th></tr></thead><tbody>
    ${circular.figures.filter((f) => f.by === '').map((f) => {
    const row = called(figures, f.name), lang = language();
    return html`<tr><th scope="row">${row[lang]}</th><td><button type="button" onClick=${() => open(f)}>${value(f)}</button> ${f.denominator !== null && html`<small>${f.numerator}/${f.denominator}</small>`}</td><td>${change(f, f.before)}</td><td>${change(f, f.year_ago)}</td>
      <td class="what">${row[`numerator_${lang}`]}${row[`denominator_${lang}`] ? ` ÷ ${row[`denominator_${lang}`]}` : ''}</td></tr>`;
  })}</tbody></table>`;
}

function Parts({ circular, figures, by, open }) {
  const names = figures.map((f) => f.name), keys = new Map();
  for (const f of circular.figures) if (f.by === by) keys.set(f.key, [...(keys.get(f.key) || []), f]);
  return html`<div class="wide"><table class="rows"><thead><tr><th>${t('key')}</th>${names.map((n) => html`<th>${called(figures, n)[language()]}</th>`)}</tr></thead><tbody>
    ${[...keys.values()].map((row) => html`<tr><th scope="row">${keyOf(row[0])}</th>${names.map((n) => {
    const f = row.find((x) => x.name === n);
    return html`<td>${f && html`<button type="button" onClick=${() => open(f)}>${value(f)}</button>${f.denominator !== null && html` <small>${f.numerator}/${f.denominator}</small>`}`}</td>`;
  })}</tr>`)}</tbody></table></div>`;
}

function One({ id, figures, mine, changed, go }) {
  const [c, set] = useState(null), [error, fail] = useState(null), [by, choice] = useState(''), [behind, open] = useState(null), [back, asked] = useState(false);
  const read = async () => { try { set(await get(`/api/v1/circulars/${id}`)); fail(null); } catch (refused) { fail(refused); } };
  useEffect(() => { set(null); fail(null); open(null); choice(''); read(); }, [id]);
  const judge = async (verb, body) => { await post(`/api/v1/circulars/${id}/${verb}`, body); await read(); changed(); };
  const wrong = error && html`<${ErrorPanel} what=${t('circulars')} error=${error} ways=${[[t('again'), read]]} />`; // what was read before stays
  if (!c) return wrong || html`<p>…</p>`;
  const other = c.node !== mine && c.state !== 'corrected', q = `?lang=${language()}`;
  return html`${wrong}<div class="head"><h1>${c.title} ${c.name}</h1><p>${t('number_n', { n: c.number })} · ${word('cstate', c.state)} · ${t('issued_at', { t: moment(c.issued_at) })} · ${t('period_is', { a: moment(c.from), b: moment(c.to) })} · ${t('through', { n: c.through })}</p></div>
    ${c.corrected_by && html`<p class="sub">${t('corrected_by')} <button type="button" class="button plain" onClick=${() => go(c.corrected_by)}>${t('open_it')}</button></p>`}${c.words.map((w) => html`<p class="sub">${w.node}: ${word('cstate', w.verb === 'accept' ? 'accepted' : 'returned')} ${w.reason}</p>`)}
    <p class="buttons acts"><a class="button" href=${`/api/v1/circulars/${id}.html${q}`}>${t('print_page')}</a><a class="button" href=${`/api/v1/circulars/${id}.xlsx${q}`}>XLSX</a><a class="button" href=${`/api/v1/circulars/${id}.csv${q}`}>CSV</a>
      ${other && html`<button type="button" class="button" onClick=${() => judge('accept', {}).catch(fail)}>${t('accept')}</button><button type="button" class="button" onClick=${() => asked(true)}>${t('send_back')}</button>`}</p>
    <section><h2>${t('checked')}</h2>${c.findings.length === 0 ? html`<p>${t('nothing_found')}</p>` : html`<ul class="findings">${c.findings.map((f) => html`<li>${language() === 'zh' ? f.text_zh : f.text}</li>`)}</ul>`}</section>
    <p class="tabs">${BY.filter((b) => c.figures.some((f) => f.by === b)).map((b) => html`<button type="button" class="button" aria-pressed=${b === by} onClick=${() => choice(b)}>${word('cpart', b || 'total')}</button>`)}</p>
    ${by === '' ? html`<${Total} circular=${c} figures=${figures} open=${open} />` : html`<${Parts} circular=${c} figures=${figures} by=${by} open=${open} />`}
    ${behind && html`<${Behind} key=${[behind.name, behind.by, behind.key].join()} circular=${c} figure=${behind} close=${() => open(null)} />`}
    ${back && html`<${Ask} title=${t('back_title')} what=${t('back_what')} label=${t('send_back')} close=${() => asked(false)} act=${(f) => judge('return', { reason: f.get('reason') })}><label class="field"><span>${t('reason')}</span><input name="reason" required /></label><//>`}`;
}

function Issue({ done }) {
  const [busy, work] = useState(false), [error, fail] = useState(null), key = useRef(newKey()), today = dayOf(nodeNow());
  const submit = async (e) => {
    e.preventDefault();
    work(true);
    fail(null);
    const f = new FormData(e.target);
    try { done(await ask('POST', '/api/v1/circulars', { body: { period: f.get('period'), date: f.get('date') }, key: key.current, patience_ms: COUNTING_MS })); key.current = newKey(); } catch (refused) { fail(refused); if (notDone(refused)) key.current = newKey(); } // else it may have been issued
    work(false);
  };
  return html`<form class="issue" onSubmit=${submit}><label><span>${t('period')}</span><select name="period">${PERIODS.map((p) => html`<option value=${p} selected=${p === 'week'}>${word('period', p)}</option>`)}</select></label><label><span>${t('date')}</span><input type="date" name="date" required defaultValue=${today} /></label>
    <button class="button solid" disabled=${busy}>${t(busy ? 'issuing' : 'issue')}</button></form>${error && html`<${ErrorPanel} what=${t('issue')} error=${error} />`}`;
}

function Top({ n }) {
  const dark = document.documentElement.dataset.theme === 'dark';
  const out = () => ask('DELETE', '/api/v1/session', { body: {} }).then(() => { again(); location.replace('/login'); }, (refused) => trouble.set({ message: `${t('still_in')} ${refused.message}` }));
  return html`<header class="bar"><${Mark} /><b>${n ? n.title || n.path : 'qipan'}</b><nav><a href="/desk">${t('nav_desk')}</a><a href="/screen">${t('nav_screen')}</a><a href="/circulars" aria-current="page">${t('nav_circulars')}</a><a href="/admin">${t('nav_admin')}</a></nav><span class="push"></span>
    <button type="button" class="button plain" onClick=${() => choose({ theme: dark ? 'light' : 'dark' })}>${t(dark ? 'theme_light' : 'theme_dark')}</button><button type="button" class="button plain" lang=${language() === 'zh' ? 'en' : 'zh-CN'} onClick=${otherLanguage}>${t('language')}</button>
    <button type="button" class="button plain" onClick=${out}>${t('log_out')}</button></header>`;
}

function Page() {
  useLanguage();
  useNow(60000);
  const n = useStore(node), when = useStore(at), e = useStore(trouble), [items, set] = useState(null), [error, fail] = useState(null), [figures, learn] = useState([]), [id, go] = useState(location.hash.slice(1)), [next, more] = useState(null), [read_at, stand] = useState(0), deep = useRef(false); // deep: more than the first page stands there
  const read = async (cursor) => {
    try {
      const page = await get('/api/v1/circulars', { cursor });
      set((old) => (cursor ? old : []).concat(page.items));
      more(page.next_cursor);
      fail(null);
      deep.current = Boolean(cursor);
      stand(Date.now());
    } catch (refused) { fail(refused); }
  };
  const open = (to) => { history.replaceState(null, '', `#${to}`); go(to); };
  useEffect(() => {
    read();
    get('/api/v1/circulars:figures').then((f) => learn(f.figures)).catch(fail);
    const id = setInterval(() => { if (!document.hidden && !deep.current) read(); }, LIST_MS); // those below issue theirs, and a policy issues by itself
    return () => clearInterval(id);
  }, []);
  useEffect(() => { document.title = `${n ? n.title : 'qipan'} · ${t('circulars')}`; });
  return html`<div class="circulars"><${Top} n=${n} /><${Truth} node=${n} since=${when} />
    <nav class="side" aria-label=${t('circulars')}>${n && html`<${Issue} done=${(c) => { read(); open(c.id); }} />`}
      <ul>${(items || []).map((c) => html`<li><button type="button" aria-current=${c.id === id ? 'true' : undefined} onClick=${() => open(c.id)}>${c.title} ${c.name}<small>${t('number_n', { n: c.number })} · ${word('cstate', c.state)} · ${moment(c.issued_at)}</small></button></li>`)}</ul>${next && html`<button type="button" class="button" onClick=${() => read(next)}>${t('more')}</button>`}${read_at > 0 && html`<p class="sub">${t('as_of', { t: momentSeconds(read_at) })}</p>`}</nav>
    <main>${e && html`<${Banner} kind="no-answer" icon="retry" head=${e.message} />`}${error && html`<${ErrorPanel} what=${t('circulars')} error=${error} ways=${[[t('again'), () => read()]]} />`}
      ${id && figures.length > 0 ? html`<${One} key=${id} id=${id} figures=${figures} mine=${n ? n.path : ''} changed=${() => read()} go=${open} />` : items && items.length === 0 ? html`<h1>${t('circulars')}</h1><${Empty}>${t('none_issued')}<//>` : html`<h1>${t('circulars')}</h1><p>${items ? t('choose_one') : ''}</p>`}</main>
    <${StatusBar} node=${n} at=${when} fresh=${!e} /></div>`;
}

render(html`<${Page} />`, document.getElementById('app'));
begin();
look();
