// tasks.js: what the person has to do: read when the node answers, shown as of then when it does not; a step goes by the outbox.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, word, language } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { get, newKey, unless } from '../lib/api.js';
import { Chip, Tag, deadlineChip } from '../parts/marks.js';
import { outbox, add, forget, keep, kept } from './outbox.js';
import { Photos, making } from './photo.js';

// left: what this account is not given; refused: why the last reading failed, where the node said so; matter_at, matter_why: the same of the chosen one
export const tasks = make({ items: [], at: 0, fresh: false, steps: [], chosen: null, matter: null, matter_at: 0, matter_why: '', left: [], refused: '', more: false });
const SHOWN = ['progress', 'handle']; // steps that photos go with
const STEPS = ['accept', 'refuse', 'take', 'progress', 'handle', 'comment', 'giveback'], LIVE = 'open,sorted,assigned,handled,visited,hung';

export async function readTasks(me) {
  const left = [], none = { items: [] };
  try {
    const here = me && me.node ? me.node.path : (await get('/api/v1/node')).path;
    const [held, offered, steps] = await Promise.all([unless(left, 'held_here', get('/api/v1/matters', { holder: here, state: LIVE, sort: 'deadline', limit: 100 }), none), unless(left, 'to_sign', get('/api/v1/matters', { needs: 'sign', limit: 50 }), none), unless(left, 'steps_here', get('/api/v1/steps'), { steps: [] })]);
    const items = [...offered.items, ...held.items.filter((m) => !offered.items.some((o) => o.id === m.id))].sort((a, b) => (b.urgency === 'emergency') - (a.urgency === 'emergency')); // the others stay in their order: by deadline
    const value = { items, steps: steps.steps, more: Boolean(held.next_cursor || offered.next_cursor) };
    tasks.set((s) => ({ ...s, ...value, left, refused: '', at: Date.now(), fresh: true }));
    keep('tasks', value);
    if (tasks.get().chosen) readMatter(tasks.get().chosen);
  } catch (e) {
    const had = tasks.get().at ? null : await kept('tasks');
    tasks.set((s) => ({ ...s, fresh: false, refused: e.status ? e.message : '', ...(had ? { ...had.value, at: had.at } : {}) }));
  }
}

async function readMatter(id) {
  try {
    const matter = await get(`/api/v1/matters/${id}`);
    tasks.set((s) => (s.chosen === id ? { ...s, matter, matter_at: Date.now(), matter_why: '' } : s));
    keep(`matter ${id}`, matter);
  } catch (e) {
    const had = tasks.get().matter ? null : await kept(`matter ${id}`);
    tasks.set((s) => (s.chosen !== id ? s : { ...s, matter_why: e.message, ...(s.matter ? {} : had ? { matter: had.value, matter_at: had.at } : { matter: s.items.find((m) => m.id === id), matter_at: s.at }) }));
  }
}
export const openTask = (id) => { tasks.set((s) => ({ ...s, chosen: id, matter: null, matter_at: 0, matter_why: '' })); if (id) readMatter(id); };

const said = (f) => (language() === 'zh' ? f.zh : f.en);
export const stepName = (name) => { const w = t(`step_${name}`), s = tasks.get().steps.find((x) => x.step === name); return w !== `step_${name}` ? w : s ? said(s) : name; };

function chip(m, now, at) {
  const clock = deadlineChip(m, now, at);
  return clock && html`<${Chip} clock=${clock} />`;
}

// What is written for a step stays while the person looks elsewhere, and its words through a reload too (a phone puts the browser away for
// its camera): by matter and step. As of a report (send.js): kept one after another; words whose key is in the outbox are over.
const begun = new Map(), BLANK = () => ({ key: newKey(), fields: {}, photos: [] });
let keeping = Promise.resolve();
async function readBegun(k) {
  await keeping;
  const had = await kept(`step ${k}`), on = had && !outbox.get().items.some((i) => i.key === had.value.key);
  if (!begun.has(k)) begun.set(k, { ...BLANK(), ...(on ? { fields: had.value.fields } : {}) });
}

function Begun(props) {
  const k = `${props.m.id} ${props.step}`, [ready, is] = useState(begun.has(k));
  useEffect(() => {
    let gone = false;
    if (!ready) readBegun(k).then(() => { if (!gone) is(true); });
    return () => { gone = true; };
  }, [k]);
  return ready ? html`<${Form} ...${props} />` : html`<p class="reading">${t('loading')}</p>`;
}

