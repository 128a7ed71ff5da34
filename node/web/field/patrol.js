// patrol.js: a patrol of the person's own grid: started, checked in, paused and ended by the outbox, so that it works without a signal.
// What runs is what the outbox says (nothing else is kept), or, of a patrol that another phone began, what the node says.
//
//   outbox: patrol-start ─► patrol-checkpoint · patrol-pause · patrol-resume … ─► patrol-stop      (each waits for the start's answer)
//   node:   GET /patrols of today ─► the minutes that count, and what others ended
//
// Its times are the node's, also where the phone's clock is off: between them are the positions, which the node stamps.
// On duty, and only then, where the phone is goes to the node, which keeps the newest alone; no track is kept or sent.
import { html, useState } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { dayOf, fromForm, minute, moment, running as clock, duration } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { ask, get, unless } from '../lib/api.js';
import { nodeNow } from '../lib/apart.js';
import { Icon } from '../parts/marks.js';
import { outbox, add, keep, kept } from './outbox.js';
import { Left } from './tasks.js';

const GAP_MS = 5 * 60e3, WARN_MS = 4 * 60e3, FRESH_MS = 60e3, TELL_MS = 30e3, PLAN_MS = 600e3; // a gap longer than five minutes does not count (GR4)

// fix: where the phone was last, {lat, lon, near, at}; told: when the node last took it, by its clock
// left, refused: as of tasks
export const ground = make({ at: 0, fresh: false, me: null, plan: null, categories: [], list: [], left: [], refused: '', fix: null, lost: '', told: 0 });

let planned = 0; // when the policy was last read: it seldom changes

export async function readGround(me) {
  const left = [], area = me.areas && me.areas.length === 1 ? me.areas[0] : me.node && me.node.path; // who is narrowed to one area is told of that one
  try {
    const midnight = fromForm(`${dayOf(nodeNow())}T00:00`); // of the node's day, as its plan counts
    const [now, list, policy] = await Promise.all([get('/api/v1/me'), unless(left, 'tab_patrol', get('/api/v1/patrols', { from: midnight, area, limit: 200 }), { items: [] }), Date.now() - planned < PLAN_MS ? null : unless(left, 'plan', get('/api/v1/policy'), null)]);
    const going = runs(outbox.get().items, list.items, null); // of before midnight: is it still going on there?
    const there = going && going.id && !going.there ? await unless(left, 'tab_patrol', get(`/api/v1/patrols/${going.id}`), null) : null;
    if (there) list.items.push(there);
    const grids = now.grids || (ground.get().me || {}).grids || [];
    if (!now.grids) left.push({ what: 'tab_patrol', why: t('grids_unread') });
    const value = { me: { name: now.name, grids, unread: !now.grids, on_duty: now.on_duty, lines: (now.needs || {}).lines || 0 }, list: list.items.filter((p) => p.node === now.node.path && grids.includes(p.grid)), plan: policy ? (policy.rules || {}).patrol || null : ground.get().plan,
      categories: policy ? (policy.categories || []).filter((c) => c.code).map((c) => ({ code: c.title || c.code, title: c.title_en || '' })) : ground.get().categories };
    if (policy) planned = Date.now();
    ground.set((s) => ({ ...s, ...value, left, refused: '', at: Date.now(), fresh: true }));
    keep('ground', value);
  } catch (e) {
    const had = ground.get().at ? null : await kept('ground');
    ground.set((s) => ({ ...s, fresh: false, refused: e.status ? e.message : '', ...(had ? { ...had.value, at: had.at } : {}) }));
  }
}

// ---- what runs ----

const at = (i) => Date.parse(i.body.at);

// {key, id, grid, police, began, marks: [{verb, at, note, state}]}; null: none.
export function runs(items, list, me) {
  const taken = items.filter((i) => i.state !== 'refused'), start = taken.filter((i) => i.what === 'patrol-start').sort((a, b) => at(b) - at(a))[0];
  if (start) {
    const id = start.answer ? start.answer.id : null, there = id && list.find((p) => p.id === id), marks = taken.filter((i) => i.after === start.id).sort((a, b) => at(a) - at(b)).map((i) => ({ verb: i.what.slice(7), at: at(i), note: i.body.note || '', state: i.state }));
    if (!marks.some((m) => m.verb === 'stop') && !(there && there.stopped)) return { key: start.id, id, grid: start.body.grid, police: start.body.police, began: at(start), marks, there };
  }
  const mine = me && list.find((p) => !p.stopped && p.person === me.name && !(start && start.answer && start.answer.id === p.id));
  if (!mine) return null;
  return { key: null, id: mine.id, grid: mine.grid, police: mine.police, began: Date.parse(mine.started), there: mine,
    marks: [...mine.findings.map((f) => ({ verb: 'checkpoint', at: Date.parse(f.at), note: f.note, state: 'sent' })), ...(mine.paused ? [{ verb: 'pause', at: Date.parse(mine.updated_at), note: '', state: 'sent' }] : []),
      ...taken.filter((i) => i.path.includes(mine.id)).map((i) => ({ verb: i.what.slice(7), at: at(i), note: i.body.note || '', state: i.state }))].sort((a, b) => a.at - b.at) };
}

