// report.js: a new report, over the list from the right: by the keyboard alone in seconds. A draft stays on this machine until it
// was taken; its key goes with it, so that one whose answer was lost counts once.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, language } from '../lib/i18n.js';
import { ask, get, newKey } from '../lib/api.js';
import { useStore } from '../lib/store.js';
import { ErrorPanel } from '../parts/frame.js';
import { base, select, say, readList, take } from './state.js';
import { LIVE } from './views.js';
import { moment } from '../lib/time.js';
import { Pick, PlacePick } from './pick.js';
import { placeName } from './matter.js';
import { sheet } from './keys.js';

const EMPTY = () => ({ key: newKey(), title: '', text: '', area: '', category: '', urgency: 'routine', source: '', source_ref: '', place: '', lat: '', lon: '', desk: '' });
const nameOf = () => `qipan-draft-${(base.get().me && base.get().me.name) || 'me'}`;

function load() {
  try { return { ...EMPTY(), ...JSON.parse(localStorage.getItem(nameOf())) }; } catch { return EMPTY(); }
}
function store(draft) {
  try { localStorage.setItem(nameOf(), JSON.stringify(draft)); return true; } catch { return false; }
}
const clear = () => { try { localStorage.removeItem(nameOf()); } catch { /* storage is off */ } };

const body = (d) => {
  const out = {};
  for (const k of ['title', 'text', 'area', 'category', 'urgency', 'source', 'source_ref', 'place', 'desk']) if (d[k].trim()) out[k] = d[k].trim();
  if (d.lat || d.lon) out.location = { lat: d.lat ? Number(d.lat) : undefined, lon: d.lon ? Number(d.lon) : undefined }; // the node says which is missing
  return out;
};

// Open matters of the same category in the same area, newest first: the person sees whether it is the same. words: what is said where
// there are none: that it was not looked for, that there are none, or why that is not known.
function useSimilar(d) {
  const [found, set] = useState({ items: [], words: '' });
  useEffect(() => {
    let over = false;
    set({ items: [], words: t(d.category ? 'loading' : 'duplicates_then') });
    if (!d.category) return undefined;
    const id = setTimeout(() => get('/api/v1/matters', { category: d.category, area: d.area, state: LIVE, limit: 5 }).then((r) => over || set({ items: r.items, more: Boolean(r.next_cursor), words: t('no_duplicates') }), (refused) => over || set({ items: [], words: t('signs_unread', { what: t('duplicates'), why: refused.message }) })), 400);
    return () => { over = true; clearTimeout(id); };
  }, [d.category, d.area]);
  return found;
}

// What the node says would become of it, as soon as enough is written; null: not enough yet, or it would be refused (sending says why).
function useForeseen(d) {
  const [found, set] = useState(null), enough = d.title.trim() && d.category.trim() && d.source.trim();
  useEffect(() => {
    if (!enough) { set(null); return undefined; }
    let over = false;
    const id = setTimeout(() => ask('POST', '/api/v1/matters?dry_run=1', { body: body(d), quiet: true }).then((r) => over || set(r), () => over || set(null)), 400);
    return () => { over = true; clearTimeout(id); };
  }, [enough && d.title, d.category, d.source, d.area, d.urgency, d.lat, d.lon, d.desk]);
  return found;
}

