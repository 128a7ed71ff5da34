// form.js: the fields of a step, made from what the node says that it takes (GET /api/v1/steps): nothing here knows a step by name
// but its key and which one is expected.
import { html, useState, useRef, useLayoutEffect } from '../lib/ui.js';
import { t, language } from '../lib/i18n.js';
import { newKey, notDone } from '../lib/api.js';
import { fromForm } from '../lib/time.js';
import { base, chosen, readMatter, take, say, backOf } from './state.js';
import { ErrorPanel } from '../parts/frame.js';
import { Pick, PlacePick } from './pick.js';

export const KEY_OF = { handle: 'H', progress: 'P', assign: 'A', dispatch: 'D', escalate: 'E', return: 'R', hang: 'U', accept: 'Y', refuse: 'B', take: 'T', close: 'L', visit: 'I', comment: 'C', resume: 'W' };
const EXPECTED = { open: ['sort', 'assign', 'take'], sorted: ['assign', 'take'], assigned: ['handle'], handled: ['visit', 'close'], visited: ['close'], hung: ['resume'], closed: ['reopen'], merged: ['unmerge'] };

export const words = (x) => (language() === 'zh' ? x.zh : x.en);
export const nameOf = (step) => { const key = `step_${step}`, said = t(key); return said !== key ? said : words(base.get().steps.find((s) => s.step === step) || { zh: step, en: step }); };

// The expected one first, six more, the rest behind "more".
export function arrange(steps, state) {
  const can = steps.filter((s) => s.allowed), first = ['accept', ...(EXPECTED[state] || [])].map((n) => can.find((s) => s.step === n)).find(Boolean);
  const order = ['progress', 'assign', 'dispatch', 'escalate', 'return', 'hang', 'refuse', 'close', 'comment'];
  const rest = can.filter((s) => s !== first).sort((a, b) => (order.indexOf(a.step) + 1 || 99) - (order.indexOf(b.step) + 1 || 99));
  return { first, shown: rest.slice(0, 5), more: rest.slice(5), cannot: steps.filter((s) => !s.allowed) };
}

const tall = (f) => f.kind === 'text' && f.most > 256;

function Field({ f, value, set, autofocus, invalid, matter }) {
  const label = words(f), must = f.must || f.either, common = { 'aria-invalid': invalid ? 'true' : undefined, 'data-first': autofocus ? '' : undefined };
  const b = base.get();
  if (f.kind === 'bool' || f.kind === 'answer') {
    return html`<fieldset class="choice"><legend>${label}</legend>${[['true', 'yes'], ['false', 'no'], ...(f.kind === 'answer' ? [['', 'unsaid']] : [])].map(([v, w], i) => html`<label><input type="radio" name=${f.name} value=${v}
      checked=${(value === undefined ? (f.kind === 'answer' ? '' : undefined) : value) === v} onChange=${() => set(v)} data-first=${autofocus && i === 0 ? '' : undefined} />${t(w)}</label>`)}</fieldset>`;
  }
  if (f.kind === 'urgency') {
    return html`<label class="field"><span>${label}</span><select value=${value || ''} onChange=${(e) => set(e.target.value)} ...${common}><option value="">${t('choose')}</option>
      ${['routine', 'urgent', 'emergency'].map((u) => html`<option value=${u}>${t(u)}</option>`)}</select></label>`;
  }
  if (f.kind === 'path') return html`<${PlacePick} label=${label} value=${value || ''} set=${set} first=${autofocus} invalid=${invalid} anywhere />`;
  if (f.kind === 'desk') return html`<${Pick} label=${label} value=${value || ''} set=${set} first=${autofocus} choices=${b.desks} free />`;
  if (f.name === 'category') return html`<${Pick} label=${label} value=${value || ''} set=${set} first=${autofocus} choices=${b.categories} free />`;
  if (['time', 'due', 'deadline', 'until'].includes(f.kind)) {
    return html`<label class="field"><span>${label}</span><input type="datetime-local" value=${value || ''} onInput=${(e) => set(e.target.value)} required=${must} ...${common} /></label>`;
  }
  return html`<label class="field"><span>${label}</span>${tall(f)
    ? html`<textarea maxlength=${f.most} value=${value || ''} onInput=${(e) => set(e.target.value)} ...${common}></textarea>`
    : html`<input maxlength=${f.most || 255} value=${value || ''} onInput=${(e) => set(e.target.value)} ...${common} />`}</label>`;
}

// Of whom was not reached nothing is said (ST2).
const unheard = (values) => values.reached === 'false', of_heard = (f) => f.name === 'resolved' || f.name === 'satisfied';

