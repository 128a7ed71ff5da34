// call.js: the live picture: one to one over WebRTC, begun by whispers, recorded nowhere. What is shown of it: parts/calling.js.
//
//   place:  microphone ─► offer ─► calling ── ring ─► ringing ── answer ─► connecting ─► talking ─► over
//   come:   offer ─► ring ─► incoming ── accept: microphone, answer ─► connecting ─► talking ─► over
//
// Nobody is told that it rings there before a page there says so; where none does, what is known of the way is told. Whoever placed the
// call writes on the line that it took place; where his page is gone, the other's does.
import { make } from '../lib/store.js';
import { ask, get, newKey } from '../lib/api.js';
import { listen, pulse } from '../lib/stream.js';
import { whisper, nameOf, PAGE_ID } from './whisper.js';

const NO_PAGE_MS = 10000, RINGS_MS = 45000, WAY_MS = 20000, WEAK_MS = 15000, GATHER_MS = 50, FACT_MS = [0, 2000, 8000], FACT_OF_OTHER_MS = 15000;

// null: no call. phase: as drawn above, and 'asking' (the microphone); note, why: a word, with `told` from the node where it knows more;
// own, other: streams; picture: whether this side sends one; first_ms: from the answer to the other's first picture
export const call = make(null);
let pc = null, early = [], sent = [], timers = [], me = null;

const set = (more) => call.set((c) => (c ? { ...c, ...more } : c));
const is = (id, ...phases) => { const c = call.get(); return Boolean(c && c.id === id && (!phases.length || phases.includes(c.phase))); };
const now = () => Date.now() + (pulse.get().apart_ms || 0); // by the node's clock
const later = (ms, f) => timers.push(setTimeout(f, ms));
const iso = (ms) => new Date(ms).toISOString();

function quiet() {
  for (const id of timers) clearTimeout(id);
  timers = [];
  if (pc) { pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = null; pc.close(); }
  pc = null;
  early = [];
  sent = [];
  const c = call.get();
  for (const s of [c && c.own, c && c.other]) if (s) for (const track of s.getTracks()) track.stop();
}

// ---- that it took place ----

async function writeFact(c, ended, keep = false) {
  const body = { call: { id: c.id, began_at: iso(c.began), ended_at: iso(Math.max(ended, c.began)), answered: Boolean(c.answered) } };
  for (const wait of keep ? [0] : FACT_MS) {
    if (wait) await new Promise((done) => { setTimeout(done, wait); });
    try {
      await ask('POST', `/api/v1/lines/${c.line}/messages`, { body, key: `call-${c.id}`, quiet: true, keep });
      return true;
    } catch (e) { if (e.status >= 400 && e.status < 500 && e.status !== 429) break; }
  }
  return false;
}

// The other placed it and went away without a word: unless he has written it down meanwhile.
async function writeForOther(c, ended) {
  await new Promise((done) => { setTimeout(done, FACT_OF_OTHER_MS); });
  try {
    const { seq } = await get(`/api/v1/lines/${c.line}`, { limit: 1 });
    const { messages } = await get(`/api/v1/lines/${c.line}`, { after: Math.max(0, Number(seq) - 50), limit: 50 });
    if (messages.some((m) => m.call && m.call.id === c.id)) return;
  } catch { /* then it is written twice rather than not at all */ }
  await writeFact(c, ended);
}

// ---- the end, whichever way it comes ----

// bye: what the other side is told, or nothing. why: a word for the person here.
function over(why, { bye = '', told = '', cut = false } = {}) {
  const c = call.get(), ended = now();
  if (!c || c.phase === 'over') return;
  quiet();
  if (bye && c.placed !== 'not') whisper(c.line, bye, { call: c.id, to: c.peer || '' }).catch(() => {});
  call.set({ ...c, phase: 'over', why, told, ended, own: null, other: null, note: '' });
  if (c.placed === 'here') writeFact(c, ended).then((ok) => { if (!ok && is(c.id)) set({ note: 'call_not_written' }); });
  else if (c.placed === 'there' && cut && c.answered) writeForOther(c, ended);
}

export const dismiss = () => { const c = call.get(); if (c && c.phase === 'over') call.set(null); };
export const hangUp = () => over('call_ended', { bye: 'hangup' });
export const refuse = () => over('call_you_refused', { bye: 'refuse' });

// ---- what a browser has ----