export function Report() {
  const b = useStore(base), [d, set] = useState(load), [error, fail] = useState(null), [busy, work] = useState(false), form = useRef(null), alike = useSimilar(d), similar = alike.items, seen = useForeseen(d);
  const now = useRef(d);
  const [stored, know] = useState(true);
  const put = (changes) => { now.current = { ...now.current, ...changes }; know(store(now.current)); set(now.current); };
  useEffect(() => { const first = form.current && form.current.querySelector('[name="title"]'); if (first) first.focus(); }, []);
  const sending = useRef(false);
  const send = async (another) => {
    if (sending.current) return;
    const d = now.current;
    const lacks = ['title', 'category', 'source'].find((k) => !d[k].trim());
    if (lacks) { fail({ message: t('field_missing', { name: t({ title: 'what', category: 'category', source: 'source' }[lacks]) }), field: lacks }); const e = form.current.querySelector(`[name="${lacks}"], .for-${lacks} input`); if (e) e.focus(); return; }
    work(true);
    sending.current = true;
    fail(null);
    try {
      const made = await ask('POST', '/api/v1/matters', { body: body(d), key: d.key, keep: true });
      clear();
      say({ text: t('reported', { title: made.title }), kind: 'ok', open: made.id });
      readList();
      if (another) { now.current = { ...EMPTY(), source: d.source, area: d.area }; set(now.current); work(false); form.current.querySelector('[name="title"]').focus(); } else { sheet(null); select(made.id); }
    } catch (refused) {
      work(false);
      fail(refused);
      if (refused.status === 422 && refused.code === 'key_reused') put({ key: newKey() }); // the draft was altered after it had been taken
    } finally { sending.current = false; }
  };
  const join = async (m) => {
    work(true);
    try {
      await take(m.id, 'comment', { text: [d.title, d.text].filter(Boolean).join('\n') }, undefined, `${d.key}-${m.id}`);
      clear();
      say({ text: t('comment_kept'), kind: 'ok' });
      sheet(null);
      select(m.id);
    } catch (refused) {
      work(false);
      fail(refused);
      if (refused.code === 'key_reused') put({ key: newKey() });
    }
  };
  const suggested = seen && seen.desk && seen.desk_by !== 'given' ? seen.desk : '';
  const keys = (e) => {
    if (e.isComposing) return;
    if (e.key === 'Enter' && e.ctrlKey) { send(e.shiftKey); e.preventDefault(); }
    if (e.key === '1' && e.altKey && suggested) { put({ desk: suggested }); e.preventDefault(); }
    if (e.key.toLowerCase() === 'm' && e.altKey && similar[0]) { join(similar[0]); e.preventDefault(); }
  };
  const line = (k, label, more = {}) => html`<label class="field"><span>${label}</span><input name=${k} value=${d[k]} onInput=${(e) => put({ [k]: e.target.value })} aria-invalid=${error && error.field === k ? 'true' : undefined} ...${more} /></label>`;
  const place = d.area || (b.node && b.node.path), below = b.node && place !== b.node.path;
  return html`<div class="sheet report" role="dialog" aria-modal="true" aria-label=${t('report_title')} onKeyDown=${keys}><header role="none"><h2>${t('report_title')}</h2><small>${t('tab_next')}</small><span class="push"></span><button type="button" class="button plain" onClick=${() => sheet(null)}>${t('save_draft')} <kbd>Esc</kbd></button></header>
    <form class="report-form" ref=${form} onSubmit=${(e) => { e.preventDefault(); send(false); }} novalidate>
      <div class="wide">${line('title', t('what'), { maxlength: 256, required: true, autocomplete: 'off' })}</div>
      <div class="wide"><label class="field"><span>${t('details')}</span><textarea value=${d.text} maxlength="16384" onInput=${(e) => put({ text: e.target.value })}></textarea></label></div>
      <${PlacePick} label=${`${t('area')}（${b.node ? placeName(b.node.path) : ''}）`} value=${d.area} set=${(v) => put({ area: v })} />
      <div class="for-category"><${Pick} label=${t('category')} value=${d.category} set=${(v) => put({ category: v })} choices=${b.categories} free required invalid=${error && error.field === 'category'} /></div>
      <fieldset class="choice"><legend>${t('urgency')}</legend>${['routine', 'urgent', 'emergency'].map((u) => html`<label class=${d.urgency === u ? `on ${u}` : ''}><input type="radio" name="urgency" value=${u} checked=${d.urgency === u} onChange=${() => put({ urgency: u })} />${t(u)}</label>`)}</fieldset>
      <div class="for-source"><${Pick} label=${t('source')} value=${d.source} set=${(v) => put({ source: v })} choices=${(b.sources || []).map((s) => ({ code: s, title: s }))} free required invalid=${error && error.field === 'source'} /></div>
      ${line('source_ref', t('source_ref'), { maxlength: 128, autocomplete: 'off' })}${line('place', t('where'), { maxlength: 256, autocomplete: 'off' })}
      ${line('lat', t('lat'), { inputmode: 'decimal', autocomplete: 'off' })}${line('lon', t('lon'), { inputmode: 'decimal', autocomplete: 'off' })}
      ${error && html`<div class="wide"><${ErrorPanel} what=${t('report_title')} error=${error} /></div>`}</form>
    <div class="beside"><h3>${t('duplicates')} ${similar.length ? `${number(similar.length)}${alike.more ? '+' : ''}` : ''}</h3>${similar.length ? html`<ul>${similar.slice(0, 5).map((m, i) => html`<li><button type="button" class="link" onClick=${() => { sheet(null); select(m.id); }}>${m.title}</button><small>${[placeName(m.area), moment(m.opened_at), t(`state_${m.state}`)].join(' · ')}</small><button type="button" class="button" title=${t('keep_open')} onClick=${() => join(m)}>${t('merge_into')}${i === 0 ? html` <kbd>Alt M</kbd>` : ''}</button></li>`)}</ul>` : html`<p>${alike.words}</p>`}
      <h3>${t('after_send')}</h3><ol class="then"><li>${t('opened_here', { place: b.node ? placeName(b.node.path) : '' })}</li>${below ? html`<li>${t('then_offered', { place: placeName(place) })}</li>` : html`<li>${t('stays_here', { place: b.node ? placeName(b.node.path) : '' })}</li>`}${seen && seen.urgency_by === 'category' && html`<li>${t('urgency_category', { urgency: t(seen.urgency) })}</li>`}${suggested && html`<li>${t('desk_suggested', { desk: seen.desk_title || suggested })} <button type="button" class="button" onClick=${() => put({ desk: suggested })}>${t('take_it')} <kbd>Alt 1</kbd></button></li>`}${d.desk && html`<li>${t('desk_chosen', { desk: (seen && seen.desk_title) || d.desk })} <button type="button" class="link" onClick=${() => put({ desk: '' })}>${t('unmark')}</button></li>`}${seen && seen.clocks.map((k) => html`<li>${t('clock_from_then', { stage: t(`stage_${k.stage}`), due: k.due ? moment(k.due) : t('not_started') })}</li>`)}${seen && (seen.warnings || []).map((w) => html`<li class="warn">${language() === 'zh' ? w.message_zh : w.message}</li>`)}<li>${t('rises')}</li></ol></div>
    <footer role="none"><button type="button" class="button solid" disabled=${busy} onClick=${() => send(false)}>${t('send')} <kbd>Ctrl ↵</kbd></button><button type="button" class="button" disabled=${busy} onClick=${() => send(true)}>${t('send_another')} <kbd>Ctrl ⇧ ↵</kbd></button><span class="push"></span><button type="button" class="link" onClick=${() => { clear(); now.current = EMPTY(); set(now.current); }}>${t('drop_draft')}</button><small class=${stored ? '' : 'warn'}>${t(stored ? 'draft_saved' : 'draft_unsaved')}</small></footer></div>`;
}
