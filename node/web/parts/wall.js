// wall.js: the panels of the wall, each from the answer of GET /api/v1/wall (w). known: this node answers, so a green light is true.
import { html, useRef } from '../lib/ui.js';
import { t, number, word } from '../lib/i18n.js';
import { moment, momentSeconds, duration, ago, running } from '../lib/time.js';
import { count, titles, knownOf } from '../lib/tree.js';
import { Banner, oldest, useNodeNow } from './frame.js';
import { Glyph, Corner, Stone, StepIcon } from './marks.js';
import { Counter, CountBar, RankBar, Hours, difference, plain, rate, WithTable } from './figures.js';
import { Board } from './board.js';
import { Warnings } from './warnings.js';
import { Leads, anyRuns } from './leads.js';
import { WallMap, MapLegend, hasOutlines } from './wallmap.js';

const RANKED_FROM = 20, CODES = 7, FEED_SHOWN = 40;

// The matters behind a figure, for whoever may read them (behind). what: the view and filters of the desk's list (desk/state.js).
const listOf = (behind, w, what, area = w.tree.path) => (behind ? `/desk?${new URLSearchParams({ ...what, ...(area === w.node.path ? {} : { area }) })}` : undefined);
const Cell = ({ href, n, kind }) => html`<td class=${kind || ''}>${href ? html`<a href=${href}>${number(n)}</a>` : number(n)}</td>`;

const lacks = (old) => t(old.dated ? 'lacks' : 'lacks_unheard', old);
// Of the places one level down: those further below show on the board and in the strip.
const cutBelow = (tree) => tree.children.filter((p) => p.state === 'cut');

const Panel = ({ name, title, note, children }) => html`<section class=${`panel ${name}`} aria-label=${title}><div class="panel-head"><h2>${title}</h2><p>${note}</p></div>${children}</section>`;

// ---- left ----
function New({ w, behind }) {
  const old = oldest(w.tree), b = w.before;
  const note = old ? lacks(old) : !b ? t('nothing_before') : b.opened_to !== null ? `${t('vs_last_week')} ${difference(w.today.opened, b.opened_to)}` : `${t('to_hour', { h: w.today.hour })} ${difference(w.today.opened_to_hour, b.opened_to_hour)}`;
  return html`<${Counter} label=${t('new_today')} value=${w.today.opened} note=${note} href=${listOf(behind, w, { view: 'today' })} />`;
}

function HoursPanel({ w, now }) {
  const hour = w.today.hour, part = (now % 3600000) / 3600000, today = w.today.opened_by_hour.map((v, i) => (i <= hour ? v : null));
  const before = w.before ? w.before.opened_by_hour : Array(24).fill(null);
  return html`<${Panel} name="hours-panel" title=${t('hours_title')} note=${html`<i class="key-bar"></i> ${t('today')} <i class="key-line"></i> ${t('last_weekday')}`}>
    <${WithTable} label=${t('hours_title')} columns=${[t('hour', { h: '' }), t('today'), t('last_weekday')]} rows=${today.map((v, i) => [t('hour', { h: i }), number(v), number(before[i])])}>
      <${Hours} today=${today} before=${before} hour=${hour} part=${part} /><//><//>`;
}

const Periods = ({ w, behind }) => html`<${Panel} name="periods" title=${t('periods_title')} note=${t('periods_note')}><table><thead><tr><td></td><th scope="col">${t('fresh')}</th><th scope="col">${t('against')}</th><th scope="col">${t('on_time_closed')}</th><th scope="col">${t('on_time_rate')}</th></tr></thead>
  <tbody>${w.periods.map((p) => { const of = p.on_time + p.late; return html`<tr><th scope="row">${t(p.name)}</th><td><b>${behind ? html`<a href=${listOf(behind, w, { view: 'all', from: p.from })}>${number(p.opened)}</a>` : number(p.opened)}</b></td>
    <td>${p.before_to_hour > 0 ? difference(p.opened_to_hour, p.before_to_hour).replace(/^.*\(|\)$/g, '') : '–'}</td><td>${number(p.on_time)} / ${number(of)}</td><td><b>${rate(p.on_time, of)}</b></td></tr>`; })}</tbody></table><//>`;