function Form({ m, step, done }) {
  const k = `${m.id} ${step}`, had = begun.get(k) || BLANK(), ended = useRef(false);
  const note = (more) => { const now = { ...had, ...begun.get(k), ...more }; begun.set(k, now); keeping = keeping.then(() => keep(`step ${k}`, { key: now.key, fields: now.fields })); };
  const over = (text) => { ended.current = true; begun.delete(k); keeping = keeping.then(() => forget(`step ${k}`)); done(text); };
  const shape = tasks.get().steps.find((s) => s.step === step), [error, fail] = useState(''), [, again] = useState(0), { photos } = had, busy = useStore(making) > 0, take = (all) => { if (ended.current) return; note({ photos: all }); again((n) => n + 1); }; // photos that were still being made smaller belong to nothing then
  const send = async (e) => {
    e.preventDefault();
    const form = new FormData(e.target), body = {};
    for (const f of shape.fields) { const v = String(form.get(f.name) || '').trim(); if (v) body[f.name] = v; else if (f.must) { fail(t('field_missing', { name: said(f) })); return; } }
    try {
      await add({ key: had.key, what: step, title: m.title, path: `/api/v1/matters/${m.id}/${step}`, body, photos });
      over(t('step_kept', { step: stepName(step) }));
    } catch (refused) { fail(refused.message); }
  };
  return html`<form class="step" onSubmit=${send} onInput=${(e) => note({ fields: Object.fromEntries(new FormData(e.currentTarget)) })}><h3>${stepName(step)}</h3>${shape.fields.map((f) => html`<label class="field"><span>${said(f)}</span>${f.most > 256 ? html`<textarea name=${f.name} defaultValue=${had.fields[f.name] || ''} maxlength=${f.most}></textarea>` : html`<input name=${f.name} defaultValue=${had.fields[f.name] || ''} maxlength=${f.most || 255} />`}</label>`)}
    ${SHOWN.includes(step) && html`<${Photos} photos=${photos} set=${take} />`}${error && html`<p class="error-panel" role="alert">${error}</p>`}<button class="button solid" disabled=${busy}>${stepName(step)}</button><button type="button" class="button" onClick=${() => over('')}>${t('cancel')}</button></form>`;
}

function Task({ now, say, talk }) {
  const s = useStore(tasks), [step, open] = useState(null), m = s.matter;
  useEffect(() => open(null), [s.chosen]);
  if (!m) return html`<p class="reading">${t('loading')}</p>`;
  const may = m.steps ? m.steps.filter((x) => x.allowed && STEPS.includes(x.step)).map((x) => x.step) : STEPS.filter((x) => (m.offered ? ['accept', 'refuse', 'comment'] : ['progress', 'handle', 'comment']).includes(x));
  return html`<article class="task"><button type="button" class="button plain" onClick=${() => openTask(null)}>‹ ${t('back')}</button><div class="tags">${m.urgency !== 'routine' && html`<${Tag} kind=${m.urgency} />`}${m.offered && html`<${Tag} kind="offered" />`}<${Tag}>${m.category}<//><${Tag}>${word('state', m.state)}<//></div>
    <h2>${m.title}</h2><p class="under">${m.source} · ${moment(m.opened_at)}${m.place ? ` · ${m.place}` : ''}</p>${chip(m, now, s.matter_at)}${m.text && html`<p class="text">${m.text}</p>`}<p class=${s.matter_why ? 'as-of old' : 'as-of'} role="status">${t('as_of', { t: moment(s.matter_at) })}${s.matter_why ? ` · ${t('not_read_again', { why: s.matter_why })}` : ''}</p>
    ${step ? html`<${Begun} key=${step} m=${m} step=${step} done=${(text) => { open(null); if (text) say(text); }} />` : html`<div class="ways" role="group" aria-label=${t('steps_here')}>${may.map((x, i) => html`<button type="button" class=${i ? 'button' : 'button solid'} onClick=${() => open(x)}>${stepName(x)}</button>`)}<button type="button" class="button" onClick=${() => talk(m.id)}>${t('line')}</button></div>`}
    ${m.history && html`<h3>${t('task_history')}</h3><ol class="history">${[...m.history].reverse().slice(0, 20).map((h) => html`<li key=${h.event}><time>${moment(h.at)}</time> <b>${word('event', h.type)}</b>${h.note && html`<p>${h.note}</p>`}</li>`)}</ol>`}</article>`;
}

// What is left out here, and why the rest could not be read again: a sentence each. s: a store with left and refused.
export function Left({ s }) {
  const whys = [...new Set(s.left.map((l) => l.why))];
  return html`${whys.map((why) => html`<p class="as-of old left-out" role="status">${t('left_out', { what: s.left.filter((l) => l.why === why).map((l) => t(l.what)).join(t('list_comma')), why })}</p>`)}
    ${s.refused && html`<p class="as-of old" role="status">${t('not_read_again', { why: s.refused })}</p>`}`;
}

export function Tasks({ now, say, talk }) {
  const s = useStore(tasks);
  if (s.chosen) return html`<${Task} now=${now} say=${say} talk=${talk} />`;
  return html`<section class="tasks"><${Left} s=${s} />${s.at > 0 && html`<p class=${s.fresh ? 'as-of' : 'as-of old'}>${t('tasks_as_of', { t: moment(s.at) })}</p>`}
    ${s.at === 0 && !s.fresh ? html`<p class="reading">${t('tasks_never')}</p>` : s.items.length ? html`<ul>${s.items.map((m) => html`<li key=${m.id}><button type="button" onClick=${() => openTask(m.id)}><b>${m.title}</b><span>${m.category} · ${moment(m.opened_at)}</span><span class="tags">${m.urgency !== 'routine' && html`<${Tag} kind=${m.urgency} />`}${m.offered && html`<${Tag} kind="offered" />`}${chip(m, now, s.at)}</span></button></li>`)}</ul>${s.more && html`<p class="as-of" role="status">${t('tasks_more', { n: s.items.length })}</p>`}` : html`<p class="reading">${t('tasks_none')}</p>`}</section>`;
}
