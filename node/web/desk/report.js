// report.js: a new report, over the list from the right: by the keyboard alone in seconds. A draft stays on this machine until it
// was taken; its key goes with it, so that one whose answer was lost counts once.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, language } from '../lib/i18n.js';
import { ask, denied, get, newKey } from '../lib/api.js';
import { useStore } from '../lib/store.js';
import { ErrorPanel } from '../parts/frame.js';
import { base, select, say, readList, take } from './state.js';
import { LIVE } from './views.js';
import { moment } from '../lib/time.js';
import { Pick, PlacePick } from './pick.js';
import { placeName } from './matter.js';
import { sheet } from './keys.js';

const EMPTY = () => ({ key: newKey(), title: '', text: '', area: '', category: '', urgency: 'routine', source: '', source_ref: '', place: '', lat: '', lon: '', desk: '' });
// Who called: in this page's memory alone, never in the draft, which is stored in the clear.
const NOBODY = { name: '', phone: '', address: '', confidential: false };
let caller = NOBODY;
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
const reporter = (who) => {
  const said = Object.fromEntries(['name', 'phone', 'address'].filter((k) => who[k].trim()).map((k) => [k, who[k].trim()]));
  return Object.keys(said).length ? { reporter: { ...said, ...(who.confidential ? { confidential: true } : {}) } } : {};
};