// The CODES that have most today; what is over is added up. Each stays where it first stood on this page: a row that moves is not read.
function Codes({ name, title, rows, href }) {
  const stood = useRef(new Map()), sorted = [...rows].sort((a, b) => b.opened - a.opened || (a.key < b.key ? -1 : 1)), shown = sorted.slice(0, rows.length > CODES ? CODES - 1 : CODES), rest = sorted.slice(shown.length);
  for (const r of shown) if (!stood.current.has(r.key)) stood.current.set(r.key, stood.current.size);
  shown.sort((a, b) => stood.current.get(a.key) - stood.current.get(b.key));
  if (rest.length) shown.push({ many: true, key: t('other_codes', { n: rest.length }), opened: rest.reduce((n, r) => n + r.opened, 0), before: rest.every((r) => r.before !== null) ? rest.reduce((n, r) => n + r.before, 0) : null });
  const most = Math.max(1, ...shown.map((r) => Math.max(r.opened, r.before || 0)));
  if (!shown.length) return null;
  return html`<${Panel} name=${`codes ${name}`} title=${title} note=${t('bar_note')}><table><caption class="out-of-sight">${title}</caption><colgroup><col class="c-name" /><col /><col class="c-n" /><col class="c-diff" /></colgroup><tbody>${shown.map((r) => html`<tr><th scope="row">${r.key || '–'}</th><td class="wide"><${CountBar} value=${r.opened} before=${r.before} most=${most} /></td><td><b>${r.key && !r.many && href(r.key) ? html`<a href=${href(r.key)}>${number(r.opened)}</a>` : number(r.opened)}</b></td><td class="diff">${r.before === null ? '' : plain(r.opened, r.before)}</td></tr>`)}</tbody></table><//>`;
}

export function Left({ w, behind }) {
  const now = useNodeNow(30000);
  return html`<div class="column left"><${New} w=${w} behind=${behind} /><${HoursPanel} w=${w} now=${now} /><${Periods} w=${w} behind=${behind} />
    <${Codes} key=${`s ${w.area}`} name="sources" title=${t('by_source')} rows=${w.sources} href=${(source) => listOf(behind, w, { view: 'today', source })} /><${Codes} key=${`c ${w.area}`} name="categories" title=${t('by_category')} rows=${w.categories} href=${(category) => listOf(behind, w, { view: 'today', category })} /></div>`;
}

// ---- the board ----
const Key = () => html`<p class="legend"><span>${t('each_square')}</span>${['0', '1–2', '3–5', '6–9', '10+'].map((n, i) => html`<span><svg class="glyph" viewBox="0 0 12 12" aria-hidden="true"><rect class=${`c${i}`} width="12" height="12" rx="1" /></svg>${n}</span>`)}
  <span><${Corner} />${t('with_overdue')}</span><span><${Stone} />${t('emergency')}</span><span><${Glyph} state="late" />${t('late')}</span><span><${Glyph} state="cut" />${t('cut')}</span></p>`;

function StaleBanner({ w, now, map }) {
  const places = cutBelow(w.tree);
  if (!places.length) return null;
  const p = places[0], place = places.length > 1 ? t('and_others', { place: p.title, n: places.length }) : p.title || p.path, at = p.as_of;
  return at ? html`<${Banner} kind="cut" icon="broken" head=${t('stale_banner', { place, t: moment(at) })}>${t(map ? 'stale_text_map' : 'stale_text', { place, t: moment(at), d: duration(now - Date.parse(at)) })}<//>`
    : html`<${Banner} kind="cut" icon="broken" head=${t('stale_unknown', { place })}>${t('stale_unknown_text')}<//>`;
}

// Board or map; a wide wall has both side by side (screen.css, WIDE).
const Which = ({ map, turn }) => html`<div class="which" role="group" aria-label=${t('by_area')}>${[['board', false], ['map', true]].map(([w, on]) => html`<button type="button" aria-pressed=${String(map === on)} onClick=${() => turn(on)}>${t(w)}</button>`)}</div>`;

// own: the areas that the account is narrowed to; above them it has no wall. map: it is looked at as a map; turn(on).
export function Middle({ w, known, healed, go, own, wide, map, turn, behind }) {
  const now = useNodeNow(), old = oldest(w.tree), b = w.before, tree = w.tree, up = tree.path !== w.node.path && !own.includes(tree.path);
  const closed = old ? lacks(old) : !b ? t('nothing_before') : `${t('to_hour', { h: w.today.hour })} ${difference(w.today.closed_to_hour, b.closed_to_hour)}`;
  const drawn = map && !wide && hasOutlines(tree), part = (n) => old && old[n] > 0 && t(old.dated ? 'of_them_old' : 'of_them_unheard', { n: number(old[n]), place: old.place, t: old.t });
  return html`<div class="column middle"><div class="counters">
    <${Counter} label=${t('closed_today')} value=${w.today.closed} note=${closed} />
    <${Counter} label=${t('open')} value=${tree.open} note=${part('open') || ''} href=${listOf(behind, w, { view: 'open' })} />
    <${Counter} label=${t('overdue')} href=${listOf(behind, w, { view: 'open', overdue: 'true' })} value=${tree.overdue} kind=${tree.overdue ? 'warn' : ''} sign=${html`<${Corner} />`} note=${part('overdue') || (tree.open ? t('of_open', { p: rate(tree.overdue, tree.open) }) : '')} /></div>
    <section class="panel board-panel" aria-label=${t('by_area')}><div class="panel-head"><h2>${t('by_area')}</h2>${drawn ? html`<${MapLegend} />` : html`<${Key} />`}${!wide && hasOutlines(tree) && html`<${Which} map=${drawn} turn=${turn} />`}</div>
      <${StaleBanner} w=${w} now=${now} map=${drawn} />${healed && html`<${Banner} kind="healed" icon="check" head=${t('back_again', { place: healed.n > 1 ? t('and_others', { place: healed.title, n: healed.n }) : healed.title })} />`}
      ${drawn ? html`<${WallMap} tree=${known ? tree : unheard(tree)} go=${go} now=${now} />` : html`<${Board} place=${known ? tree : unheard(tree)} named=${true} now=${now} onDown=${go} onOpen=${behind ? (path) => { location.href = listOf(behind, w, { view: 'open' }, path); } : undefined} onUp=${up ? () => go(tree.path.slice(0, tree.path.lastIndexOf('/')).length >= w.node.path.length ? tree.path.slice(0, tree.path.lastIndexOf('/')) : w.node.path) : undefined} />`}</section></div>`;
}