// The microphone first: without it there is no call. The picture is asked for next, and may be refused.
async function ownStream(id) {
  let own;
  try {
    if (!navigator.mediaDevices) throw new Error('insecure');
    own = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (e) {
    return { why: e.message === 'insecure' ? 'call_insecure' : e.name === 'NotFoundError' ? 'call_no_mic' : 'call_mic_refused' };
  }
  let picture = false;
  try {
    const seen = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    for (const track of seen.getVideoTracks()) own.addTrack(track);
    picture = true;
  } catch { /* sound alone */ }
  if (!is(id)) for (const track of own.getTracks()) track.stop(); // he has hung up meanwhile
  return { own, picture };
}

async function connection(c, own) {
  const ice = await get(`/api/v1/lines/${c.line}/ice`).catch(() => ({ ice_servers: [] }));
  pc = new RTCPeerConnection({ iceServers: ice.ice_servers });
  set({ relayed: ice.ice_servers.length > 0 });
  const other = new MediaStream(), mine = pc;
  for (const track of own.getTracks()) mine.addTrack(track, own);
  if (!own.getVideoTracks().length) mine.addTransceiver('video', { direction: 'recvonly' });
  mine.ontrack = (e) => { other.addTrack(e.track); set({ other }); };
  mine.onicecandidate = (e) => { if (e.candidate) gather(c.id, e.candidate.toJSON()); };
  mine.onconnectionstatechange = () => {
    if (!is(c.id) || mine !== pc) return;
    const s = mine.connectionState;
    if (s === 'connected') set({ phase: 'talking', answered: call.get().answered || now(), note: '' });
    if (s === 'disconnected') { set({ note: 'call_weak' }); later(WEAK_MS, () => { if (pc === mine && mine.connectionState === 'disconnected') over('call_cut', { bye: 'hangup', cut: true }); }); }
    if (s === 'failed') over(call.get().phase === 'talking' ? 'call_cut' : call.get().relayed ? 'call_no_way' : 'call_no_turn', { bye: 'hangup', cut: true });
  };
  return mine;
}

// Several candidates in one whisper.
function gather(id, candidate) {
  sent.push(candidate);
  if (sent.length > 1) return;
  setTimeout(() => {
    const c = call.get(), some = sent;
    sent = [];
    if (c && c.id === id && c.phase !== 'over' && some.length) whisper(c.line, 'candidate', { call: id, to: c.peer || '', data: JSON.stringify(some) }).catch(() => {});
  }, GATHER_MS);
}

async function takeCandidates(list) {
  if (!pc || !pc.remoteDescription) { early.push(...list); return; }
  for (const candidate of list) await pc.addIceCandidate(candidate).catch(() => {});
}

async function described(description) {
  await pc.setRemoteDescription(description);
  const had = early;
  early = [];
  await takeCandidates(had);
}

// ---- placed here ----

// line: an id, or a promise of one. who: what is shown.
export async function place(line, who) {
  if (call.get() && call.get().phase !== 'over') return;
  const id = newKey().slice(0, 24);
  call.set({ id, line: '', who, phase: 'asking', placed: 'not', began: now(), rings: [] });
  const { own, picture, why } = await ownStream(id);
  if (!is(id, 'asking')) return;
  if (why) { over(why); return; }
  set({ own, picture });
  try {
    set({ line: await line });
    if (!is(id, 'asking')) return;
    const mine = await connection(call.get(), own);
    await mine.setLocalDescription(await mine.createOffer());
    if (!is(id, 'asking')) return;
    set({ phase: 'calling', placed: 'here', began: now() });
    const said = await whisper(call.get().line, 'offer', { call: id, data: JSON.stringify(mine.localDescription) });
    const far = said.unreached || [];
    if (far.length && said.nodes <= far.length) { over('call_unreached', { told: far }); return; }
  } catch (e) {
    if (is(id)) over('call_not_placed', { told: e.message });
    return;
  }
  later(NO_PAGE_MS, () => { if (is(id, 'calling')) set({ note: 'call_no_page' }); });
  later(RINGS_MS, () => { if (is(id, 'calling')) over('call_nobody', { bye: 'hangup' }); else if (is(id, 'ringing')) over('call_unanswered', { bye: 'hangup' }); });
}

const asPerson = (w) => `${w.by}@${w.node}`;
// One who will not come; when nobody else rings it is over.
function declined(w, why) {
  const c = call.get(), rings = c.rings.filter((r) => r.person !== asPerson(w));
  set({ rings });
  if (!rings.length) over(why, { bye: 'hangup' });
}

// ---- comes from elsewhere ----

export async function accept() {
  const c = call.get();
  if (!c || c.phase !== 'incoming') return;
  set({ phase: 'asking' });
  const { own, picture, why } = await ownStream(c.id);
  if (!is(c.id, 'asking')) return;
  if (why) { over(why, { bye: 'refuse' }); return; }
  set({ own, picture, phase: 'connecting', taken: Date.now() });
  try {
    const mine = await connection(c, own);
    await described(c.offer);
    await mine.setLocalDescription(await mine.createAnswer());
    set({ answered: now() });
    await whisper(c.line, 'answer', { call: c.id, to: c.peer, data: JSON.stringify(mine.localDescription) });
  } catch (e) {
    if (is(c.id)) over('call_not_placed', { bye: 'hangup', told: e.message });
    return;
  }
  later(WAY_MS, () => { if (is(c.id, 'connecting')) over(call.get().relayed ? 'call_no_way' : 'call_no_turn', { bye: 'hangup', cut: true }); });
}

function comes(w) {
  if (me && nameOf(w.by) === me.name && w.node === (me.node || {}).path) return; // his own, at another page
  const c = call.get();
  if (c && c.phase !== 'over') { if (c.id !== w.call) whisper(w.line, 'busy', { call: w.call, to: w.page }).catch(() => {}); return; }
  let offer;
  try { offer = JSON.parse(w.data); } catch { return; }
  early = [];
  call.set({ id: w.call, line: w.line, who: nameOf(w.by), node: w.node, peer: w.page, phase: 'incoming', placed: 'there', began: Date.parse(w.at), offer, rings: [] });
  whisper(w.line, 'ring', { call: w.call, to: w.page }).catch(() => {});
  later(RINGS_MS + 5000, () => { if (is(w.call, 'incoming')) over('call_was_missed'); });
}

// ---- what is whispered ----

const HEAR = {
  ring(w, c) { if (c.placed === 'here' && ['calling', 'ringing'].includes(c.phase)) set({ phase: 'ringing', note: '', who: nameOf(w.by), node: w.node, rings: [...c.rings, { page: w.page, person: asPerson(w) }] }); },
  answer(w, c) {
    if (c.placed === 'here' && ['calling', 'ringing'].includes(c.phase)) {
      set({ phase: 'connecting', peer: w.page, who: nameOf(w.by), node: w.node, answered: now(), taken: Date.now() });
      described(JSON.parse(w.data)).catch((e) => over('call_not_placed', { bye: 'hangup', told: String(e.message) }));
      later(WAY_MS, () => { if (is(c.id, 'connecting')) over(call.get().relayed ? 'call_no_way' : 'call_no_turn', { bye: 'hangup' }); });
    } else if (c.phase === 'incoming') over('call_elsewhere');
  },
  candidate(w, c) { if (!c.peer || w.page === c.peer || c.placed === 'here') takeCandidates(JSON.parse(w.data)); },
  refuse(w, c) {
    if (c.placed === 'here' && ['calling', 'ringing'].includes(c.phase)) declined(w, 'call_refused');
    else if (c.phase === 'incoming' && me && nameOf(w.by) === me.name && w.node === (me.node || {}).path) over('call_you_refused'); // at another page of his
  },
  busy(w, c) { if (c.placed === 'here' && ['calling', 'ringing'].includes(c.phase)) declined(w, 'call_busy'); },
  hangup(w, c) {
    if (w.page !== c.peer) return;
    over(c.phase === 'incoming' ? 'call_was_missed' : 'call_other_ended');
  },
};

function hear({ type, data: w }) {
  if (type !== 'whisper' || !w.call || w.page === PAGE_ID) return;
  if (w.whisper === 'offer') { comes(w); return; }
  const c = call.get();
  if (!c || c.id !== w.call || c.phase === 'over' || !HEAR[w.whisper]) return;
  if (w.to && w.to !== PAGE_ID && !(c.phase === 'incoming' && ['answer', 'refuse'].includes(w.whisper))) return;
  try { HEAR[w.whisper](w, c); } catch { /* what cannot be read says nothing */ }
}

// A page that goes away says so, as far as a browser lets it.
function leave() {
  const c = call.get();
  if (!c || c.phase === 'over' || c.placed === 'not') return;
  whisper(c.line, c.phase === 'incoming' ? 'refuse' : 'hangup', { call: c.id, to: c.peer || '' }, { keep: true }).catch(() => {});
  if (c.placed === 'here') writeFact(c, now(), true);
}

// Once a page: from now on it rings here. who: the person of this page.
let begun = false;
export function beginCalls(who) {
  me = who;
  if (begun) return;
  begun = true;
  listen(hear);
  addEventListener('pagehide', leave);
}

export const firstPicture = () => { const c = call.get(); if (c && c.taken && !c.first_ms) set({ first_ms: Date.now() - c.taken }); };
export function mute(on) {
  const c = call.get();
  if (!c || !c.own) return;
  for (const track of c.own.getAudioTracks()) track.enabled = !on;
  set({ muted: on });
}
