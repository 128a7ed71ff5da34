// list.js: the list of the chosen view: filters, rows, marks, what is done for many at once.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, word } from '../lib/i18n.js';
import { moment, momentSeconds } from '../lib/time.js';
import { known } from '../lib/tree.js';
import { useStore } from '../lib/store.js';
import { ErrorPanel, Empty } from '../parts/frame.js';
import { Chip, Tag, Icon, deadlineChip } from '../parts/marks.js';
import { base, categoryName, list, chosen, filter, order, readList, select, mark, unmark, takeAll, say, backOf, asMap } from './state.js';
import { ListMap } from './listmap.js';
import { every } from './views.js';
import { StepForm, nameOf } from './form.js';
import { Pick, PlacePick } from './pick.js';
import { sheet } from './keys.js';
import { sentence } from '../lib/api.js';

const SORTS = [['', 'sorted_by'], ['deadline', 'by_deadline'], ['-opened_at', 'by_opened'], ['-updated_at', 'by_updated']];
const BULK = ['assign', 'sort', 'accept', 'comment', 'hang', 'close', 'dispatch', 'escalate', 'urge'];

function Filters() {
  const l = useStore(list), b = useStore(base), [open, show] = useState(false), f = l.filters, n = Object.keys(f).filter((k) => k !== 'q').length;
  return html`<div class="filters"><div class="line"><b>${l.items.length && l.total !== null ? t('items', { n: number(l.total) }) : l.cursor ? t('items_more', { n: number(l.items.length) }) : t('items', { n: number(l.items.length) })}</b>
    <label class="sort"><span class="out-of-sight">${t('sorted_by')}</span><select value=${l.sort} onChange=${(e) => order(e.target.value)}>${SORTS.map(([v, w]) => html`<option value=${v}>${t(w)}</option>`)}</select></label><span class="push"></span>
    <span class="which" role="group" aria-label=${t('list_or_map')}>${[['as_list', 'menu', false], ['map', 'pin', true]].map(([w, icon, on]) => html`<button type="button" aria-pressed=${String(l.map === on)} title=${`${t(w)} (s)`} aria-label=${t(w)} onClick=${() => asMap(on)}><${Icon} name=${icon} /></button>`)}</span>
    <button type="button" class=${n ? 'button on' : 'button'} aria-expanded=${String(open)} onClick=${() => show(!open)}>${t('filters')}${n ? ` ${n}` : ''} <kbd>f</kbd></button></div>
    ${open && html`<div class="filter-fields"><${PlacePick} label=${t('area')} value=${f.area || ''} set=${(v) => filter({ area: v })} first />
      <label class="field"><span>${t('state')}</span><select value=${f.state || ''} onChange=${(e) => filter({ state: e.target.value })}><option value="">${t('any')}</option>${['open', 'sorted', 'assigned', 'handled', 'visited', 'closed', 'hung', 'merged'].map((s) => html`<option value=${s}>${word('state', s)}</option>`)}</select></label>
      <label class="field"><span>${t('urgency')}</span><select value=${f.urgency || ''} onChange=${(e) => filter({ urgency: e.target.value })}><option value="">${t('any')}</option>${['routine', 'urgent', 'emergency'].map((s) => html`<option value=${s}>${t(s)}</option>`)}</select></label>
      <${Pick} label=${t('category')} value=${f.category || ''} set=${(v) => filter({ category: v })} choices=${b.categories} /><${Pick} label=${t('desk')} value=${f.desk || ''} set=${(v) => filter({ desk: v })} choices=${b.desks} />
      <${Pick} label=${t('source')} value=${f.source || ''} set=${(v) => filter({ source: v })} choices=${b.sources ? b.sources.map((s) => ({ code: s, title: s })) : []} /></div>`}
    ${(n > 0 || f.q) && html`<p class="chosen-filters">${Object.entries(f).map(([k, v]) => { const shown = k === 'area' && b.places.has(v) ? b.places.get(v).title : k === 'state' ? word('state', v) : k === 'urgency' ? t(v) : k === 'overdue' ? t('overdue') : k === 'below' ? t('with_below') : k === 'happened' ? t('by_happened') : k === 'from' ? t('from_day', { t: moment(v) }) : k === 'to' ? t('to_day', { t: moment(v) }) : v; return html`<button type="button" class="tag" onClick=${() => filter({ [k]: '' })} aria-label=${`${t('clear_filters')} ${shown}`}>${shown} ×</button>`; })}
      <button type="button" class="link" onClick=${() => filter(Object.fromEntries(Object.keys(f).map((k) => [k, ''])))}>${t('clear_filters')}</button></p>`}</div>`;
}

