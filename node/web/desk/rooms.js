// rooms.js: what the desk's rooms beside the list of matters share: a list that the stream has read again, how many run, what is said
// of one and what was not taken. A room is a view whose id names it (views.js).
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { make, useStore } from '../lib/store.js';
import { get, post, newKey } from '../lib/api.js';
import { listen } from '../lib/stream.js';
import { gather } from '../lib/gather.js';
import { moment, momentSeconds } from '../lib/time.js';
import { ErrorPanel, Empty } from '../parts/frame.js';
import { Lacks, Unread } from '../parts/warnings.js';
import { base, list, filter, say } from './state.js';

const PAGE = 50, SELDOM_MS = 30000;

// id: of the view; path: of the API; event: of the stream; fields: the filters that it knows; running: the queries that together are
// those that run, so that none of them stands behind a page of others.
export function makeRoom({ id, path, event, fields, running }) {
  // of: what was asked for; all: those that are over too; parts: of each query {items, cursor}; cursor: there are more behind one
  const store = make({ of: '', all: false, parts: [], items: null, cursor: false, at: 0, error: null });
  const count = make(null); // {n, more}: how many run; null: not known
  let turn = 0;

  const queries = () => {
    const { filters } = list.get(), chosen = Object.fromEntries(fields.filter((f) => filters[f]).map((f) => [f, filters[f]]));
    return (store.get().all ? [{}] : running).map((q) => ({ ...q, ...chosen }));
  };

  // What is behind the part that is there, or (had null) the first of it, as many as `limit`.
  async function part(query, had, limit) {
    if (had && !had.cursor) return had;
    const page = await get(path, { ...query, limit, cursor: had ? had.cursor : '' });
    return { items: [...(had ? had.items : []), ...page.items], cursor: page.next_cursor };
  }

  async function read(more = false) {
    const mine = ++turn, asked = queries(), of = JSON.stringify(asked), same = store.get().of === of, had = same ? store.get().parts : [], on = more && had.length > 0;
    if (!same) store.set((s) => ({ ...s, of, parts: [], items: null, cursor: false, at: 0, error: null }));
    try {
      const parts = await Promise.all(asked.map((q, i) => part(q, on ? had[i] : null, on || !had[i] ? PAGE : Math.min(500, Math.max(PAGE, had[i].items.length)))));
      if (mine !== turn) return;
      store.set((s) => ({ ...s, parts, items: parts.flatMap((p) => p.items), cursor: parts.some((p) => p.cursor), at: Date.now(), error: null }));
    } catch (e) {
      if (mine === turn) store.set((s) => ({ ...s, error: e }));
    }
  }

  async function tally() {
    try {
      const pages = await Promise.all(running.map((q) => get(path, { ...q, limit: PAGE })));
      count.set({ n: pages.reduce((sum, p) => sum + p.items.length, 0), more: pages.some((p) => p.next_cursor) });
    } catch { count.set(null); } // the room says why
  }

  const again = () => Promise.all([tally(), list.get().view === id && read()]), soon = gather(again);
  function follow() {
    tally();
    listen(({ type }) => { if ([event, 'up', 'gap'].includes(type)) soon(); });
    setInterval(() => { if (!document.hidden) soon(); }, SELDOM_MS);
  }
  return { id, store, count, fields, read, again, follow, all: (all) => store.set((s) => ({ ...s, all })) };
}

