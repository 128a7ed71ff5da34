// matter.js: one matter: what it is, what may be done with it now and why the rest may not, how far it is, by when, who held it
// when, and what happened.
import { html, useState, useEffect, useLayoutEffect } from '../lib/ui.js';
import { t, word, number, language } from '../lib/i18n.js';
import { moment, momentSeconds, duration } from '../lib/time.js';
import { nodeNow } from '../lib/apart.js';
import { titles } from '../lib/tree.js';
import { useStore } from '../lib/store.js';
import { ErrorPanel, Empty } from '../parts/frame.js';
import { Chip, Tag, Icon, StepIcon, chipOf } from '../parts/marks.js';
import { base, categoryName, chosen, readMatter, select } from './state.js';
import { StepForm, arrange, nameOf, KEY_OF } from './form.js';
import { Custody } from './custody.js';
import { Leads } from './lead.js';
import { doing } from './keys.js';
import { Line } from './line.js';
import { Files } from './files.js';
import { Said } from './rooms.js';
import { Place } from './place.js';
import { Personal } from './personal.js';

export const placeName = (path) => { const places = base.get().places, p = places.get(path); return p ? p.title || path : path; };

const FAR = { open: 1, sorted: 2, assigned: 4, handled: 5, visited: 5, closed: 6, merged: 6, hung: 4 };

// How long one of the six steps took, and how often it was taken.
const lasting = (six, over) => [six.now ? !over && t('step_goes_on') : duration(six.seconds * 1000), six.times > 1 && t('step_times', { n: six.times })].filter(Boolean).join(' · ');

function Track({ matter }) {
  const at = matter.step || FAR[matter.state] || 1, rose = matter.history.some((h) => h.type === 'offered' && h.kind === 'escalate');
  const over = ['closed', 'merged'].includes(matter.state);
  return html`<ol class="track" aria-label=${t('state')}>${[1, 2, 3, 4, 5, 6].map((n) => {
    const state = n === 3 && !rose && n < at ? 'skipped' : n < at || (over && n <= at) ? 'done' : n === at ? 'now' : 'to-come';
    const six = (matter.six || []).find((x) => x.step === n && x.at);
    return html`<li class=${state} aria-current=${state === 'now' ? 'step' : undefined}><span class="node">${state === 'done' ? html`<${Icon} name="check" />` : n}</span>${t(`step${n}`)}
      ${six && html`<small class="when">${[moment(six.at), placeName(six.node), lasting(six, over)].filter(Boolean).map((line, i) => (i ? html`<br />${line}` : line))}</small>`}</li>`;
  })}</ol>`;
}

function Stages({ matter, now, at }) {
  const stages = matter.clocks || [];
  if (!stages.length) return null;
  const newest = new Map();
  for (const c of stages) newest.set(c.stage, c);
  return html`<dl class="stages">${['sign', 'assign', 'handle', 'verify', 'close'].filter((s) => newest.has(s)).map((s) => {
    const c = newest.get(s), chip = chipOf(c, now, at);
    return html`<div class=${`stage ${chip.state}`}><dt>${t(`stage_${s}`)}</dt><dd><${Chip} clock=${chip} />${c.due && !c.ended && html`<small>${t('due_at', { t: moment(c.due) })}</small>`}</dd></div>`;
  })}</dl>`;
}

const TICK_ROWS = [['kept', 'kept'], ['held', 'held'], ['top', 'top']];

function TickLine({ matter, cut }) {
  return html`<ul class="tick-line">${TICK_ROWS.map(([f, w]) => html`<li class=${matter.ticks[f] ? 'on' : cut ? 'queued' : 'off'}><i aria-hidden="true"></i>${t(w)}${matter.ticks[f] && matter.ticks[`${f}_at`] && html` <small>${moment(matter.ticks[`${f}_at`])}</small>`}${!matter.ticks[f] && html` <b>${cut ? t('queued') : '…'}</b>`}</li>`)}</ul>`;
}

// What an event says beside its note.
function detail(h) {
  if (h.type === 'assigned') return [h.desk, h.person].filter(Boolean).join(' · ');
  if (h.type === 'offered') return `→ ${placeName(h.to || '')}`;
  if (h.type === 'handled' || h.type === 'closed') return h.result || '';
  if (h.type === 'visited' && h.visit) return [['reached', h.visit.reached], ['resolved', h.visit.resolved], ['satisfied', h.visit.satisfied]].filter(([, v]) => v !== null && v !== undefined).map(([k, v]) => `${t(`visit_${k}`)} ${v ? t('yes') : t('no')}`).join(' · ');
  return '';
}

