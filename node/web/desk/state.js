// state.js: what the desk shows and how it comes: who asks, the node, the tree, a list by view and filters, one matter. Everything
// says when it was read; an event of the stream reads again what it touches, gathered over half a second.
import { make } from '../lib/store.js';
import { get, ask, newKey, denied } from '../lib/api.js';
import { listen } from '../lib/stream.js';
import { gather } from '../lib/gather.js';
import { index } from '../lib/tree.js';
import { setZone } from '../lib/time.js';
import { t, language } from '../lib/i18n.js';
import { views, every, isRoom, viewsOf } from './views.js';

const PAGE = 60, NODE_MS = 5000, SELDOM_MS = 30000, BATCH_MS = 60000;

export const base = make({ me: null, node: null, tree: null, places: new Map(), steps: [], desks: [], categories: [], sources: [], total: null, known: false, left: [], at: 0, error: null }); // left: what could not be read: {what, why, since (0: left out), again (it may come yet), seldom}
export const list = make({ view: 'open', filters: {}, sort: '', items: [], cursor: null, total: null, at: 0, loading: false, error: null, marked: new Set(), map: false }); // map: looked at as a map
export const chosen = make({ id: null, matter: null, at: 0, error: null, gone: false });
export const said = make(null); // the line at the foot: {text, kind, undo, stays: a refusal, until it is closed or another line comes}

// Whether the person has a right; where the node did not say, the step itself is refused, with its reason.
export const may = (right) => { const { me } = base.get(); return !me || !me.rights || me.rights.includes(right); };

// Whether others lie below it: then a warning of it counts those as well.
export const hasBelow = (name) => base.get().categories.some((c) => c.above && (c.code === name || c.number === name));

// What a category is called: also of what came in by its number.
export const categoryName = (code) => { const c = base.get().categories.find((x) => x.code === code || x.number === code); return (c && c.title) || code; };

// ---- the address ----
export function fromAddress() {
  const q = new URLSearchParams(location.search), filters = {};
  for (const name of ['area', 'state', 'category', 'below', 'source', 'desk', 'urgency', 'lead', 'overdue', 'happened', 'from', 'to', 'q']) if (q.get(name)) filters[name] = q.get(name);
  list.set((l) => ({ ...l, view: q.get('view') || 'open', filters, sort: q.get('sort') || '', map: q.get('as') === 'map' }));
  return q.get('m');
}

function toAddress() {
  const q = new URLSearchParams(), l = list.get();
  for (const keep of ['lang', 'theme']) if (new URLSearchParams(location.search).get(keep)) q.set(keep, new URLSearchParams(location.search).get(keep));
  if (l.view !== 'open') q.set('view', l.view);
  for (const [k, v] of Object.entries(l.filters)) q.set(k, v);
  if (l.sort) q.set('sort', l.sort);
  if (l.map) q.set('as', 'map');
  if (chosen.get().id) q.set('m', chosen.get().id);
  const text = String(q);
  history.replaceState(null, '', text ? `/desk?${text}` : '/desk');
}

// ---- reading ----
export function query() {
  const { view, filters, sort } = list.get(), node = base.get().node;
  const v = every(node).find((x) => x.id === view) || views(node)[0];
  const out = { ...v.query, ...filters, ...(sort ? { sort } : {}) };
  if (out.needs) { delete out.overdue; delete out.state; } // what needs somebody says these already
  return out;
}

// What was read, or what it is without that: the page stands all the same, and says in a sentence (base.left) what is left out, or as of
// when it is. old: what was read before; it is kept where the call failed, and not where the person may not have it (any more).
function perhaps(left, what, promise, otherwise, old) {
  return promise.catch((e) => {
    if (e.status === 0 || e.status === 401) throw e; // no answer at all, or logged out: other sentences
    const keep = !denied(e) && old !== undefined && old !== null, before = base.get().left.find((l) => l.what === what && l.since); // failed before too: it is of then
    left.push({ what, why: e.message, since: !keep ? 0 : before ? before.since : base.get().at, again: !denied(e) });
    return keep ? old : otherwise;
  });
}

// Of a node that does not tell this person how it stands: who it is, by the person's account. silent: nothing else is known.
const unknown = (me) => (me && me.node ? { ...me.node, zone: undefined, parent: undefined, children: [], silent: true } : null);

export async function readBase(all) {
  const b = base.get(), left = [];
  try {
    const [me, node, tree] = await Promise.all([perhaps(left, 'account', get('/api/v1/me'), null, b.me), perhaps(left, 'node_state', get('/api/v1/node'), null, b.node), perhaps(left, 'places', get('/api/v1/tree'), null, b.tree)]);
    const here = node || unknown(me);
    if (!here) throw new Error(left.map((l) => l.why).join(' '));
    setZone(here.zone);
    viewsOf(me ? me.by || me.name : '');
    const more = all || !b.known || b.left.some((l) => l.seldom && l.again) ? await known(here, me, left) : { left: [...left, ...b.left.filter((l) => l.seldom)] };
    base.set((old) => ({ ...old, me, node: here, tree, places: index(tree), at: Date.now(), error: null, left, ...more }));
  } catch (e) {
    base.set((old) => ({ ...old, error: e }));
  }
}