// What a node that does not answer has said last is not green: every place is late until it is heard again.
const unheard = (p) => ({ ...p, state: p.state === 'live' ? 'late' : p.state, children: p.children.map(unheard) });

// ---- on the widest walls: the areas as a map and a table beside the board ----
function MapPanel({ w, known, go }) {
  const now = useNodeNow();
  return html`<section class="panel map-panel" aria-label=${t('map')}><div class="panel-head"><h2>${t('map')}</h2><${MapLegend} /></div><${WallMap} tree=${known ? w.tree : unheard(w.tree)} go=${go} now=${now} /></section>`;
}

export const Places = ({ w, known, go, wide, behind }) => html`<div class="column places">${wide && hasOutlines(w.tree) && html`<${MapPanel} w=${w} known=${known} go=${go} />`}<${Panel} name="areas" title=${t('places')} note=""><table><thead><tr><th scope="col">${t('name')}</th><th scope="col">${t('state')}</th><th scope="col">${t('open')}</th><th scope="col">${t('overdue')}</th><th scope="col">${t('emergency')}</th></tr></thead>
  <tbody>${w.tree.children.map((p) => html`<tr><th scope="row">${p.title}</th><td><${Glyph} state=${known ? p.state : 'unknown'} label=${known ? t(p.state) : t('unseen')} />${p.state === 'cut' && p.as_of ? ` ${t('as_of', { t: moment(p.as_of) })}` : ''}</td><${Cell} n=${knownOf(p, p.open)} href=${listOf(behind, w, { view: 'open' }, p.path)} /><${Cell} n=${knownOf(p, p.overdue)} kind=${p.overdue ? 'warn' : ''} href=${listOf(behind, w, { view: 'open', overdue: 'true' }, p.path)} /><${Cell} n=${knownOf(p, p.emergency)} kind=${p.emergency ? 'alarm' : ''} href=${listOf(behind, w, { view: 'emergency' }, p.path)} /></tr>`)}</tbody>
  <tfoot><tr><th scope="row">${t('sum')}</th><td></td><td>${number(w.tree.open)}</td><td>${number(w.tree.overdue)}</td><td>${number(w.emergencies.open)}</td></tr></tfoot></table><//></div>`;

// ---- right ----
function Emergencies({ w, behind }) {
  const now = useNodeNow(), all = [...w.emergencies.items].sort((a, b) => (a.opened_at < b.opened_at ? -1 : 1)), n = w.emergencies.open, shown = all.slice(0, 4), old = oldest(w.tree);
  const since = (e) => now - Date.parse(e.opened_at);
  return html`<section class="panel emergencies" aria-label=${t('emergency')}><${Counter} label=${t('emergency')} value=${n} href=${listOf(behind, w, { view: 'emergency' })} kind=${n ? 'alarm' : ''} sign=${html`<${Stone} />`} note=${[n && t('longest', { d: running(since(all[0])) }), old && lacks(old)].filter(Boolean).join(' · ')} />
    ${n ? html`<ul>${shown.map((e) => html`<li key=${e.id}><${Stone} /><b>${behind ? html`<a href=${`/desk?m=${e.id}`}>${titles(w.places, e.area)}</a>` : titles(w.places, e.area)}</b><span class="alarm">${t('elapsed', { d: running(since(e)) })}</span><span class="sub">${e.category}</span><span class="sub">${e.offered ? t('offered') : t('desk_of', { state: word('state', e.state), desk: e.desk || '' })}</span></li>`)}
      ${n > shown.length && html`<li class="sub">${t('more_of_them', { n: number(n - shown.length) })}</li>`}</ul>`
    : html`<p class="none">${t(old ? 'no_emergency_known' : 'no_emergency')}<br /><small>${w.emergencies.last ? t('last_one', { t: moment(w.emergencies.last) }) : t('never_one')}</small></p>`}</section>`;
}