function History({ matter }) {
  const [all, show] = useState(false), lines = [...matter.history].reverse(), shown = all ? lines : lines.slice(0, 8);
  return html`<section class="history"><h3>${t('history')}<small><${Icon} name="check" />${t('signature_all', { n: number(lines.length) })}</small></h3>
    <ol>${shown.map((h) => html`<li key=${h.event}><time datetime=${h.at}>${moment(h.at)}</time><${StepIcon} type=${h.type} kind=${h.kind} /><div><b>${h.type === 'offered' ? nameOf(h.kind) : word('event', h.type)}</b> <span>${placeName(h.node)}</span> <small>${(h.by || '').replace(/^(user|token):/, '')}</small>
      ${detail(h) && html`<p>${detail(h)}</p>`}${h.note && html`<p class="note">${h.note}</p>`}<${Files} files=${h.attachments} all=${matter.attachments} name=${placeName} /></div></li>`)}</ol>
    ${lines.length > shown.length && html`<button type="button" class="link" onClick=${() => show(true)}>${t('earlier', { n: number(lines.length - shown.length) })}</button>`}${matter.history_left_off && html`<p class="note">${t('left_off', { n: number(matter.history_left_off) })}</p>`}</section>`;
}

function Actions({ matter, now }) {
  const [form, open] = useState(null), [more, show] = useState(false), steps = matter.steps || [], { first, shown, more: rest, cannot } = arrange(steps, matter.state);
  const go = (name) => { const s = steps.find((x) => x.step === name); if (s && s.allowed) { show(false); open(name); } };
  useLayoutEffect(() => { open(null); show(false); }, [matter.id]);
  useLayoutEffect(() => doing.set({ step: (letter) => { const name = Object.keys(KEY_OF).find((k) => KEY_OF[k] === letter.toUpperCase()); const s = steps.find((x) => x.step === name && x.allowed); if (s) { go(name); return true; } return false; }, more: () => show((x) => !x), open: go }), [matter.version, matter.id, steps.length]);
  const button = (s, solid) => html`<button type="button" key=${s.step} class=${solid ? 'button solid' : 'button'} aria-expanded=${String(form === s.step)} onClick=${() => open(form === s.step ? null : s.step)}>${nameOf(s.step)}${s.warning ? `（${t('queued')}）` : ''}${KEY_OF[s.step] && html` <kbd>${KEY_OF[s.step]}</kbd>`}</button>`;
  const warned = steps.find((s) => s.step === form);
  return html`<div class="actions"><div class="buttons">${first && button(first, true)}${shown.map((s) => button(s, false))}
    ${(rest.length > 0 || cannot.length > 0) && html`<button type="button" class="button" aria-expanded=${String(more)} onClick=${() => show(!more)}>${t(more ? 'less' : 'more')} <kbd>.</kbd></button>`}</div>
    ${more && html`<div class="more">${rest.length > 0 && html`<div class="buttons">${rest.map((s) => button(s, false))}</div>`}
      ${cannot.length > 0 && html`<details open><summary>${t('not_now')}</summary><dl>${cannot.map((s) => html`<div><dt>${nameOf(s.step)}</dt><dd>${(language() === 'zh' && s.why_zh) || s.why}</dd></div>`)}</dl></details>`}</div>`}
    ${form && html`<${StepForm} key=${`${matter.id}${form}`} step=${form} matter=${matter} warning=${warned && warned.warning} onClose=${() => open(null)} />`}</div>`;
}

function Links({ matter }) {
  const out = [];
  if (matter.merged_into) out.push([t('step_merge'), matter.merged_into]);
  if (matter.duplicate_of_id) out.push([t('duplicates'), matter.duplicate_of_id]);
  for (const id of matter.merged_from || []) out.push([t('merged_from'), id]);
  for (const id of matter.pointed_from || []) out.push([t('pointed_from'), id]);
  if (!out.length) return null;
  return html`<p class="links">${out.map(([label, id]) => html`<button type="button" class="link" onClick=${() => select(id)}>${label} ${id.slice(0, 10)}</button>`)}</p><${Merged} matter=${matter} />`;
}