// What seldom changes: the steps and their fields, departments, categories and sources that are in use. Who is narrowed to one area
// is told the figures of that; figures of the whole node are not his.
async function known(node, me, left) {
  const b = base.get(), seldom = [], area = me && me.areas && me.areas.length === 1 ? me.areas[0] : undefined, board = (by) => get('/api/v1/board', { by, area });
  const [steps, desks, policy, categories, sources] = await Promise.all([
    perhaps(seldom, 'steps', get('/api/v1/steps'), { steps: [] }, b.known && { steps: b.steps }), get('/api/v1/desks').catch((e) => { if (e.status === 0 || e.status === 401) throw e; return null; }),
    node.policy && node.policy.version !== '0' ? perhaps(seldom, 'policy', get('/api/v1/policy'), null) : null,
    perhaps(seldom, 'categories', board('category'), { rows: [] }), perhaps(seldom, 'sources', board('source'), { rows: [] })]);
  // A matter bears its category as text: by the title, as imports and people write it; a second row for the same by its number would part the figures.
  const named = policy && policy.categories ? policy.categories.filter((c) => c.code).map((c) => ({ code: c.title || c.code, title: c.title || c.code, en: c.title_en, number: c.code, above: policy.categories.some((x) => x.parent === c.code) })) : [];
  const byNumber = new Map(named.map((c) => [c.number, c.title])), used = categories.rows.map((r) => ({ code: r.key, title: byNumber.get(r.key) || r.key }));
  const byDesk = desks ? desks.items.filter((d) => !d.ended_at).map((d) => ({ code: d.code, title: d.title || d.code }))
    : (await perhaps(seldom, 'desks', board('desk'), { rows: [] })).rows.filter((r) => r.key).map((r) => ({ code: r.key, title: r.title || r.key }));
  const seen = new Set(named.map((c) => c.code));
  return { steps: steps.steps, desks: byDesk, categories: [...named, ...used.filter((c) => !seen.has(c.code))], sources: sources.rows.map((r) => r.key), known: true, left: [...left, ...seldom.map((l) => ({ ...l, seldom: true }))] };
}

let reading = 0;
export async function readList(more = false) {
  if (isRoom(list.get().view)) return;
  const l = list.get(), mine = ++reading, limit = more ? PAGE : Math.min(500, Math.max(PAGE, l.items.length));
  list.set((x) => ({ ...x, loading: true }));
  try {
    const page = await get('/api/v1/matters', { ...query(), limit, cursor: more ? l.cursor : '' });
    if (mine !== reading) return;
    list.set((x) => ({ ...x, items: more ? [...x.items, ...page.items] : page.items, cursor: page.next_cursor, total: page.total === undefined ? null : page.total, at: Date.now(), loading: false, error: null }));
  } catch (e) {
    if (mine === reading) list.set((x) => ({ ...x, loading: false, error: e }));
  }
}

let turns = 0;
export async function readMatter() {
  const id = chosen.get().id, mine = ++turns; // an older answer that comes later shows it as it was
  if (!id) return;
  try {
    const matter = await get(`/api/v1/matters/${id}`);
    if (mine === turns && chosen.get().id === id) chosen.set({ id, matter, at: Date.now(), error: null });
  } catch (e) {
    if (mine === turns && chosen.get().id === id) chosen.set((c) => ({ ...c, error: e }));
  }
}

// ---- what a person does ----
export function go(view, filters = list.get().filters) {
  list.set((l) => ({ ...l, view, filters, sort: '', items: [], cursor: null, marked: new Set() }));
  toAddress();
  return readList();
}

export function filter(changes) {
  const filters = { ...list.get().filters, ...changes };
  for (const k of Object.keys(filters)) if (!filters[k] || (k === 'below' && !filters.category)) delete filters[k];
  const beyond = isRoom(list.get().view) && Object.entries(changes).some(([k, v]) => v && !['area', 'category'].includes(k)); // a search from a room is of matters
  list.set((l) => ({ ...l, view: beyond ? 'all' : l.view, filters, items: [], cursor: null }));
  toAddress();
  return readList();
}

export function asMap(map) {
  list.set((l) => ({ ...l, map, view: map && isRoom(l.view) ? 'open' : l.view }));
  toAddress();
  if (map && !list.get().at) readList();
}

export function order(sort) {
  list.set((l) => ({ ...l, sort, items: [], cursor: null }));
  toAddress();
  return readList();
}

export function select(id) {
  if (id === chosen.get().id) return;
  chosen.set({ id, matter: null, at: 0, error: null });
  toAddress();
  readMatter();
}

