// stream.js: what the node tells, as it happens, and whether it tells anything: `listen(f)` for events, `pulse` for how the
// stream stands. A page whose stream is silent for 5 s says so; beats count (the node sends one every 2 s).
import { make } from './store.js';

const SILENT_MS = 5000;

// state: 'waiting' (nothing came yet), 'live', 'silent'; at: when something last came, by this machine's clock; since: of the state
const pulse = make({ state: 'waiting', at: 0, since: Date.now(), apart_ms: 0, position: 0 });
const listeners = new Set();
let port = null, frozen = false;

export function listen(f) {
  listeners.add(f);
  return () => listeners.delete(f);
}

// Once the stream stands, or soon where it does not: what a page reads first is then no older than what the stream tells from there on, and
// that it stands is no reason to read all of it a second time. Before begin().
const FIRST_MS = 2000;
let early = null;
export const whenUp = () => new Promise((done) => {
  early = () => { early = null; done(); };
  setTimeout(() => { if (early) early(); }, FIRST_MS);
});

const OFTEN_MS = 250; // more often nobody need be told that something came: each telling draws the page again

function heard(more) {
  const now = Date.now(), had = pulse.get();
  if (had.state === 'live' && more.position === undefined && now - had.at < OFTEN_MS) return;
  pulse.set((p) => ({ ...p, ...more, state: 'live', at: now, since: p.state === 'live' ? p.since : now, was: p.state === 'silent' && p.at ? p.since : p.state === 'live' ? p.was : 0 }));
}

function take(m) {
  if (frozen) return;
  if (m.kind === 'event') {
    const data = JSON.parse(m.data);
    heard(m.type === 'beat' ? { position: data.position, apart_ms: Date.parse(data.now) - Date.now() } : {});
    for (const f of [...listeners]) f({ type: m.type, data, id: m.id });
  } else {
    if (m.kind === 'up') heard({});
    if (early && (m.kind === 'up' || m.kind === 'down')) { early(); if (m.kind === 'up') return; }
    for (const f of [...listeners]) f({ type: m.kind });
  }
}

function look() {
  const p = pulse.get(), now = Date.now();
  if (p.state !== 'silent' && now - (p.at || p.since) > SILENT_MS) pulse.set({ ...p, state: 'silent', since: p.at || p.since });
  if (port) port.postMessage('here');
}

// Where there is no SharedWorker (phones), the same code runs in the page, once a tab.
function ownStream() {
  return new Promise((found) => {
    const script = document.createElement('script');
    script.src = '/web/lib/worker.js';
    script.onload = () => {
      const channel = new MessageChannel();
      self.qipanStream(channel.port1);
      found(channel.port2);
    };
    document.head.append(script);
  });
}

export async function begin() {
  setInterval(look, 1000);
  addEventListener('pagehide', () => { if (port) port.postMessage('bye'); });
  addEventListener('pageshow', (e) => { if (e.persisted) location.reload(); });
  port = typeof SharedWorker === 'undefined' ? await ownStream() : new SharedWorker('/web/lib/worker.js', { name: 'qipan' }).port;
  port.onmessage = (m) => take(m.data);
  if (port.start) port.start();
}

// After another log-in.
export const again = () => { if (port) port.postMessage('again'); };

export { pulse };