// What is sent: empty fields are left out.
export function bodyOf(fields, values) {
  const body = {};
  for (const f of fields) {
    const v = values[f.name];
    if (v === undefined || v === '' || (unheard(values) && of_heard(f))) continue;
    if (f.kind === 'bool' || f.kind === 'answer') body[f.name] = v === 'true';
    else if (['time', 'due', 'deadline', 'until'].includes(f.kind)) body[f.name] = fromForm(v);
    else body[f.name] = v;
  }
  return body;
}

// The first field that has to be filled in and is not; null: all are.
export function missing(fields, values) {
  const empty = (f) => values[f.name] === undefined || values[f.name] === '';
  const must = fields.find((f) => (f.must || (f.name === 'resolved' && values.reached === 'true')) && empty(f));
  if (must) return must;
  const either = fields.filter((f) => f.either);
  return either.length && either.every(empty) ? either[0] : null;
}

// A form below the buttons. matter null: for many (`onDone(body, key)` does it, and answers whether of some it is not known; the same key again counts once).
export function StepForm({ step, matter, onDone, onClose, warning }) {
  const shape = base.get().steps.find((s) => s.step === step), [values, set] = useState({}), [error, fail] = useState(null), [busy, work] = useState(false), [bad, blame] = useState(null);
  const form = useRef(null), key = useRef(newKey()), comment = useRef(newKey()), version = useRef(matter ? matter.version : undefined);
  useLayoutEffect(() => { if (!matter) return; const first = form.current && (form.current.querySelector('[data-first]') || form.current.querySelector('button.solid')); if (first) first.focus(); }, [step]);
  if (!shape) return null;
  const send = async (e) => {
    if (e) e.preventDefault();
    const lacks = missing(shape.fields, values);
    if (lacks) { blame(lacks.name); fail({ message: t('field_missing', { name: words(lacks) }) }); return; }
    work(true);
    fail(null);
    try {
      const body = bodyOf(shape.fields, values);
      if (!matter) { if (!(await onDone(body, key.current))) key.current = newKey(); work(false); return; }
      const answer = await take(matter.id, step, body, version.current, key.current);
      const warned = answer.warnings && answer.warnings.length ? answer.warnings.map((w) => (language() === 'zh' ? w.message_zh : w.message)).join(' ') : '';
      say({ text: warned ? `${t('warn_taken')}：${warned}` : t('done', { step: nameOf(step) }), kind: warned ? 'warn' : 'ok', undo: backOf(step) && { id: matter.id, step: backOf(step) } });
      onClose();
    } catch (refused) {
      work(false);
      blame(refused.field);
      fail(refused);
      if (notDone(refused)) key.current = newKey();
    }
  };
  const again = () => readMatter().then(() => { const m = chosen.get().matter; if (m && m.id === matter.id) { version.current = m.version; fail(null); } });
  const written = values.note || values.reason || values.text || values.result;
  const asComment = async () => { try { await take(matter.id, 'comment', { text: written }, undefined, comment.current); say({ text: t('comment_kept'), kind: 'ok' }); onClose(); } catch (refused) { fail(refused); if (notDone(refused)) comment.current = newKey(); } };
  const keys = (e) => { if (e.key === 'Enter' && e.ctrlKey) send(); if (e.key === 'Escape') { onClose(); e.stopPropagation(); } };
  return html`<form class="step-form" ref=${form} onSubmit=${send} onKeyDown=${keys} aria-label=${nameOf(step)} novalidate>
    <h3>${nameOf(step)}${warning && html`<span class="tag warning">${t('queue_note')}</span>`}</h3>
    <div class="fields">${shape.fields.map((f, i) => html`<${Field} key=${f.name} f=${f} value=${values[f.name]} set=${(v) => set((x) => ({ ...x, [f.name]: v }))} autofocus=${i === 0} invalid=${bad === f.name} matter=${matter} />`)}</div>
    ${error && html`<${ErrorPanel} what=${nameOf(step)} error=${error} now=${error.current && error.current.state ? `${t(`state_${error.current.state}`)} · ${error.current.holder || ''}` : ''}
      ways=${error.status === undefined ? [] : [[t('show_now'), again], ...(written && matter && step !== 'comment' && error.status === 409 ? [[t('keep_as_comment'), asComment]] : [])]} />`}
    <div class="ways"><button class="button solid" disabled=${busy}>${nameOf(step)} <kbd>Ctrl ↵</kbd></button><button type="button" class="button" onClick=${onClose}>${t('cancel')} <kbd>Esc</kbd></button></div></form>`;
}
