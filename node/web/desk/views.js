// views.js: what the list may show: groups of "needs me now", views, the person's own views; a view is a query of GET /api/v1/matters.
import { settings, choose } from '../lib/settings.js';

export const LIVE = 'open,sorted,assigned,handled,visited,hung';

// number: the key that jumps there; needs: its count in GET /api/v1/me; beside: what is there stands in another group as well
export const NEEDS = [
  { id: 'sign', word: 'to_sign', icon: 'down', kind: 'warn' },
  { id: 'overdue', word: 'overdue', icon: 'flag', kind: 'alarm' },
  { id: 'assign', word: 'to_assign', icon: 'person' },
  { id: 'handle', word: 'to_handle', icon: 'note' },
  { id: 'visit', word: 'to_visit', icon: 'check' },
  { id: 'close', word: 'to_close', icon: 'check' },
  { id: 'urged', word: 'needs_urged', icon: 'bell', kind: 'alarm', beside: true },
  { id: 'due_soon', word: 'needs_due_soon', icon: 'flag', kind: 'warn', beside: true },
].map((n, i) => ({ ...n, number: i + 1, query: { needs: n.id } }));

// Midnight of today in the tree's zone, as a time of the API.
export function midnight(zone, now = new Date()) {
  const parts = (d) => {
    const f = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
    return Object.fromEntries(f.formatToParts(d).map((p) => [p.type, Number(p.value)]));
  };
  const p = parts(now);
  let at = now.getTime() - ((p.hour * 60 + p.minute) * 60 + p.second) * 1000 - now.getMilliseconds();
  const there = parts(new Date(at)); // a day of 23 or 25 hours
  at -= there.hour > 12 ? (there.hour - 24) * 3600000 : there.hour * 3600000;
  return new Date(at).toISOString();
}

// The days from and to (2026-11-25, both whole) as the filters of a list, by when things happened, as warnings count.
const HALF_MS = 11 * 3600000, DAY_MS = 86400000;
export const days = (zone, from, to) => ({ happened: 'true', from: midnight(zone, new Date(Date.parse(from) + HALF_MS)), to: midnight(zone, new Date(Date.parse(to) + HALF_MS + DAY_MS)) });

export function views(node) {
  return [
    { id: 'open', word: 'view_open', query: { state: LIVE, sort: 'deadline' } },
    { id: 'emergency', word: 'view_emergency', query: { state: LIVE, urgency: 'emergency' } },
    { id: 'here', word: 'held_here', query: { state: LIVE, holder: node.path, sort: 'deadline' } },
    { id: 'today', word: 'view_today', query: { from: midnight(node.zone) } },
    { id: 'unassigned', word: 'unassigned', query: { unassigned: 'true' } },
    { id: 'hung', word: 'hung', query: { state: 'hung' } },
    { id: 'closed', word: 'view_closed', query: { state: 'closed', sort: '-updated_at' } },
    { id: 'all', word: 'view_all', query: {} },
  ];
}

// Rooms beside the list of matters (node/web/desk/rooms.js): views with another list than that of matters.
export const ROOMS = [{ id: 'warnings', word: 'warnings', icon: 'bell', kind: 'warn', query: {} }, { id: 'leads', word: 'leads', icon: 'merge', query: {} }, { id: 'lines', word: 'room_lines', icon: 'talk', kind: 'warn', query: {}, right: 'step' }];
export const isRoom = (id) => ROOMS.some((r) => r.id === id);

let whose = null; // the account of this page: two at one machine do not see each other's

// The person's own: {id, of: whose, name, asked: {view, filters, sort}}, kept on this machine: what is asked for is made anew each time, so
// that today is today. One of before they had an owner says not whose it is, and may name a person: it is dropped.
export function viewsOf(name) {
  whose = name;
  const all = settings.get().views || [];
  if (all.some((v) => v.of === undefined)) choose({ views: all.filter((v) => v.of !== undefined) });
}
export const own = () => (whose === null ? [] : (settings.get().views || []).filter((v) => v.of === whose));
export function keep(name, asked) {
  const view = { id: `own-${Date.now()}`, of: whose, name, asked };
  choose({ views: [...(settings.get().views || []), view] });
  return view;
}
export const drop = (id) => choose({ views: (settings.get().views || []).filter((v) => v.id !== id) });

// What the list asks for now, as it is kept: of a view of one's own, by what that asks for.
export function askedNow({ view, filters, sort }) {
  const mine = own().find((v) => v.id === view), of = mine ? mine.asked : { view, filters: {}, sort: '' };
  return { view: of.view, filters: { ...of.filters, ...filters }, sort: sort || of.sort };
}

export function every(node) {
  const all = [...NEEDS, ...views(node), ...ROOMS], of = ({ view, filters, sort }) => ({ ...(all.find((v) => v.id === view) || { query: {} }).query, ...filters, ...(sort ? { sort } : {}) });
  return [...all, ...own().map((v) => ({ ...v, query: of(v.asked) }))];
}
