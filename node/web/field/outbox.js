// outbox.js: what a phone has to send, kept in IndexedDB until the node has taken it. One store an account. A thing is kept before
// anybody is told so; it goes with the same idempotency key however often it is tried, so that it counts once. No state is
// without a way out:
//
//   waiting ──► (tried; no answer, 429, 5xx) ──► waiting, with its next try and its last error in words
//      │  └───► not taken (any other refusal) ──► send again · send as a comment · drop
//      └──────► sent (with what the node answered), shown for a week
//
// Each is sealed (lock.js): in the clear are its id, whether it was sent, and a mark (`rev`) that is another one after each change.
// A thing that goes on from another one (a patrol's marks) names it: `after`, and `{id}` in its path stands for what the node answered to
// that one. It waits for it, and is not taken where that one was not.
import { openDB } from '../vendor/idb.js';
import { make } from '../lib/store.js';
import { ask, newKey } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { upload } from './photo.js';
import { canKeep, openPhoto, openValue, sealPhoto, sealValue, stand } from './lock.js';

const FIRST_MS = 1000, MOST_MS = 60000, SHOWN_MS = 7 * 86400e3, OLD_MS = 86400e3;

// items: newest first; broken: why nothing can be kept here ('' when it can); persisted: the browser's promise not to clear it
// lost: how many could not be opened
export const outbox = make({ items: [], broken: '', persisted: null, sending: false, now: '', part: 0, lost: 0 }); // now: the one that is on its way; part: of its photos, per cent, in tens

let name = null, by = '', opened = null, timer = 0; // by: what the node calls the account; opened: a promise of the one connection
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('qipan-outbox');

// A connection of an account; gone(): it is closed, by another page that wants it changed (it would wait for ever) or by the browser.
function openOf(account, gone = () => {}) {
  return openDB(`qipan-field-${account}`, 1, {
    upgrade(d) {
      d.createObjectStore('items', { keyPath: 'id' });
      d.createObjectStore('kept'); // answers of the node, to be read without a signal
    },
    blocking(_had, _wanted, event) { gone(); event.target.close(); },
    terminated: gone,
  });
}
const open = () => openOf(name, () => { opened = null; });

function close(mine) {
  if (opened === mine) opened = null;
  if (mine) mine.then((d) => d.close(), () => {});
}

// The browser may close a database under the page (phones do, in the background): then it is opened anew, once a call. Never two
// connections at a time: one that nobody knows any more would hold up whoever wants to change the database.
async function within(f) {
  for (let again = false; ; again = true) {
    if (!opened) opened = open();
    const mine = opened;
    try {
      return await f(await mine);
    } catch (e) {
      close(mine);
      if (again || !['InvalidStateError', 'AbortError', 'UnknownError'].includes(e.name)) throw e;
    }
  }
}

// Durable before it is said to be kept.
const write = (f) => within(async (d) => {
  const tx = d.transaction('items', 'readwrite', { durability: 'strict' });
  const out = await f(tx.store);
  await tx.done;
  return out;
});

// What a full store did not take of a thing that lies in it: how far its photos are, its next try, its last error. Written anew it needs
// the room of all its photos once more. It goes all the same, and its room is free then; a reload forgets only this.
const unwritten = new Map();

// ---- sealed and opened; never while a transaction waits: it would end ----
async function sealed({ photos = [], ...item }) {
  return { id: item.id, rev: newKey(), sent: item.state === 'sent', ...(await sealValue(item)), photos: await Promise.all(photos.map(sealPhoto)) };
}
async function opened_(record) {
  if (!record.box && !record.value) return record; // of before things were sealed
  return { ...(await openValue(record)), photos: record.photos };
}
async function all() {
  const records = await within((d) => d.getAll('items')), items = await Promise.all(records.map((r) => opened_(r).then((i) => ({ ...i, ...unwritten.get(i.id) }), () => null)));
  outbox.set((o) => (o.lost === items.filter((i) => !i).length ? o : { ...o, lost: items.filter((i) => !i).length }));
  return items.filter(Boolean);
}

