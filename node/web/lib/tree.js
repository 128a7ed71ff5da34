// tree.js: the places that the node knows: by path, by their short names, and how old what they say is.

// Each place once, with its parent and depth: Map path -> place (GET /api/v1/tree, nested).
export function index(tree) {
  const all = new Map();
  const walk = (place, above, depth) => {
    place.above = above;
    place.depth = depth;
    all.set(place.path, place);
    for (const c of place.children) walk(c, place, depth + 1);
  };
  if (tree) walk(tree, null, 0);
  return all;
}

// The short name that the node gives each (node/http/shape/short_name.h), while it is one among those that are shown.
export function shortNames(children) {
  const names = children.map((c) => c.short || c.title), seen = new Map();
  names.forEach((n) => seen.set(n, (seen.get(n) || 0) + 1));
  return new Map(children.map((c, i) => [c.path, names[i].length >= 2 && seen.get(names[i]) === 1 ? names[i] : c.title || c.path]));
}

export const lowest = (place) => (place.children.length ? place.children.flatMap(lowest) : [place]);

// The place itself or the first above it that is known.
export function known(all, path) {
  for (let p = path; p; p = p.slice(0, p.lastIndexOf('/'))) {
    if (all.has(p)) return all.get(p);
    if (!p.includes('/')) return null;
  }
  return null;
}

// The name of a place by two levels below the root of what is shown: 萧县 黄口镇.
export function titles(all, path, levels = 2) {
  const place = known(all, path);
  if (!place) return path;
  const line = [];
  for (let p = place; p && p.above; p = p.above) line.unshift(p);
  const shown = line.length ? line : [place];
  return (shown.length > levels ? shown.slice(0, levels) : shown).map((p) => p.title || p.path).join(' ');
}

// Where figures are old: the highest places that are cut off, each with since when.
export function stale(place) {
  if (place.state === 'cut') return [place];
  return place.children.flatMap(stale);
}

// Of a place that is cut and was never heard nothing is known: null, and not 0; as what this account is not told (null).
export const knownOf = (p, n) => (n === null || (p.state === 'cut' && !p.as_of) ? null : n || 0);

export function count(tree) {
  const n = { nodes: 0, live: 0, late: 0, cut: 0, unseen: 0 };
  const walk = (p, hidden) => {
    n.nodes += 1;
    if (hidden) n.unseen += 1;
    else n[p.state in n ? p.state : 'live'] += 1;
    for (const c of p.children) walk(c, hidden || p.state === 'cut');
  };
  walk(tree, false);
  return n;
}
