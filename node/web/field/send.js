// send.js: the report and the outbox of the phone.
import { html, useState, useRef } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { moment, duration } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { ask, newKey } from '../lib/api.js';
import { Ticks } from '../parts/marks.js';
import { outbox, add, drop, keep, kept, retry, asComment, written, exportAll, sendAll, isOld, ours, unsent } from './outbox.js';
import { Photos, making, upload } from './photo.js';
import { stepName } from './tasks.js';

// What is being written stays while the person looks elsewhere; its words through a reload too, as the outbox is kept. Words whose key is
// in the outbox were kept already and are over; others go on under a key of their own: another tab may send what it has under the old one.
const NAMES = ['title', 'text', 'category', 'source', 'place'], BLANK = () => ({ key: newKey(), fields: {}, photos: [], at: null, urgency: 'routine' });
let draft = BLANK(), keeping = Promise.resolve(); // one after another: an older one that is slow to be kept would stand
const shownAs = make(draft.key); // another one: the form is drawn anew, with the draft's words
function note(more) {
  draft = { ...draft, ...more };
  keeping = keeping.then(() => keep('draft', { key: draft.key, fields: draft.fields, urgency: draft.urgency }));
}
export async function readDraft() {
  const had = await kept('draft');
  if (!had || Object.keys(draft.fields).length || outbox.get().items.some((i) => i.key === had.value.key)) return;
  draft = { ...draft, key: newKey(), fields: had.value.fields, urgency: had.value.urgency };
  shownAs.set(draft.key); // the form may stand already, where the store is slow
}

export function Report({ say, categories }) {
  const [error, fail] = useState(''), form = useRef(null), [, again] = useState(0), shown = useStore(shownAs), busy = useStore(making) > 0, { at, urgency, photos, fields } = draft;
  const put = (more) => { note(more); again((n) => n + 1); }, place = (v) => put({ at: v }), choose = (v) => put({ urgency: v }), shoot = (v) => put({ photos: v });
  const locate = () => {
    if (!navigator.geolocation) { fail(t('no_position', { why: '' })); return; }
    navigator.geolocation.getCurrentPosition((p) => place({ lat: p.coords.latitude, lon: p.coords.longitude, near: p.coords.accuracy }), (e) => fail(t('no_position', { why: e.message })), { enableHighAccuracy: true, timeout: 15000 });
  };
  const send = async (e) => {
    e.preventDefault();
    const f = new FormData(e.target), body = { urgency }, { key } = draft; // of when it was pressed: a second press is the same report
    for (const k of NAMES) { const v = String(f.get(k) || '').trim(); if (v) body[k] = v; }
    for (const [k, w] of [['title', 'what'], ['category', 'category'], ['source', 'source']]) if (!body[k]) { fail(t('field_missing', { name: t(w) })); form.current.elements[k].focus(); return; }
    if (at) body.location = { lat: at.lat, lon: at.lon };
    let how = 'report_kept';
    try {
      await add({ key, what: 'report', title: body.title, path: '/api/v1/matters', body, photos });
    } catch (refused) {
      if (!outbox.get().broken) { fail(refused.message); return; }
      try { await ours(); const whole = photos.length ? { ...body, attachments: await Promise.all(photos.map((photo) => upload(photo))) } : body; await ours(); await ask('POST', '/api/v1/matters', { key, body: whole }); } catch (no) { if (no.code === 'key_reused') note({ key: newKey() }); fail(`${refused.message} ${no.message}`); return; } // no store: on line, at once
      how = 'report_sent';
    }
    draft = BLANK();
    note({});
    shownAs.set(draft.key);
    fail('');
    say(t(how));
  };
  const typed = () => note({ fields: Object.fromEntries(NAMES.map((k) => [k, form.current.elements[k].value])) });
  return html`<form class="report" key=${shown} ref=${form} onSubmit=${send} onInput=${typed} novalidate><${Photos} photos=${photos} set=${shoot} /><label class="field"><span>${t('what')}</span><input name="title" defaultValue=${fields.title || ''} maxlength="256" autocomplete="off" /></label><label class="field"><span>${t('details')}</span><textarea name="text" defaultValue=${fields.text || ''} maxlength="16384"></textarea></label>
    <label class="field"><span>${t('category')}</span><input name="category" defaultValue=${fields.category || ''} maxlength="64" list="categories" autocomplete="off" /></label><datalist id="categories">${categories.map((c) => html`<option value=${c.code}>${c.title}</option>`)}</datalist>
    <label class="field"><span>${t('where')}</span><input name="place" defaultValue=${fields.place || ''} maxlength="256" autocomplete="off" /></label>
    <button type="button" class="button" onClick=${locate}>${t('here_now')}</button>${at && html`<p>${t('position', { lat: at.lat.toFixed(5), lon: at.lon.toFixed(5), n: Math.round(at.near) })}</p>`}
    <fieldset class="choice"><legend class="out-of-sight">${t('urgent')}</legend>${['routine', 'urgent', 'emergency'].map((u) => html`<label class=${urgency === u ? `on ${u}` : ''}><input type="radio" name="urgency" value=${u} checked=${urgency === u} onChange=${() => choose(u)} />${t(u)}</label>`)}</fieldset>
    <label class="field"><span>${t('source')}</span><input name="source" maxlength="64" defaultValue=${fields.source || t('source_default')} /></label>
    ${error && html`<p class="error-panel" role="alert">${error}</p>`}<button class="button solid" disabled=${busy}>${t('save_it')}</button></form>`;
}