export function Row({ m, at, marked, now, b, at_ms }) {
  const chip = deadlineChip(m, now, at_ms);
  return html`<li class=${`row ${at ? 'at' : ''} ${marked ? 'marked' : ''}`} data-id=${m.id} aria-current=${at ? 'true' : undefined}><label class="mark-box"><input type="checkbox" checked=${marked} onChange=${() => mark(m.id)} aria-label=${m.title} /></label>
    <button type="button" onClick=${() => select(m.id)}><span class="first"><span class="row-title">${m.title}</span>${chip && html`<${Chip} clock=${chip} />`}</span>
      <span class="second"><span class="row-more">${[(known(b.places, m.area) || { title: m.area }).title, categoryName(m.category), m.source, m.desk || '—'].join(' · ')}</span><span class="tags">${m.urgency !== 'routine' && html`<${Tag} kind=${m.urgency} />`}${m.urged && html`<${Tag} kind="urged">${t('step_urge')}<//>`}${m.offered && html`<${Tag} kind="offered" />`}${['handled', 'visited', 'closed', 'hung', 'merged'].includes(m.state) && html`<${Tag}>${word('state', m.state)}<//>`}</span></span></button></li>`;
}

// Of these the node does not say whether it was done: asked for again, it is by the same key.
const UNSURE = ['no_answer', 'unreachable', 'stopping', 'io'];

// For the marked: one step for all; each answer is told, and what was done can be taken back.
export function Bulk() {
  const l = useStore(list), [step, choose] = useState('assign'), [told, tell] = useState(null), ids = [...l.marked], steps = base.get().steps.filter((s) => BULK.includes(s.step));
  const run = async (body, key) => {
    const results = await takeAll(ids, step, body, key), bad = results.filter((r) => r.error), good = results.filter((r) => !r.error).map((r) => r.id);
    tell({ bad, good });
    const back = backOf(step);
    say({ text: t('bulk_done', { a: number(good.length), b: number(bad.length) }), kind: bad.length ? 'warn' : 'ok', undo: back && good.length ? { ids: good, step: back } : null });
    if (!bad.length) unmark();
    return bad.some((r) => UNSURE.includes(r.error.code));
  };
  return html`<section class="matter bulk" aria-label=${t('bulk_do')}><h2>${t('marked', { n: number(ids.length) })} <button type="button" class="link" onClick=${unmark}>${t('unmark')}</button></h2>
    <label class="field"><span>${t('bulk_do')}</span><select value=${step} onChange=${(e) => choose(e.target.value)}>${steps.map((s) => html`<option value=${s.step}>${nameOf(s.step)}</option>`)}</select></label>
    <${StepForm} key=${step} step=${step} matter=${null} onDone=${run} onClose=${unmark} />
    ${told && told.bad.length > 0 && html`<ul class="failed" role="alert">${told.bad.map((r) => html`<li><button type="button" class="link" onClick=${() => { unmark(); select(r.id); }}>${(l.items.find((m) => m.id === r.id) || { title: r.id }).title}</button> ${sentence(r.error)}</li>`)}</ul>`}</section>`;
}

export function List({ now }) {
  const l = useStore(list), c = useStore(chosen, (v) => v.id), b = useStore(base), box = useRef(null);
  useEffect(() => { const row = box.current && box.current.querySelector('.row.at'); if (row) row.scrollIntoView({ block: 'nearest' }); }, [c]);
  const scroll = (e) => { const x = e.currentTarget; if (l.cursor && !l.loading && x.scrollHeight - x.scrollTop - x.clientHeight < 400) readList(true); };
  const filtered = Object.keys(l.filters).length > 0, view = b.node && every(b.node).find((v) => v.id === l.view);
  return html`<section class="list" aria-label=${view ? view.name || t(view.word) : ''}><${Filters} />
    ${l.error && html`<${ErrorPanel} what=${t('show_now')} error=${l.error} ways=${[[t('again'), () => readList()]]} />`}
    ${l.map ? html`<${ListMap} now=${now} />` : html`<ul ref=${box} class="rows" onScroll=${scroll} aria-busy=${String(l.loading)}>${l.items.map((m) => html`<${Row} key=${m.id} m=${m} at=${m.id === c} marked=${l.marked.has(m.id)} now=${now} b=${b} at_ms=${l.at} />`)}
      ${!l.items.length && !l.loading && !l.error && l.at > 0 && html`<li class="none"><${Empty} acts=${filtered ? [[t('clear_filters'), () => filter(Object.fromEntries(Object.keys(l.filters).map((k) => [k, ''])))]] : [[t('first_report'), () => sheet('report')]]}>${t(filtered ? 'nothing_filtered' : b.me && b.me.own ? 'nothing_own' : 'nothing_here')}<//></li>`}
      ${l.cursor && html`<li class="none"><button type="button" class="button" onClick=${() => readList(true)} disabled=${l.loading}>${t('more_items', { n: 60 })}</button></li>`}</ul>`}
    ${l.at > 0 && now - l.at > 30000 && html`<p class="as-of">${t('stale_list', { t: momentSeconds(l.at) })}</p>`}</section>`;
}