export function mark(id) {
  list.set((l) => {
    const marked = new Set(l.marked);
    if (!marked.delete(id)) marked.add(id);
    return { ...l, marked };
  });
}
export const unmark = () => list.set((l) => ({ ...l, marked: new Set() }));

// How a step is taken back, where it can be, until something else happens to the matter.
const BACK = { hang: ['resume', {}], merge: ['unmerge', {}], escalate: ['withdraw', {}], dispatch: ['withdraw', {}], transfer: ['withdraw', {}], return: ['withdraw', {}] };
export const backOf = (step) => BACK[step] || null;

let undoing = 0;
export function say(line) {
  said.set(line);
  clearTimeout(undoing);
  if (line && !line.stays) undoing = setTimeout(() => said.set(null), 10000);
}

// The same key again changes nothing: an answer that was lost is asked for again by the same key.
export async function take(id, step, body, version, key = newKey()) {
  const matter = await ask('POST', `/api/v1/matters/${id}/${step}`, { body: { ...body, ...(version === undefined ? {} : { if_version: version }) }, key, keep: true });
  if (chosen.get().id === id) await readMatter();
  readList();
  return matter;
}

// What is sent in ten seconds, and can be taken back until then without a trace: {id, step, body, version, text (once it is done), undo
// (what takes it back then, or null), until}. One at a time: the next one (of another matter), a page that is left and a log-out send it at once.
export const later = make(null);
const LATER_MS = 10000;
let sending = 0, going = null; // going: what is on its way, a promise of whether all of it was taken

async function sendIt(w) {
  try {
    const answer = await take(w.id, w.step, w.body, w.version, w.key), warned = (answer.warnings || []).map((x) => (language() === 'zh' ? x.message_zh : x.message)).join(' ');
    if (warned || !later.get()) say({ text: [w.text, warned].filter(Boolean).join(' '), kind: warned ? 'warn' : 'ok', undo: w.undo && { ...w.undo, version: answer.version } }); // the line of the one that waits says how it is taken back
    return true;
  } catch (refused) {
    say({ text: `${t('not_done', { step: t(`step_${w.step}`) })} ${refused.message}`, kind: 'warn', open: w.id, stays: true });
    return false;
  }
}

// Answers, once nothing is on its way any more, whether it was taken; why not is said at the foot.
export function sendNow() {
  const w = later.get(), line = said.get();
  clearTimeout(sending);
  later.set(null);
  if (w) {
    if (line && line.undo && line.undo.cancel) say(null); // from here on it cannot be taken back without a trace
    const mine = Promise.all([going, sendIt(w)]).then((taken) => { if (going === mine) going = null; return !taken.includes(false); });
    going = mine;
  }
  return going || Promise.resolve(true);
}

export function takeLater(what, text) {
  if (later.get() && later.get().id === what.id) later.set(null); // another choice for the same matter: this one in its place
  sendNow();
  later.set({ ...what, key: newKey(), until: Date.now() + LATER_MS });
  sending = setTimeout(sendNow, LATER_MS);
  say({ text, kind: 'warn', undo: { cancel: true } });
}

export function takeBack() {
  if (!later.get()) return; // it has gone
  clearTimeout(sending);
  later.set(null);
  say({ text: t('taken_back'), kind: 'ok' });
}
addEventListener('pagehide', sendNow);

// Many at once: one answer a line; whatever failed says why. The same key again counts once.
export async function takeAll(ids, step, body, key = newKey()) {
  const lines = ids.map((id) => JSON.stringify({ id, step, key: `${key}-${id}`, ...body })).join('\n');
  const answers = await ask('POST', '/api/v1/matters:batch', { raw: new Blob([`${lines}\n`], { type: 'application/x-ndjson' }), lines: true, patience_ms: BATCH_MS });
  readList();
  return ids.map((id, i) => ({ id, ...(answers[i] || { error: { code: 'no_answer', message: t('no_answer_call') } }) }));
}

// ---- the stream ----
let stale = false; // a matter has changed since the figures were read
const wanted = { list: false, matter: false, base: false };
const readWanted = gather(() => {
  const w = { ...wanted };
  wanted.list = wanted.matter = wanted.base = false;
  return Promise.all([w.list && readList(), w.matter && readMatter(), w.base && readBase()]);
});
function soon(what) {
  wanted[what] = true;
  readWanted();
}

export function follow() {
  listen(({ type, data }) => {
    if (type === 'up' || type === 'gap') { soon('base'); soon('list'); soon('matter'); return; }
    if (type === 'node' || type === 'line') soon('base'); // how many lines have something unread is in /me
    if (type !== 'matter' && type !== 'urge') return;
    stale = true;
    soon('list');
    if (data && (data.id === chosen.get().id || data.matter === chosen.get().id)) soon('matter');
  });
  setInterval(() => {
    if (document.hidden || (!stale && Date.now() - base.get().at < SELDOM_MS)) return;
    stale = false;
    soon('base');
  }, NODE_MS);
}