function Desks({ w }) {
  const rows = w.desks.rows.map((r) => ({ ...r, of: r.on_time + r.late })).filter((r) => r.of > 0);
  if (!rows.length) return null;
  const ranked = rows.filter((r) => r.of >= RANKED_FROM).sort((a, b) => b.on_time / b.of - a.on_time / a.of || b.of - a.of), rest = rows.filter((r) => r.of < RANKED_FROM);
  return html`<${Panel} name="desks" title=${t('by_desk')} note=${t('desk_note', { n: w.desks.days })}><table><colgroup><col class="c-rank" /><col class="c-name" /><col /><col class="c-of" /><col class="c-rate" /></colgroup><tbody>
    ${ranked.slice(0, 10).map((r, i) => html`<tr><td>${i + 1}</td><th scope="row">${r.key}</th><td class="wide"><${RankBar} onTime=${r.on_time} late=${r.late} most=${r.of} /></td><td>${number(r.on_time)} / ${number(r.of)}</td><td><b>${rate(r.on_time, r.of)}</b></td></tr>`)}
    ${rest.slice(0, 6).map((r) => html`<tr class="sub"><td>–</td><th scope="row">${r.key}</th><td class="wide">${t('not_ranked')}</td><td>${number(r.on_time)} / ${number(r.of)}</td><td></td></tr>`)}</tbody></table><//>`;
}

function what(e) {
  const m = e.matter;
  if (e.type === 'opened') return m.source;
  if (e.type === 'offered') return word('step', e.kind || (m.offered && m.offered.kind) || 'transfer');
  return word('event', e.type);
}

function Feed({ w, events }) {
  return html`<${Panel} name="feed" title=${t('feed')} note=${t('feed_note')}>${events.length === 0 ? html`<p class="none">${t('no_feed')}</p>` : html`<ol>${events.filter((e) => e.matter).slice(0, FEED_SHOWN).map((e) => html`<li key=${e.event} class=${e.type === 'urged' ? 'warn' : ''}>
    <time datetime=${e.at}>${momentSeconds(e.at)}</time><${StepIcon} type=${e.type} kind=${e.kind} /><span class="where">${titles(w.places, e.matter.area)}</span><span class="sub">${e.matter.category}</span><span class="sub end">${what(e)}</span></li>`)}</ol>`}<//>`;
}

// One of each, where there are both: the feed keeps its room.
export const Right = ({ w, events, signs, leads, behind }) => html`<div class="column right"><${Emergencies} w=${w} behind=${behind} /><${Desks} w=${w} /><${Warnings} w=${w} signs=${signs} most=${anyRuns(leads) ? 1 : 3} /><${Leads} w=${w} leads=${leads} most=${1} /><${Feed} w=${w} events=${events} /></div>`;

// ---- health ----
const STRIP = 12;
export function Health({ w, known }) {
  const n = count(w.tree), state = (s) => (known ? s : 'unknown'), up = w.node.parent;
  const age = (p) => (p.state === 'cut' ? (p.as_of ? t('stale_banner', { place: '', t: moment(p.as_of) }).trim() : t('unseen')) : p.last_heard ? ago(Math.max(0, Date.parse(w.now) - Date.parse(p.last_heard))) : ''); // as of the answer: afterwards the stream tells
  const first = [...w.tree.children].sort((a, b) => (a.state === 'live') - (b.state === 'live')); // whoever is not heard is not cut off from the strip
  return html`<footer class="health"><b>${t('nodes')} ${number(n.nodes)}</b>${['live', 'late', 'cut'].map((s) => (s === 'live' || n[s] > 0) && html`<span class=${s}><${Glyph} state=${state(s)} /> ${t(s)} <b>${known ? number(n[s]) : '–'}</b></span>`)}
    ${n.unseen > 0 && html`<span>${t('unseen')} <b>${number(n.unseen)}</b></span>`}
    ${up && html`<span><${Glyph} state=${state(up.state)} /> ${t('parent')} ${up.title || up.path} ${known ? t(up.state) : t('unseen')}</span>`}<span class="push"></span>
    <ul>${first.slice(0, STRIP).map((p) => html`<li key=${p.path} class=${p.state}><${Glyph} state=${state(p.state)} label=${known ? t(p.state) : t('unseen')} /> ${p.title} <small>${known ? age(p) : ''}</small></li>`)}${first.length > STRIP && html`<li>+${first.length - STRIP}</li>`}</ul></footer>`;
}
