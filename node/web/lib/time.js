// time.js: times as people read them, in the tree's zone (`setZone`, from GET /api/v1/node); figures stay ASCII.
import { locale, t, language } from './i18n.js';

let zone;
const made = new Map();

export function setZone(name) {
  if (name !== zone) made.clear();
  zone = name;
}

function format(kind, options) {
  const key = kind + locale();
  if (!made.has(key)) {
    let f;
    try { f = new Intl.DateTimeFormat(locale(), { timeZone: zone, hourCycle: 'h23', ...options }); } catch { f = new Intl.DateTimeFormat(locale(), options); }
    made.set(key, f);
  }
  return made.get(key);
}

const date = (at) => (at instanceof Date ? at : new Date(at));
const TWO = '2-digit';

export const clock = (at) => format('clock', { hour: TWO, minute: TWO, second: TWO }).format(date(at));
export const minute = (at) => format('minute', { hour: TWO, minute: TWO }).format(date(at));
export const day = (at) => format('day', { month: 'long', day: 'numeric', weekday: 'short' }).format(date(at));
const dayOnly = (at) => format('dayOnly', { month: 'short', day: 'numeric' }).format(date(at));
const ymd = (at) => format('ymd', { year: 'numeric', month: TWO, day: TWO }).format(date(at));

// The day of a moment in the zone of all that is shown, as forms and the API have it: 2026-11-25.
export function dayOf(at = Date.now()) {
  const p = Object.fromEntries(format('dayOf', { year: 'numeric', month: TWO, day: TWO }).formatToParts(date(at)).map((x) => [x.type, x.value]));
  return `${p.year}-${p.month}-${p.day}`;
}

// A day of the API (2026-11-25), which has no zone: Nov 25, with the year where it is another one.
export const ofDay = (text, now = Date.now()) => new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', month: 'short', day: 'numeric', ...(text.slice(0, 4) === ymd(now).match(/\d{4}/)[0] ? {} : { year: 'numeric' }) }).format(new Date(text));

// Of today the time, of other days the day with it: a figure's age must never look younger than it is.
export const moment = (at, now = Date.now()) => (ymd(at) === ymd(now) ? minute(at) : `${dayOnly(at)} ${minute(at)}`);
export const momentSeconds = (at, now = Date.now()) => (ymd(at) === ymd(now) ? clock(at) : `${dayOnly(at)} ${clock(at)}`);

// A local time of a form (2026-11-25T18:00) as a time of the API, in the zone of all that is shown, and not in this machine's. Of an hour
// that comes twice it is the first; of one that is skipped, an hour later.
export function fromForm(text) {
  const [year, month, dayOf, hour, min, sec = 0] = text.split(/[-T:]/).map(Number), want = Date.UTC(year, month - 1, dayOf, hour, min, sec);
  const f = format('form', { year: 'numeric', month: TWO, day: TWO, hour: TWO, minute: TWO, second: TWO });
  const there = (at) => { const p = Object.fromEntries(f.formatToParts(date(at)).map((x) => [x.type, Number(x.value)])); return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second); };
  const [first, second] = [want - 86400e3, want + 86400e3].map((near) => want - (there(near) - near)); // by the zone's offset of a day before, and after
  return date(there(first) === want || there(second) !== want ? first : second).toISOString();
}

// How long, in two units at most: 48 秒, 3 时 20 分, 2 天 4 时.
export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const u = (n, unit) => t(`unit_${unit}`, { n });
  const join = language() === 'zh' ? ' ' : ' ';
  if (s < 60) return u(s, 's');
  if (s < 3600) return u(Math.floor(s / 60), 'm');
  if (s < 86400) return u(Math.floor(s / 3600), 'h') + (Math.floor(s % 3600 / 60) ? join + u(Math.floor(s % 3600 / 60), 'm') : '');
  return u(Math.floor(s / 86400), 'd') + (Math.floor(s % 86400 / 3600) ? join + u(Math.floor(s % 86400 / 3600), 'h') : '');
}
export const ago = (ms) => t('ago', { d: duration(ms) });

// 3:08, 1:03:20: a running time that is read from afar.
export function running(ms) {
  const s = Math.max(0, Math.floor(ms / 1000)), two = (n) => String(n).padStart(2, '0');
  if (s >= 86400) return duration(ms);
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s % 3600 / 60))}:${two(s % 60)}`;
}
