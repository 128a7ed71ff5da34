// api.js: calls of this node, with honest errors: `ask('GET', '/api/v1/node')` answers the object or throws a Refused, which
// says what was not done, why, and what is so now. A node that does not answer is status 0, never a silent nothing.
import { t, language } from './i18n.js';
import { hear } from './apart.js';

const PATIENCE_MS = 15000;

// An error's sentence in the reader's language.
export const sentence = (error) => (language() === 'zh' && error.message_zh) || error.message;

export class Refused extends Error {
  constructor(status, error, retry) {
    super(sentence(error) || `HTTP ${status}`);
    this.status = status; // 0: no answer came
    this.code = error.code || '';
    this.field = error.field || null;
    this.current = error.current || null;
    this.retry = retry || 0; // seconds
    this.more = error; // places of a policy, and what else an error bears
  }
}

// What an account may not see or this build does not have: it is left out, and said so. Anything else that failed may come yet.
export const denied = (e) => [403, 404, 405].includes(e.status);

// The node's word that it was not done. Without an answer, or after a 5xx, it may have been: it is asked for again by the same key.
export const notDone = (e) => e.status > 0 && e.status < 500;

// `promise`, or `instead` where it is denied: then `left` has {what, why}.
export const unless = (left, what, promise, instead) => promise.catch((e) => {
  if (!denied(e)) throw e;
  left.push({ what, why: e.message });
  return instead;
});

let loggedOut = () => {};
// Who is told when the session is over (401): by default nobody.
export function onLoggedOut(f) {
  loggedOut = f;
}

const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
export const newKey = random;

// As fetch answers, by an XMLHttpRequest: fetch does not tell how much has gone. Patience counts from the last that went, so that what is slow and goes
// on is not given up.
const carry = (method, path, headers, body, patience_ms, gone) => new Promise((answered, failed) => {
  const x = new XMLHttpRequest();
  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => x.abort(), patience_ms); };
  x.open(method, path);
  Object.entries(headers).forEach(([name, value]) => x.setRequestHeader(name, value));
  x.upload.onprogress = (e) => { wait(); if (e.lengthComputable && e.total > 0) gone(e.loaded / e.total); };
  x.onload = () => answered({ ok: x.status >= 200 && x.status < 300, status: x.status, headers: { get: (name) => x.getResponseHeader(name) }, text: async () => x.responseText });
  x.onerror = failed;
  x.onabort = failed;
  x.onloadend = () => clearTimeout(timer);
  wait();
  x.send(body);
});

// options: body (an object), raw (a Blob in its place), gone (a function: told the part of raw that has gone, 0 to 1), lines (the answer is one object a line: an array of them), key (Idempotency-Key: the same again is answered by the first), patience_ms, keep (goes on when the page is closed).
export async function ask(method, path, options = {}) {
  const { body, raw, lines = false, key, patience_ms = PATIENCE_MS, keep = false, quiet = false, gone } = options;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience_ms);
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (raw) headers['Content-Type'] = raw.type || 'application/octet-stream';
  if (key) headers['Idempotency-Key'] = key;
  const asked = Date.now();
  let answer, text;
  try {
    answer = raw && gone ? await carry(method, path, headers, raw, patience_ms, gone) : await fetch(path, {
      method, headers, credentials: 'same-origin', keepalive: keep, signal: stop.signal,
      body: raw || (body === undefined ? undefined : JSON.stringify(body)),
    });
    hear(answer.headers.get('Date'), asked);
    text = await answer.text();
  } catch {
    throw new Refused(0, { code: 'no_answer', message: t('no_answer_call') });
  } finally {
    clearTimeout(timer);
  }
  if (answer.ok && lines) return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  let value = {};
  try { value = text ? JSON.parse(text) : {}; } catch { value = { error: { message: text.slice(0, 200) } }; }
  if (answer.ok) return value;
  if (answer.status === 401 && !quiet) loggedOut();
  throw new Refused(answer.status, value.error || {}, Number(answer.headers.get('Retry-After')));
}

export const get = (path, query) => {
  const q = query ? new URLSearchParams(Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== '')) : '';
  return ask('GET', String(q) ? `${path}?${q}` : path);
};
export const post = (path, body = {}, options = {}) => ask('POST', path, { body, ...options });
export const remove = (path, body, options = {}) => ask('DELETE', path, { body, ...options });

// To the log-in page, and back here afterwards.
export function toLogin() {
  const here = location.pathname + location.search;
  location.replace(`/login?next=${encodeURIComponent(here)}`);
}