// How long it has gone on without its pauses, and whether it is paused now.
export function gone(r, now) {
  let ms = 0, from = r.began, pauses = 0;
  for (const m of r.marks) {
    if (m.verb === 'pause' && from !== null) { ms += m.at - from; from = null; pauses += 1; }
    if (m.verb === 'resume' && from === null) from = m.at;
  }
  return { ms: ms + (from === null ? 0 : Math.max(0, now - from)), paused: from === null, pauses };
}

const begin = (body) => add({ what: 'patrol-start', title: body.grid, path: '/api/v1/patrols', body: { ...body, at: new Date(nodeNow()).toISOString() } });

function mark(r, verb, body = {}) {
  const target = r.key ? { after: r.key, path: `/api/v1/patrols/{id}/${verb}` } : { path: `/api/v1/patrols/${r.id}/${verb}` };
  return add({ what: `patrol-${verb}`, title: r.grid, ...target, body: { ...body, at: new Date(nodeNow()).toISOString() } });
}

// ---- where the phone is ----

let watching = null, telling = 0;

async function tell(fix) {
  if (fix.at - telling < TELL_MS || !navigator.onLine) return;
  telling = fix.at;
  try {
    await ask('POST', '/api/v1/duty/position', { body: { lat: fix.lat, lon: fix.lon, accuracy_m: fix.near }, quiet: true, patience_ms: 8000 });
    ground.set((s) => ({ ...s, told: nodeNow() }));
  } catch { /* the next one tells; only the newest counts */ }
}

// Looked at only while somebody is on duty or on patrol; the last one is forgotten when that ends.
export function follow(wanted) {
  if (wanted && watching === null && navigator.geolocation) {
    watching = navigator.geolocation.watchPosition((p) => {
      const fix = { lat: p.coords.latitude, lon: p.coords.longitude, near: p.coords.accuracy, at: Date.now() };
      ground.set((s) => ({ ...s, fix, lost: '' }));
      if (ground.get().me && ground.get().me.on_duty) tell(fix);
    }, (e) => ground.set((s) => ({ ...s, lost: e.message || String(e.code) })), { enableHighAccuracy: true, maximumAge: 10000 });
  } else if (!wanted && watching !== null) {
    navigator.geolocation.clearWatch(watching);
    watching = null;
    ground.set((s) => ({ ...s, fix: null, told: 0 }));
  }
}

// ---- the page ----

function Duty({ s, me }) {
  const [error, fail] = useState(''), on = s.me && s.me.on_duty;
  const turn = () => ask('POST', '/api/v1/duty', { body: { on: !on, ...(!on && s.me.grids.length ? { grid: s.me.grids[0] } : {}) } }).then(() => { fail(''); return readGround(me); }, (refused) => fail(refused.message));
  return html`<div class="duty"><p>${t(on ? 'on_duty' : 'off_duty')}</p><button type="button" class="button" onClick=${turn}>${t(on ? 'go_off' : 'go_on')}</button>${error && html`<p class="error-panel" role="alert">${error}</p>`}</div>`;
}

function Start({ s, say }) {
  const [error, fail] = useState(''), grids = s.me ? s.me.grids : [];
  if (!grids.length && s.me && s.me.unread) return null; // what is said of it stands above
  if (!grids.length) return html`<p class="reading">${t(s.at ? 'no_grid' : 'ground_never')}</p>`;
  const send = async (e) => {
    e.preventDefault();
    const f = new FormData(e.target), n = Number(f.get('volunteers')) || 0;
    try {
      await begin({ grid: String(f.get('grid') || grids[0]), police: f.get('police') !== null, with: n > 0 ? [{ role: 'volunteer', count: n }] : [] });
      say(t('patrol_begun'));
    } catch (refused) { fail(refused.message); }
  };
  return html`<form class="patrol-start" onSubmit=${send}>${grids.length > 1 ? html`<label class="field"><span>${t('grid')}</span><select name="grid">${grids.map((g) => html`<option>${g}</option>`)}</select></label>` : html`<p>${t('grid')} <b>${grids[0]}</b></p>`}
    <label class="check"><input type="checkbox" name="police" /><span>${t('with_police')}</span></label><label class="field"><span>${t('volunteers')}</span><input name="volunteers" inputmode="numeric" pattern="[0-9]*" maxlength="3" autocomplete="off" /></label>
    ${error && html`<p class="error-panel" role="alert">${error}</p>`}<button class="button solid">${t('step_patrol-start')}</button></form>`;
}