// What may be said of one: verbs [{name, label, field (of the API), ask (its label), must, done}]. url: of the one; after: with the answer.
export function Verbs({ url, verbs, after }) {
  const [open, show] = useState(null), [text, write] = useState(''), [error, fail] = useState(null), [busy, wait] = useState(false), key = useRef(''), box = useRef(null);
  useEffect(() => { if (open && box.current) box.current.focus(); }, [open]);
  const verb = verbs.find((v) => v.name === open);
  const begin = (v) => { show(open === v.name ? null : v.name); write(''); fail(null); key.current = newKey(); if (!v.field) send(v, ''); };
  const send = (v, said) => {
    if (v.must && !said) { fail(new Error(t('field_missing', { name: v.ask }))); return; }
    wait(true);
    post(`${url}/${v.name}`, said ? { [v.field]: said } : {}, { key: key.current, keep: true })
      .then((answer) => { show(null); fail(null); say({ text: v.done, kind: 'ok', open: v.opens && answer.matter }); after(); }, fail).finally(() => wait(false));
  };
  return html`<div class="verbs"><div class="buttons">${verbs.map((v) => html`<button type="button" key=${v.name} class="button" disabled=${busy} aria-expanded=${v.field ? String(open === v.name) : undefined} onClick=${() => begin(v)}>${v.label}</button>`)}</div>
    ${error && html`<${ErrorPanel} what=${verb ? verb.label : t('open_it')} error=${error} ways=${[[t('show_now'), () => { fail(null); after(); }]]} />`}
    ${verb && verb.field && html`<form onSubmit=${(e) => { e.preventDefault(); send(verb, text.trim()); }}><label class="field"><span>${verb.ask}</span><textarea ref=${box} maxlength="2000" value=${text} onInput=${(e) => { write(e.target.value); key.current = newKey(); }}></textarea>${verb.hint && html`<small>${verb.hint}</small>`}</label>
      <div class="buttons"><button class="button solid" disabled=${busy}>${verb.label}</button><button type="button" class="button" onClick=${() => { show(null); fail(null); }}>${t('cancel')}</button></div></form>`}</div>`;
}

// What people said of one, the newest last. said: [{what, text, by, at}]; named: what -> its word.
export const Said = ({ said, named }) => said.length > 0 && html`<ul class="notes">${said.map((n) => html`<li><time datetime=${n.at}>${moment(n.at)}</time> <b>${named(n.what)}</b> ${n.text} <small>${(n.by || '').replace(/^(user|token):/, '')}</small></li>`)}</ul>`;

const Chosen = ({ room, filters, places }) => html`<p class="chosen-filters">${room.fields.filter((f) => filters[f]).map((f) => html`<button type="button" class="tag" aria-label=${`${t('clear_filters')} ${filters[f]}`} onClick=${() => filter({ [f]: '' })}>${f === 'area' && places.has(filters[f]) ? places.get(filters[f]).title : filters[f]} ×</button>`)}</p>`;

// name: the room's in words; none, why: what an empty one says; one: draws an item; whole: nothing of it is over, and nothing is lacking from below.
export function Room({ room, name, none, why, one, whole = false }) {
  const s = useStore(room.store), l = useStore(list), b = useStore(base), asked = room.fields.map((f) => l.filters[f] || '').join(' '), shown = s.items;
  useEffect(() => { room.read(); }, [asked, s.all]);
  return html`<section class="list room" aria-label=${name}><div class="filters"><div class="line"><b>${name}${shown ? ` ${number(shown.length)}${s.cursor ? '+' : ''}` : ''}</b><span class="push"></span>
      ${!whole && html`<label class="sort"><span class="out-of-sight">${t('state')}</span><select value=${s.all ? 'all' : ''} onChange=${(e) => room.all(e.target.value === 'all')}><option value="">${t('room_running')}</option><option value="all">${t('room_all')}</option></select></label>`}</div>
      ${asked.trim() && html`<${Chosen} room=${room} filters=${l.filters} places=${b.places} />`}</div>
    <div class="rows">${s.error && html`<${Unread} what=${name} error=${s.error} at=${s.items ? s.at : 0} /><p class="buttons"><button type="button" class="button" onClick=${() => room.read()}>${t('again')}</button></p>`}
      ${!whole && html`<${Lacks} tree=${b.tree} />`}${!s.items && !s.error && html`<p class="reading">${t('loading')}</p>`}
      ${shown && (shown.length ? html`<ul>${shown.map((x) => html`<li class="sign" key=${x.id}>${one(x, b)}</li>`)}</ul>` : !s.cursor && html`<${Empty}>${asked.trim() ? t('room_filtered') : none}${why && html`<br /><small>${why}</small>`}<//>`)}
      ${s.items && s.cursor && html`<p class="buttons"><button type="button" class="button" onClick=${() => room.read(true)}>${t('room_more')}</button></p>`}
      ${s.at > 0 && html`<p class="as-of">${t('as_of', { t: momentSeconds(s.at) })}</p>`}</div></section>`;
}
