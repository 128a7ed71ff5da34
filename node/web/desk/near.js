// near.js: who may go to the chosen matter: the grid that it lies in, who is on duty in this node and below, the nearest first. How far
// and whether free only a person's own node knows (node/field/RULES.md, GR3): of others it is said that it is not known here, and of a
// branch that is not heard, that nobody knows. One press assigns (or sends down); for ten seconds it can be taken back.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, language } from '../lib/i18n.js';
import { duration, moment } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { get } from '../lib/api.js';
import { Icon } from '../parts/marks.js';
import { ErrorPanel } from '../parts/frame.js';
import { backOf, base, later, say, sendNow, take, takeBack, takeLater } from './state.js';
import { nameOf } from './form.js';

const MOST = 30, AGAIN_MS = 20000;
export const near = make({ of: null, items: [], unknown: [], total: 0, grid: null, at: 0, error: null });
export const over = make(null); // whose row is looked at: {person, node}

const titleOf = (path) => { const p = base.get().places.get(path); return p ? p.title || path : path; };

let turn = 0; // a call that was slow says nothing of another matter, nor of before
async function read(matter) {
  const mine = ++turn, { lat, lon } = matter.location || {}, here = base.get().places.has(matter.area) ? matter.area : undefined, narrowed = ((base.get().me || {}).areas || []).length > 0;
  try {
    const [on, grid] = await Promise.all([get('/api/v1/duty', { area: narrowed ? here : undefined, lat, lon, limit: MOST }), matter.location ? get('/api/v1/grids:locate', { lat, lon }).catch(() => null) : null]);
    if (mine === turn) near.set({ of: matter.id, items: on.items, unknown: on.unknown, total: on.total, grid, at: Date.now(), error: null });
  } catch (error) {
    if (mine === turn) near.set((n) => ({ ...(n.of === matter.id ? n : { items: [], unknown: [], total: 0, grid: null, at: 0 }), of: matter.id, error }));
  }
}

// What a press does: {step, body, why}; without a step it is said why not.
function actOf(x, matter) {
  const can = (step) => (matter.steps || []).find((s) => s.step === step && s.allowed);
  if (x.node === base.get().node.path) return can('assign') ? { step: 'assign', body: { person: x.person } } : null;
  return can('dispatch') ? { step: 'dispatch', body: { to: x.node } } : null;
}

const knownOf = (x) => [x.busy === null ? t(x.node === base.get().node.path ? 'near_unsure' : 'near_elsewhere', { place: titleOf(x.node) }) : x.busy ? (language() === 'zh' ? x.reason_zh : x.reason) : t('near_free'),
  x.distance_m !== null && t('near_metres', { n: number(x.distance_m) }), x.position_age_s !== null && t('near_age', { d: duration(1000 * x.position_age_s) })].filter(Boolean).join(' · ');

async function act(x, matter, { step, body }) {
  const who = x.title || x.person;
  if (step === 'assign') {
    const was = later.get();
    if (was && was.id === matter.id && was.body.person === x.person) { sendNow(); return; } // a second press: at once
    const before = matter.desk || matter.person ? { ...(matter.desk ? { desk: matter.desk } : {}), ...(matter.person ? { person: matter.person } : {}) } : null;
    takeLater({ id: matter.id, step, body, version: matter.version, text: t('near_assigned', { who }), undo: before && { id: matter.id, step: ['assign', before] } }, t('near_assigning', { who }));
    return;
  }
  try {
    await take(matter.id, step, body, matter.version);
    say({ text: t('near_sent', { place: titleOf(x.node) }), kind: 'ok', undo: { id: matter.id, step: backOf(step) } });
  } catch (refused) { say({ text: `${t('not_done', { step: nameOf(step) })} ${refused.message}`, kind: 'warn', stays: true }); }
}

export function Near({ matter, outlines }) {
  const n = useStore(near), pending = useStore(later), box = useRef(null), [all, show] = useState(false);
  useEffect(() => {
    read(matter);
    const id = setInterval(() => { if (!document.hidden) read(matter); }, AGAIN_MS);
    return () => { clearInterval(id); over.set(null); };
  }, [matter.id, matter.version]);
  const move = (e) => {
    if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
    const buttons = [...box.current.querySelectorAll('li button')], i = buttons.indexOf(document.activeElement), next = buttons[i + (e.key === 'ArrowDown' ? 1 : -1)];
    if (next) next.focus();
    e.preventDefault();
  };
  if (n.of !== matter.id) return html`<p class="reading">${t('loading')}</p>`;
  const free = [...n.items].sort((a, b) => Number(a.busy === true) - Number(b.busy === true)), shown = all ? free : free.slice(0, 5);
  return html`<section class="near" id="near" tabindex="-1" aria-label=${t('near')} ref=${box} onKeyDown=${move}><h3>${t('near')} <kbd>o</kbd><small>${[n.grid && `${t('near_grid', { grid: n.grid.title || n.grid.code, place: titleOf(n.grid.node) })}${outlines.some((o) => o.node === n.grid.node && o.code === n.grid.code) ? '' : ` ${t('near_grid_undrawn')}`}`, !matter.location && t('near_nowhere'), n.at > 0 && t('near_on', { n: number(n.total) })].filter(Boolean).join(' · ')}</small></h3>
    ${n.error && html`<${ErrorPanel} what=${t('near')} error=${n.error} ways=${[[t('again'), () => read(matter)]]} />`}
    ${n.unknown.map((u) => html`<p class="warned" role="status"><${Icon} name="broken" /> ${t('near_unknown', { place: titleOf(u.node), t: u.last_heard ? moment(u.last_heard) : t('unseen') })}</p>`)}
    <ul>${shown.map((x) => { const way = actOf(x, matter), waits = pending && pending.id === matter.id && pending.body.person === x.person && way && way.step === 'assign', look = () => over.set({ person: x.person, node: x.node });
    return html`<li key=${`${x.node} ${x.person}`} class=${waits ? 'waits' : ''} onMouseEnter=${look} onFocusIn=${look}><b>${x.title || x.person}</b><span>${[x.grid, titleOf(x.node)].filter(Boolean).join(' · ')}<small>${knownOf(x)}</small></span>
      ${waits ? html`<button type="button" class="button" onClick=${takeBack}>${t('take_back')} <kbd>z</kbd></button><button type="button" class="button solid" onClick=${sendNow}>${t('near_now')}</button>`
    : way ? html`<button type="button" class="button" onClick=${() => act(x, matter, way)} aria-label=${`${nameOf(way.step)} ${x.title || x.person}`}>${nameOf(way.step)}</button>` : html`<small class="cannot">${t('near_cannot')}</small>`}</li>`; })}</ul>
    ${n.at > 0 && !n.items.length && html`<p class="none">${t('near_none')}</p>`}${free.length > shown.length && html`<button type="button" class="link" onClick=${() => show(true)}>${t('near_more', { n: number(free.length - shown.length) })}</button>`}
    ${n.total > n.items.length && html`<p class="none">${t('near_left', { n: number(n.total - n.items.length) })}</p>`}</section>`;
}