// f of the item as it is, kept unless somebody else has changed it meanwhile: then again.
async function changed(id, f) {
  for (;;) {
    const record = await within((d) => d.get('items', id));
    if (!record) return;
    const next = await sealed(f(await opened_(record)));
    const done = await write(async (s) => {
      const now = await s.get(id);
      if (now && now.rev !== record.rev) return false;
      if (now) await s.put(next);
      return true;
    });
    if (done) return;
  }
}

export async function read() {
  try {
    const every = await all(), now = Date.now();
    const old = every.filter((i) => i.state === 'sent' && now - i.sent_at > SHOWN_MS);
    if (old.length) await write((s) => Promise.all(old.map((i) => s.delete(i.id))));
    outbox.set((o) => ({ ...o, items: every.filter((i) => !old.includes(i)).sort((a, b) => turnOf(b) - turnOf(a)), broken: canKeep() ? '' : t('no_lock') }));
  } catch (e) {
    outbox.set((o) => ({ ...o, broken: `${t('no_store')} ${e.message}` }));
  }
}

const told = () => { if (channel) channel.postMessage('changed'); return read(); };

// Where it stands in the order in which things were written, also where the phone's clock was set back between two of them.
export const turnOf = (i) => i.turn || i.made_at;
const nextTurn = () => outbox.get().items.reduce((n, i) => Math.max(n, turnOf(i) + 1), Date.now());

let grown = false; // since the waiting ones were last looked at
// Pressed twice before the first is kept, it is one thing; `at` is when it was pressed.
const adding = new Map();
export function add(item) {
  const { at, ...body } = item.body, same = JSON.stringify([item.what, item.path, item.after || '', body]);
  if (!adding.has(same)) adding.set(same, addOne(item).finally(() => adding.delete(same)));
  return adding.get(same);
}

// Keeps it; throws, with nothing kept, where there is no room or no store.
async function addOne(item) {
  const kept = { id: newKey(), key: newKey(), state: 'waiting', made_at: Date.now(), turn: nextTurn(), tries: 0, next_at: 0, error: '', ...item };
  try {
    await stand().catch(() => stand());
    const record = await sealed(kept);
    await write((s) => s.add(record));
  } catch (e) {
    if (canKeep()) throw new Error(`${t(e.name === 'QuotaExceededError' ? 'no_room' : 'no_store')} ${e.message}`);
    const broken = await within(async () => t('no_lock')).catch((off) => `${t('no_store')} ${off.message}`); // its key alone, or no store at all (a private window)
    outbox.set((o) => ({ ...o, broken })); // then a report goes directly
    throw new Error(broken);
  }
  grown = true;
  await told();
  flush();
  return kept;
}

// False where the store is too full to write it down.
async function change(id, changes) {
  try {
    await changed(id, (i) => ({ ...i, ...unwritten.get(id), ...changes }));
    unwritten.delete(id);
    return true;
  } catch (e) {
    if (e.name !== 'QuotaExceededError') throw e;
    unwritten.set(id, { ...unwritten.get(id), ...changes });
    return false;
  }
}

export async function drop(id) {
  await write((s) => s.delete(id));
  grown = true;
  await told();
}
// Tried at once, with a new key only where the node has refused the old one's words.
export async function retry(item) {
  await change(item.id, { state: 'waiting', next_at: 0, hashes: item.state === 'refused' ? [] : item.hashes, key: item.state === 'refused' ? newKey() : item.key });
  grown = true;
  await told();
  return flush();
}
// All that waits, at once.
export async function sendAll() {
  for (const i of outbox.get().items) if (i.state === 'waiting' && i.next_at) await change(i.id, { next_at: 0 }).catch(() => {}); // it keeps its next try
  grown = true;
  await told();
  return flush();
}
// A step that came too late: what was written stays, as a comment.
export async function asComment(item) {
  await change(item.id, { state: 'waiting', next_at: 0, key: newKey(), error: '', what: 'comment', photos: [], hashes: [], path: item.path.replace(/[^/]*$/, 'comment'), body: { text: Object.values(item.body).filter((v) => typeof v === 'string').join('\n') } });
  grown = true;
  await told();
  return flush();
}
export const written = (item) => item.path.startsWith('/api/v1/matters/') && Object.entries(item.body || {}).some(([k, v]) => ['note', 'reason', 'text', 'result', 'title'].includes(k) && v);