// What was said of the matters that were merged into it, and their files; the node looks at some of them, and not at all of each.
function Merged({ matter }) {
  const all = matter.merged || [], cut = all.some((x) => x.more) || all.length < (matter.merged_from || []).length;
  const said = all.flatMap((x) => x.comments.map((c) => ({ what: x.title, text: c.note, by: c.by, at: c.at }))).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return html`${said.length > 0 && html`<p class="under">${t('merged_comments')}</p><${Said} said=${said} named=${(title) => title} />`}
    ${all.filter((x) => x.attachments && x.attachments.length).map((x) => html`<p class="under">${t('merged_files', { title: x.title })}</p><${Files} files=${x.attachments} all=${x.attachments} name=${placeName} />`)}${cut && html`<p class="under">${t('merged_more')}</p>`}`;
}

const ago = (m) => [m.occurred_at && t('occurred', { t: moment(m.occurred_at) }), t('received', { t: moment(m.opened_at) }), m.closed_at && t('closed_at', { t: moment(m.closed_at) }), m.hung_until && t('hung_until', { t: moment(m.hung_until) })].filter(Boolean).join(' · ');

export function Matter({ now, onBack }) {
  const c = useStore(chosen), b = useStore(base), [copied, copy] = useState(false), m = c.matter;
  useEffect(() => copy(false), [c.id]);
  if (!c.id) return html`<div class="matter"><${Empty}>${t('select_one')}<//></div>`;
  if (!m) return html`<div class="matter">${c.error ? html`<${ErrorPanel} what=${t('open_it')} error=${c.error} ways=${[[t('again'), readMatter], [t('close'), () => select(null)]]} />` : html`<p class="reading">${t('loading')}</p>`}</div>`;
  const cut = b.node && b.node.parent && b.node.parent.state !== 'live', warnings = m.warnings || [];
  return html`<article class="matter" aria-label=${m.title}>
    <header><div class="tags"><button type="button" class="button plain narrow" onClick=${onBack} aria-label=${t('key_back')}><${Icon} name="back" /></button>
      ${m.urgency !== 'routine' && html`<${Tag} kind=${m.urgency} />`}${m.exercise && html`<${Tag} kind="warning">${t('exercise')}<//>`}<${Tag}>${categoryName(m.category)}<//>${m.offered && html`<${Tag} kind="offered" />`}${m.state === 'hung' && html`<${Tag}>${t('hung')}<//>`}
      <${Tag}>${word('state', m.state)}<//><button type="button" class="link mono" title=${t('copy_id')} onClick=${() => { navigator.clipboard && navigator.clipboard.writeText(m.id).then(() => copy(true), () => {}); }}>${copied ? t('copied') : m.id}</button>
      <span class="push"></span><a class="link" href=${`/api/v1/matters/${m.id}/proof`} download=${`${m.id}.proof`}>${t('proof')}</a></div>
      <h2>${m.title}</h2><p class="under">${titles(b.places, m.area, 3)} · ${m.source}${m.source_ref ? ` ${m.source_ref}` : ''} · ${ago(m)}${m.place ? ` · ${m.place}` : ''}</p></header>
    ${c.error && html`<${ErrorPanel} what=${t('show_now')} error=${c.error} ways=${[[t('again'), readMatter]]} />`}
    ${warnings.map((w) => html`<p class="warned" role="status"><${Icon} name="bell" /> ${language() === 'zh' ? w.message_zh || w.message : w.message}</p>`)}
    <${Actions} matter=${m} now=${now} />
    ${m.text && html`<section class="text"><p>${m.text}</p></section>`}
    <${Files} files=${(m.attachments || []).filter((f) => !m.history.some((h) => (h.attachments || []).some((x) => x.hash === f.hash)))} all=${m.attachments} name=${placeName} />
    <${Personal} key=${`who ${m.id}`} matter=${m} /><${Place} matter=${m} /><${Links} matter=${m} /><${Leads} matter=${m} />
    <${Track} matter=${m} /><${Stages} matter=${m} now=${now} at=${c.at} /><${Custody} matter=${m} name=${placeName} now=${nodeNow(now)} /><${TickLine} matter=${m} cut=${cut} /><div class="past"><${History} matter=${m} /><${Line} key=${m.id} matter=${m} place=${placeName} /></div>
    <p class="as-of">${t('as_of', { t: momentSeconds(c.at) })}</p></article>`;
}

