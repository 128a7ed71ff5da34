// lock.js: what is kept on the phone is sealed by a key of the account (AES-GCM). Without a PIN the key lies beside it; with one it lies
// there only wrapped by what is derived from the PIN, and whoever opens the page, with a signal or without, has to say it.
//
//   no PIN ─► open ──(set)──► wrapped ─► asked at each start ─┬─► open
//                                                             └─► three wrong ones ─► shut: the session is ended, and after a new log-in it is asked again
//
// A PIN of six digits withstands a person with the phone in his hand, and not for ever somebody who copies its store. Browsers seal on
// https (and localhost) alone; elsewhere there is no page without a signal either.
import { openDB } from '../vendor/idb.js';
import { t } from '../lib/i18n.js';

const ROUNDS = 310000, TRIES = 3, BYTES = 12;
export const DIGITS = /^[0-9]{6,12}$/;
export const canLock = Boolean(globalThis.crypto && crypto.subtle);

// Of the account that is open; key: null where its lock could not be read, or is another one by now: then nothing is kept; held: its lock
// as it was last read or written here.
let name = null, key = null, held = null;
export const canKeep = () => !canLock || key !== null; // nothing in the clear where it could be sealed

// A connection for each use: nothing stays open that could hold up whoever changes the database.
async function within(f) {
  const d = await openDB('qipan-field-locks', 1, { upgrade(n) { n.createObjectStore('locks'); }, blocking(_had, _wanted, event) { event.target.close(); } });
  try { return await f(d); } finally { d.close(); }
}
const read = (account) => within((d) => d.get('locks', account));
const write = (account, lock) => within((d) => d.put('locks', lock, account));

async function derived(pin, salt) {
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }, base, { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']);
}

async function wrapped(of, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16)), iv = crypto.getRandomValues(new Uint8Array(BYTES));
  return { salt, iv, key: await crypto.subtle.wrapKey('raw', of, await derived(pin, salt), { name: 'AES-GCM', iv }) };
}

// That an account has a PIN is known beside the store too: when that cannot be read, nobody passes for one who has none.
const MARK = (account) => `qipan-field-pin ${account}`;
function mark(account, pin) {
  try { if (pin) localStorage.setItem(MARK(account), '1'); else localStorage.removeItem(MARK(account)); } catch { /* storage is off */ }
}
export const hadPin = (account) => { try { return localStorage.getItem(MARK(account)) !== null; } catch { return false; } };

// How it stands: {pin: there is one, shut: after three wrong ones ('' no · 'here': the session is still to be ended · 'ended')}.
export async function standing(account) {
  const lock = canLock ? await read(account) : null;
  mark(account, lock && lock.wrapped);
  return { pin: Boolean(lock && lock.wrapped), shut: (lock && lock.shut) || '', wrong: (lock && lock.wrong) || 0 };
}

// Opens it where there is no PIN; a new account gets its key. False: there is a PIN, which has to be said first.
export async function open(account) {
  name = account;
  if (!canLock) return true;
  let lock = await read(account);
  if (!lock) {
    lock = { id: [...crypto.getRandomValues(new Uint8Array(8))].join('.'), key: await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']), wrapped: null, wrong: 0, shut: '' };
    lock = await within(async (d) => { // of two tabs one makes it
      const tx = d.transaction('locks', 'readwrite'), had = await tx.store.get(account);
      if (!had) await tx.store.put(lock, account);
      await tx.done;
      return had || lock;
    });
  }
  if (lock.wrapped) return false;
  key = lock.key;
  held = lock;
  return true;
}

// '' when it is open now, else why not. A wrong one is counted before anybody is told.
export async function unlock(account, pin) {
  const lock = await read(account);
  if (lock.shut) return t('pin_shut');
  const kek = await derived(pin, lock.wrapped.salt);
  try {
    key = await crypto.subtle.unwrapKey('raw', lock.wrapped.key, kek, { name: 'AES-GCM', iv: lock.wrapped.iv }, { name: 'AES-GCM' }, true, ['encrypt', 'decrypt']);
  } catch {
    const wrong = lock.wrong + 1;
    await write(account, { ...lock, wrong, shut: wrong >= TRIES ? 'here' : '' });
    return wrong >= TRIES ? t('pin_shut') : t('pin_wrong', { n: TRIES - wrong });
  }
  name = account;
  held = { ...lock, wrong: 0 };
  if (lock.wrong) await write(account, { ...lock, wrong: 0 });
  return '';
}

// Only by the key that is open: whatever else were written would destroy the one that is there.
export async function setPin(pin) {
  if (!key) throw new Error(t('no_lock'));
  const lock = { id: held.id, key: null, wrapped: await wrapped(key, pin), wrong: 0, shut: '' };
  await write(name, lock);
  held = lock;
  mark(name, true);
}
export async function dropPin() {
  if (!key) throw new Error(t('no_lock'));
  const lock = { id: held.id, key, wrapped: null, wrong: 0, shut: '' };
  await write(name, lock);
  held = lock;
  mark(name, false);
}
export async function shutAs(account, shut) { const lock = await read(account); if (lock) await write(account, { ...lock, shut, wrong: shut ? lock.wrong : 0 }); }

// Before something is said to be kept: its lock lies where it lay. One that a log-out in another tab or the browser has cleared is put
// back, for its key is open here; one that was made since is of another key, and nothing that is sealed here could be opened again.
export async function stand() {
  if (!canLock) return;
  if (!key) throw new Error(t('no_lock'));
  const there = await within(async (d) => {
    const tx = d.transaction('locks', 'readwrite'), had = await tx.store.get(name);
    if (!had) await tx.store.put(held, name);
    await tx.done;
    return had || held;
  });
  if (there.id === held.id) return;
  key = null;
  throw new Error(t('no_lock'));
}

// All of an account on this phone is gone: what it had not sent too.
export async function wipe(account) {
  key = null;
  await new Promise((done) => { const r = indexedDB.deleteDatabase(`qipan-field-${account}`); r.onsuccess = r.onerror = r.onblocked = done; });
  await within((d) => d.delete('locks', account));
  mark(account, false);
}

// ---- sealing ----

const text = new TextEncoder(), back = new TextDecoder();
async function seal(bytes) {
  if (!key) throw new Error(t('no_lock'));
  const iv = crypto.getRandomValues(new Uint8Array(BYTES));
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
}
const unseal = ({ iv, data }) => crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data);

export const sealValue = async (value) => (canLock ? { box: await seal(text.encode(JSON.stringify(value))) } : { value });
export const openValue = async (kept) => (kept.box ? JSON.parse(back.decode(await unseal(kept.box))) : kept.value);

// A photo stays sealed until it is wanted; one that is sealed is not sealed again.
export const sealPhoto = async (p) => (canLock && p instanceof Blob ? { type: p.type, ...(await seal(await p.arrayBuffer())) } : p);
export const openPhoto = async (p) => (p instanceof Blob ? p : new Blob([await unseal(p)], { type: p.type }));