const asText = (blob) => new Promise((read) => { const r = new FileReader(); r.onload = () => read(r.result); r.onerror = () => read(''); r.readAsDataURL(blob); });

// All of it as a file, photos included, for whoever wants to be sure.
export async function exportAll() {
  const items = await Promise.all(outbox.get().items.map(async (i) => ({ ...i, photos: await Promise.all((i.photos || []).map(async (p) => asText(await openPhoto(p)))) })));
  const blob = new Blob([JSON.stringify(items, null, 2)], { type: 'application/json' }), a = document.createElement('a');
  a.href = URL.createObjectURL(blob);
  a.download = 'qipan-outbox.json';
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}

// Its next try has come; so it has where that lies further ahead than it was ever put: the phone's clock was set back.
const due = (i, now = Date.now()) => i.next_at <= now || i.next_at - now > (i.wait_ms || MOST_MS);
const later = (tries) => Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(6, tries));

// What is needed no more once the node has it: where the phone was, what was said.
function leftOf(item) {
  if (item.what === 'message') return {};
  const { lat, lon, ...rest } = item.body;
  return item.what.startsWith('patrol-') ? rest : item.body;
}

// Where it goes; null: not yet. Refused where what it goes on from was refused or dropped.
async function pathOf(item) {
  if (!item.after) return item.path;
  const record = await within((d) => d.get('items', item.after)), from = record && { ...(await opened_(record)), ...unwritten.get(item.after) };
  if (from && from.state === 'sent') return item.path.replace('{id}', from.answer.id);
  if (!from || from.state === 'refused') await change(item.id, { state: 'refused', error: t('first_not_taken') });
  return null;
}

// Its photos first, each kept count of: what the node has is not sent again. They are gone from here once the whole is sent.
async function bodyOf(item) {
  const hashes = item.hashes || [], photos = item.photos || [];
  const gone = (whole) => { const part = 10 * Math.floor(10 * (hashes.length + whole) / photos.length); if (outbox.get().part !== part) outbox.set((o) => ({ ...o, part })); };
  for (const photo of photos.slice(hashes.length)) {
    hashes.push(await upload(await openPhoto(photo), gone));
    await change(item.id, { hashes });
  }
  return hashes.length ? { ...item.body, attachments: hashes } : item.body;
}

// What one person wrote never goes in the name of another one who has logged in meanwhile, in another tab or before the signal came: the
// node would sign it as his, and count it twice where the first answer was lost.
const SURE_MS = 1000;
let sure = 0;
export async function ours() {
  if (Date.now() - sure >= 0 && Date.now() - sure < SURE_MS) return;
  const now = await ask('GET', '/api/v1/session', { quiet: true, patience_ms: 8000 });
  if (!now.name) throw new Error(t('no_answer_call')); // something else answers in the node's place
  if (now.name !== by) throw new Error(t('other_account', { name: now.name.replace(/^[^:]*:/, ''), own: name.replace(/^[^:]*:/, '') }));
  sure = Date.now();
}

async function sendOne(item, path) {
  try {
    await ours();
    const body = await bodyOf(item);
    await ours(); // its photos may have taken minutes
    const answer = await ask('POST', path, { body, key: item.key, patience_ms: 20000, quiet: true });
    const noted = await change(item.id, { state: 'sent', sent_at: Date.now(), error: '', body: leftOf(item), photos: [], photos_sent: (item.photos || []).length, answer: { id: answer.id, title: answer.title, ticks: answer.ticks, state: answer.state } });
    if (!noted && !outbox.get().items.some((i) => i.after === item.id && i.state !== 'sent')) await write((s) => s.delete(item.id)); // the node has it
    return true;
  } catch (refused) {
    const passing = refused.status === undefined || refused.status === 0 || refused.status === 401 || refused.status === 408 || refused.status === 429 || refused.status >= 500;
    const wait = Math.max(later(item.tries), (refused.retry || 0) * 1000);
    await change(item.id, passing ? { tries: item.tries + 1, next_at: Date.now() + wait, wait_ms: wait, error: refused.status === 401 ? t('log_in_again') : refused.message }
      : { state: 'refused', error: refused.message, current: refused.current || null });
    return !passing;
  }
}