// What a check-point bears of the position: nothing that is older than a minute.
const here = (s, now) => (s.fix && now - s.fix.at < FRESH_MS ? { lat: s.fix.lat, lon: s.fix.lon } : {});

function Running({ r, s, now, say, report }) {
  const [note, write] = useState(''), [error, fail] = useState(''), [sure, ask1] = useState(false), g = gone(r, nodeNow(now)), least = s.plan ? s.plan.minutes * 60e3 : 0;
  const points = r.marks.filter((m) => m.verb === 'checkpoint'), last = Math.max(r.began, s.told, ...r.marks.map((m) => m.at)), quiet = nodeNow(now) - last;
  const said = async (verb, body) => {
    try { await mark(r, verb, body); fail(''); say(t('step_kept', { step: t(`step_patrol-${verb}`) })); return true; } catch (refused) { fail(refused.message); return false; }
  };
  const check = async (e) => {
    e.preventDefault();
    if (await said('checkpoint', { ...here(s, now), ...(note.trim() ? { note: note.trim() } : {}) })) write('');
  };
  return html`<section class="patrol"><p class="timer" role="timer" aria-label=${t('gone_for', { d: duration(g.ms) })}>${clock(g.ms)}</p>
    <p class="least">${g.paused ? t('is_paused') : least ? (g.ms >= least ? t('long_enough', { n: number(s.plan.minutes) }) : t('still_to_go', { n: number(s.plan.minutes), d: duration(least - g.ms) })) : t('grid_of', { grid: r.grid })}</p>
    ${least > 0 && html`<progress max=${least} value=${Math.min(g.ms, least)} aria-label=${t('gone_for', { d: duration(g.ms) })}></progress>`}
    ${!g.paused && quiet > WARN_MS && html`<p class="banner no-answer" role="status">${t(quiet > GAP_MS ? 'gap_now' : 'gap_soon', { d: duration(quiet) })}</p>`}
    <p class="small">${r.there ? t('node_counts', { n: number(r.there.minutes), t: moment(s.at) }) : t('not_there_yet')}${r.police ? ` · ${t('with_police')}` : ''}${g.pauses ? ` · ${t('paused_times', { n: number(g.pauses) })}` : ''}</p>
    ${!g.paused && html`<form class="check-in" onSubmit=${check}><label class="field"><span>${t('check_note')}</span><input name="note" maxlength="256" value=${note} onInput=${(e) => write(e.target.value)} autocomplete="off" /></label><button class="button solid">${t('step_patrol-checkpoint')}</button></form>`}
    ${s.lost && html`<p class="small">${t('no_position', { why: s.lost })} ${t('check_counts')}</p>`}
    ${points.length > 0 && html`<ol class="points">${points.map((m) => html`<li key=${m.at}><${Icon} name="check" /><span>${m.note || t('step_patrol-checkpoint')}</span><time>${minute(m.at)}</time>${m.state !== 'sent' && html`<small>${t('line_local')}</small>`}</li>`)}</ol>`}
    <p class="small">${t('no_track')}</p>${error && html`<p class="error-panel" role="alert">${error}</p>`}
    <div class="ways three"><button type="button" class="button" onClick=${() => said(g.paused ? 'resume' : 'pause')}>${t(g.paused ? 'step_patrol-resume' : 'step_patrol-pause')}</button><button type="button" class="button" onClick=${report}>${t('finding')}</button><button type="button" class=${sure ? 'button danger' : 'button'} onClick=${() => (sure ? said('stop') : ask1(true))}>${t(sure ? 'stop_sure' : 'step_patrol-stop')}</button></div></section>`;
}

export function Patrol({ me, now, say, report }) {
  const s = useStore(ground), o = useStore(outbox), r = runs(o.items, s.list, s.me), today = s.list.filter((p) => p.stopped && dayOf(p.started) === dayOf(nodeNow(now)));
  return html`<section class="ground"><${Left} s=${s} />${s.me && html`<${Duty} s=${s} me=${me} />`}${r ? html`<${Running} key=${r.key || r.id} r=${r} s=${s} now=${now} say=${say} report=${report} />` : html`<${Start} s=${s} say=${say} />`}
    ${today.length > 0 && html`<h2>${t('walked_today', { n: number(today.length), of: s.plan ? number(s.plan.per_day * s.me.grids.length) : '–' })}</h2><ul class="walked">${today.map((p) => html`<li key=${p.id}><b>${p.grid}</b> ${minute(p.started)}–${minute(p.stopped)} · ${t('unit_m', { n: number(p.minutes) })}${p.police ? ` · ${t('with_police')}` : ''}${p.stated ? ` · ${t('said_later')}` : ''}</li>`)}</ul>`}
    ${s.at > 0 && html`<p class=${s.fresh ? 'as-of' : 'as-of old'}>${t('as_of', { t: moment(s.at) })}</p>`}</section>`;
}