function Item({ i, now, sending, part = 0 }) {
  const [sure, ask1] = useState(false);
  return html`<li class=${i.state} key=${i.id}><b>${i.what === 'report' ? i.title : `${stepName(i.what)} · ${i.title}`}</b><small>${moment(i.made_at)}${(i.photos || []).length || i.photos_sent ? ` · ${t('photo_count', { n: number(i.photos_sent || i.photos.length) })}` : ''}</small>
    <p role="status">${i.state === 'sent' ? html`${t('sent')} ${moment(i.sent_at)} ${i.answer && i.answer.ticks && html`<${Ticks} ticks=${i.answer.ticks} />`} ${i.answer && i.answer.id && html`<small>${t('sent_id', { id: i.answer.id.slice(0, 10) })}</small>`}` : i.state === 'refused' ? t('not_taken', { why: i.error })
    : i.next_at > now ? `${t('waiting')} · ${t('next_try', { d: duration(i.next_at - now) })}` : sending ? `${t('sending')}${part > 0 ? ` ${t('part_gone', { n: number(part) })}` : ''}` : t('waiting')}</p>
    ${i.state === 'waiting' && i.error && html`<p class="why">${t('last_error', { why: i.error })}</p>`}${isOld(i, now) && html`<p class="old">${t('old_item', { d: duration(now - i.made_at) })}</p>`}
    ${i.state !== 'sent' && html`<div class="ways">${i.state === 'waiting' ? html`<button type="button" class="button" onClick=${() => retry(i)}>${t('send_now')}</button>` : html`<button type="button" class="button" onClick=${() => retry(i)}>${t('retry_refused')}</button>${i.what !== 'report' && written(i) && html`<button type="button" class="button" onClick=${() => asComment(i)}>${t('keep_as_comment')}</button>`}`}
      <button type="button" class="button danger" onClick=${() => (sure ? drop(i.id) : ask1(true))}>${t(sure ? 'drop_sure' : 'drop_it')}</button></div>`}</li>`;
}

export function Outbox({ now }) {
  const o = useStore(outbox), wait = unsent(o.items), gone = o.items.filter((i) => i.state === 'sent');
  return html`<section class="outbox">${o.broken && html`<p class="error-panel" role="alert">${o.broken}</p>`}${!o.broken && html`<p>${t('all_kept')}</p>`}
    ${wait.length ? html`<h2>${t('unsent', { n: number(wait.length) })}</h2><ul>${wait.map((i) => html`<${Item} key=${i.id} i=${i} now=${now} sending=${o.sending && o.now === i.id} part=${o.part} />`)}</ul>${wait.some((i) => i.state === 'waiting') && html`<div class="ways"><button type="button" class="button solid" onClick=${sendAll}>${t('send_now')}</button></div>`}` : !o.broken && !o.lost && html`<p class="reading">${t('none_unsent')}</p>`}
    ${gone.length > 0 && html`<h2>${t('earlier_sent')}</h2><ul>${gone.slice(0, 30).map((i) => html`<${Item} key=${i.id} i=${i} now=${now} />`)}</ul>`}
    <p class="small">${o.persisted === true ? t('persisted') : o.persisted === false ? t('not_persisted') : ''}</p>${o.items.length > 0 && html`<button type="button" class="button" onClick=${exportAll}>${t('export')}</button>`}</section>`;
}