// What is new waits for nothing else; a step for what was done before it of its own matter.
const placeOf = (item) => (item.what === 'report' ? item.id : /^\/api\/v1\/[a-z]+$/.test(item.path) ? item.path : `${item.after || ''}${item.path.replace(/\/[^/]*$/, '')}`);
// An emergency first; then what is words alone; reports with photos last, which take minutes where the signal is weak. Within these the oldest first.
const rank = (item) => (item.what !== 'report' ? 1 : item.body.urgency === 'emergency' ? 0 : (item.photos || []).length ? 2 : 1);
const waiting = async () => (await all()).filter((i) => i.state === 'waiting').sort((a, b) => rank(a) - rank(b) || turnOf(a) - turnOf(b));

// One tab at a time; a thing that has no answer holds back those after it only for its own matter. What is added meanwhile takes its place among
// those that are still to come.
async function round() {
  const held = new Set(), tried = new Set();
  sure = 0;
  grown = true;
  for (let items = []; ;) {
    if (grown) { grown = false; items = await waiting(); }
    const item = items.find((i) => !tried.has(i.id));
    if (!item) return;
    tried.add(item.id);
    if (held.has(placeOf(item))) continue;
    const path = !due(item) && rank(item) > 0 ? null : await pathOf(item); // an emergency does not wait for its turn to come
    if (path) outbox.set((o) => ({ ...o, now: item.id, part: 0 }));
    if (!path || !(await sendOne(item, path))) held.add(placeOf(item));
    await told();
  }
}

let flushing = null;
export function flush() {
  if (!name) return Promise.resolve();
  if (flushing) return flushing;
  outbox.set((o) => ({ ...o, sending: true }));
  const work = navigator.locks ? navigator.locks.request(`qipan-outbox-${name}`, { ifAvailable: true }, (lock) => (lock ? round() : null)) : round();
  flushing = work.catch((e) => outbox.set((o) => ({ ...o, broken: `${t('no_store')} ${e.message}` }))).finally(() => {
    flushing = null;
    outbox.set((o) => ({ ...o, sending: false, now: '' }));
    schedule();
  });
  return flushing;
}

function schedule() {
  clearTimeout(timer);
  const next = outbox.get().items.filter((i) => i.state === 'waiting').reduce((least, i) => Math.min(least, due(i) ? 0 : i.next_at), Infinity);
  if (next < Infinity) timer = setTimeout(flush, Math.max(500, next - Date.now()));
}

// What the node answered last, to be read without a signal.
export const keep = (what, value) => sealValue(value).then((sealed_) => within((d) => d.put('kept', { at: Date.now(), ...sealed_ }, what))).catch(() => {});
export const kept = (what) => within((d) => d.get('kept', what)).then(async (had) => had && { at: had.at, value: await openValue(had) }).catch(() => undefined);

export const forget = (what) => within((d) => d.delete('kept', what)).catch(() => {});

// How many are not sent, of an account that need not be open, by what is stored; throws where that cannot be read.
export async function unsentOf(account) {
  const d = await openOf(account);
  try { return (await d.getAll('items')).filter((r) => !(r.sent || r.state === 'sent')).length; } finally { d.close(); }
}

export async function begin(account, called) {
  name = account;
  by = called;
  close(opened);
  if (channel) channel.onmessage = () => { grown = true; read(); };
  addEventListener('online', flush);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) flush(); });
  await read();
  flush();
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().then((yes) => outbox.set((o) => ({ ...o, persisted: yes })), () => {});
}

export const unsent = (items) => items.filter((i) => i.state !== 'sent');
export const isOld = (i, now) => i.state === 'waiting' && now - i.made_at > OLD_MS;