// Open matters that may be this one: by its words and its place (ST5); behind them the newest of the same category in the same area. The
// person sees whether it is the same. words: what is said where there are none: that it was not looked for, that there are none, or why
// that is not known.
const MOST = 5, WORDS = 200;
async function similar(d) {
  const at = d.lat && d.lon && Number.isFinite(Number(d.lat)) && Number.isFinite(Number(d.lon)) ? { lat: d.lat, lon: d.lon } : {}, text = [d.title, d.text].map((s) => s.trim()).filter(Boolean).join(' ').slice(0, WORDS);
  const [like, same] = await Promise.all([text || at.lat ? get('/api/v1/matters:similar', { text, category: d.category, ...at }).catch((e) => { if (denied(e) || e.status === 400) return { items: [] }; throw e; }) : { items: [] },
    get('/api/v1/matters', { category: d.category, area: d.area, state: LIVE, limit: MOST })]);
  const behind = same.items.filter((m) => !like.items.some((x) => x.id === m.id));
  return { items: [...like.items, ...behind].slice(0, MOST), more: like.items.length + behind.length > MOST || Boolean(same.next_cursor) };
}
function useSimilar(d) {
  const [found, set] = useState({ items: [], words: '' });
  useEffect(() => {
    let over = false;
    set((was) => ({ of: d.category, items: was.of === d.category ? was.items : [], words: t(d.category ? 'loading' : 'duplicates_then') })); // while somebody types, those that stand there stay
    if (!d.category) return undefined;
    const id = setTimeout(() => similar(d).then((r) => over || set({ of: d.category, ...r, words: t('no_duplicates') }), (refused) => over || set({ items: [], words: t('signs_unread', { what: t('duplicates'), why: refused.message }) })), 400);
    return () => { over = true; clearTimeout(id); };
  }, [d.category, d.area, d.title, d.text, d.lat, d.lon]);
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
  const b = useStore(base), [d, set] = useState(load), [error, fail] = useState(null), [busy, work] = useState(false), form = useRef(null), alike = useSimilar(d), others = alike.items, seen = useForeseen(d);
  const now = useRef(d);
  const [stored, know] = useState(true);
  const put = (changes) => { now.current = { ...now.current, ...changes }; know(store(now.current)); set(now.current); };
  useEffect(() => { const first = form.current && form.current.querySelector('[name="title"]'); if (first) first.focus(); }, []);
  const [who, know_] = useState(caller), tell = (changes) => { caller = { ...caller, ...changes }; know_(caller); };
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
      const made = await ask('POST', '/api/v1/matters', { body: { ...body(d), ...reporter(caller) }, key: d.key, keep: true });
      clear();
      tell(NOBODY);
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
      tell(NOBODY); // of that report, and of no later one
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
    if (e.key.toLowerCase() === 'm' && e.altKey && others[0]) { join(others[0]); e.preventDefault(); }
  };
  const line = (k, label, more = {}) => html`<label class="field"><span>${label}</span><input name=${k} value=${d[k]} onInput=${(e) => put({ [k]: e.target.value })} aria-invalid=${error && error.field === k ? 'true' : undefined} ...${more} /></label>`;
  const place = d.area || (b.node && b.node.path), below = b.node && place !== b.node.path;
  return html`<div class="sheet report" role="dialog" aria-modal="true" aria-label=${t('report_title')} onKeyDown=${keys}><header role="none"><h2>${t('report_title')}</h2><small>${t('tab_next')}</small><span class="push"></span><button type="button" class="button plain" onClick=${() => sheet(null)}>${t('save_draft')} <kbd>Esc</kbd></button></header>
    <form class="report-form" ref=${form} onSubmit=${(e) => { e.preventDefault(); send(false); }} novalidate>
      <div class="wide">${line('title', t('what'), { maxlength: 256, required: true, autocomplete: 'off' })}</div>
      <div class="wide"><label class="field"><span>${t('details')}</span><textarea value=${d.text} maxlength="16384" onInput=${(e) => put({ text: e.target.value })}></textarea></label></div>
      <${PlacePick} label=${t('area_here', { place: b.node ? placeName(b.node.path) : '' })} value=${d.area} set=${(v) => put({ area: v })} />
      <div class="for-category"><${Pick} label=${t('category')} value=${d.category} set=${(v) => put({ category: v })} choices=${b.categories} free required invalid=${error && error.field === 'category'} /></div>
      <fieldset class="choice"><legend>${t('urgency')}</legend>${['routine', 'urgent', 'emergency'].map((u) => html`<label class=${d.urgency === u ? `on ${u}` : ''}><input type="radio" name="urgency" value=${u} checked=${d.urgency === u} onChange=${() => put({ urgency: u })} />${t(u)}</label>`)}</fieldset>
      <div class="for-source"><${Pick} label=${t('source')} value=${d.source} set=${(v) => put({ source: v })} choices=${(b.sources || []).map((s) => ({ code: s, title: s }))} free required invalid=${error && error.field === 'source'} /></div>
      <fieldset class="wide caller"><legend>${t('caller')}</legend><small>${t('caller_note')}</small>
        ${[['name', 'caller_name'], ['phone', 'caller_phone'], ['address', 'caller_address']].map(([k, w]) => html`<label class="field"><span>${t(w)}</span><input name=${`caller_${k}`} maxlength="128" autocomplete="off" value=${who[k]} onInput=${(e) => tell({ [k]: e.target.value })} aria-invalid=${error && error.field === 'reporter' ? 'true' : undefined} /></label>`)}
        <label class="check"><input type="checkbox" name="caller_confidential" checked=${who.confidential} onChange=${(e) => tell({ confidential: e.target.checked })} /> ${t('caller_confidential')}</label></fieldset>
      ${line('source_ref', t('source_ref'), { maxlength: 128, autocomplete: 'off' })}${line('place', t('where'), { maxlength: 256, autocomplete: 'off' })}
      ${line('lat', t('lat'), { inputmode: 'decimal', autocomplete: 'off' })}${line('lon', t('lon'), { inputmode: 'decimal', autocomplete: 'off' })}
      ${error && html`<div class="wide"><${ErrorPanel} what=${t('report_title')} error=${error} /></div>`}</form>
    <div class="beside"><h3>${t('duplicates')} ${others.length ? `${number(others.length)}${alike.more ? '+' : ''}` : ''}</h3>${others.length ? html`<ul>${others.map((m, i) => html`<li><button type="button" class="link" onClick=${() => { sheet(null); select(m.id); }}>${m.title}</button><small>${[m.area && placeName(m.area), m.distance_m >= 0 && m.distance_m !== null && t('near_metres', { n: number(m.distance_m) }), moment(m.opened_at), t(`state_${m.state}`)].filter(Boolean).join(' · ')}</small><button type="button" class="button" title=${t('keep_open')} onClick=${() => join(m)}>${t('merge_into')}${i === 0 ? html` <kbd>Alt M</kbd>` : ''}</button></li>`)}</ul>` : html`<p>${alike.words}</p>`}
      <h3>${t('after_send')}</h3><ol class="then"><li>${t('opened_here', { place: b.node ? placeName(b.node.path) : '' })}</li>${below ? html`<li>${t('then_offered', { place: placeName(place) })}</li>` : html`<li>${t('stays_here', { place: b.node ? placeName(b.node.path) : '' })}</li>`}${seen && seen.urgency_by === 'category' && html`<li>${t('urgency_category', { urgency: t(seen.urgency) })}</li>`}${suggested && html`<li>${t('desk_suggested', { desk: seen.desk_title || suggested })} <button type="button" class="button" onClick=${() => put({ desk: suggested })}>${t('take_it')} <kbd>Alt 1</kbd></button></li>`}${d.desk && html`<li>${t('desk_chosen', { desk: (seen && seen.desk_title) || d.desk })} <button type="button" class="link" onClick=${() => put({ desk: '' })}>${t('unmark')}</button></li>`}${seen && seen.clocks.map((k) => html`<li>${t('clock_from_then', { stage: t(`stage_${k.stage}`), due: k.due ? moment(k.due) : t('not_started') })}</li>`)}${seen && (seen.warnings || []).map((w) => html`<li class="warn">${language() === 'zh' ? w.message_zh : w.message}</li>`)}<li>${t('rises')}</li></ol></div>
    <footer role="none"><button type="button" class="button solid" disabled=${busy} onClick=${() => send(false)}>${t('send')} <kbd>Ctrl ↵</kbd></button><button type="button" class="button" disabled=${busy} onClick=${() => send(true)}>${t('send_another')} <kbd>Ctrl ⇧ ↵</kbd></button><span class="push"></span><button type="button" class="link" onClick=${() => { clear(); tell(NOBODY); now.current = EMPTY(); set(now.current); }}>${t('drop_draft')}</button><small class=${stored ? '' : 'warn'}>${t(stored ? 'draft_saved' : 'draft_unsaved')}</small></footer></div>`;
}
