// map.js: a map, read only when somebody opens one: the vector map of the node's own file where it has one, outlines, pins, rings. It
// knows where things lie and nothing else: what a pin looks like draws whoever puts it there (mapview.js). By itself (Leaflet,
// protomaps-leaflet): a page that shows none carries none of it.
import leaflet from '../vendor/leaflet.js';
import protomaps from '../vendor/protomaps-leaflet.js';

const NEAR = 16, CELL = 44, MOST_ZOOM = 19; // NEAR: of one point alone; CELL: what lies nearer to each other than so many pixels is one pin

// An element: what people wrote is text and never markup.
function name(text) {
  const el = document.createElement('span');
  el.textContent = text;
  return el;
}

// Rings of [longitude, latitude], of a Polygon or a MultiPolygon, as Leaflet has them.
function rings(boundary) {
  const polygons = boundary.type === 'Polygon' ? [boundary.coordinates] : boundary.coordinates;
  return polygons.map((p) => p.map((ring) => ring.map(([lon, lat]) => [lat, lon])));
}

// The outer border of what many outlines make together, as lines from point to point: an edge that two of them share is inside.
function border(boundaries) {
  const edges = new Map();
  for (const ring of boundaries.map(rings).flat(2)) {
    for (let i = 1; i < ring.length; i += 1) {
      const [a, b] = [ring[i - 1], ring[i]], key = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? `${a} ${b}` : `${b} ${a}`;
      if (!edges.delete(key)) edges.set(key, [a, b]);
    }
  }
  return [...edges.values()];
}

// What lies close together at this zoom, as one: [[pin, …], …]. Each lies where its first one does, and no two nearer than CELL. A pin that
// stays `apart` is never within another one.
function gathered(pins, place) {
  const out = [], heads = [];
  for (const pin of pins) {
    if (pin.apart) { out.push([pin]); continue; }
    const at = place(pin), head = heads.find((h) => Math.abs(h.x - at.x) < CELL && Math.abs(h.y - at.y) < CELL);
    if (head) { head.group.push(pin); continue; }
    heads.push({ x: at.x, y: at.y, group: [pin] });
    out.push(heads[heads.length - 1].group);
  }
  return out;
}

// A map in el, which has a size. still: of a wall that nobody touches; file: whether the node's map file is fine; said: {nearer, farther,
// credit}; moved(bounds): after each move of a hand, {west, south, east, north}.
//   shapes([{key, boundaries (GeoJSON), kind (its class), title, whole: as one, its inner borders are not drawn}])   pins([{key, lat, lon, apart, above, label, act(), draw(element)}], many)
//   many(pins): {key, label, draw} of what lies close together   ring({lat, lon, metres} | null)   see(key): that pin is in view
//   fit(): all of it, or around what has `main`   end()
export function openMap(el, { still, file, dark, language, said, moved }) {
  const map = leaflet.map(el, { attributionControl: false, zoomControl: false, minZoom: 3, maxZoom: MOST_ZOOM, keyboard: !still, dragging: !still, scrollWheelZoom: !still, doubleClickZoom: !still, boxZoom: !still, touchZoom: !still,
    zoomSnap: still ? 0 : 1, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false });
  if (still) el.removeAttribute('tabindex');
  else {
    leaflet.control.zoom({ zoomInTitle: said.nearer, zoomOutTitle: said.farther }).addTo(map);
    leaflet.control.scale({ imperial: false, position: 'topright' }).addTo(map);
  }
  // Whoever draws OpenStreetMap's data names it (its licence); links that are followed by hand alone.
  if (file) leaflet.control.attribution({ prefix: said.credit }).addTo(map);
  if (file) protomaps.leafletLayer({ url: '/map.pmtiles', flavor: dark ? 'dark' : 'light', lang: language, maxDataZoom: 15 }).addTo(map);
  const outlines = leaflet.featureGroup().addTo(map), layer = leaflet.layerGroup().addTo(map), on = new Map();
  let all = [], join = null, circle = null, around = null, placed = false, hand = true;

  // By hand or not: a map that puts itself right is not a person who looks elsewhere.
  const quietly = (f) => { hand = false; f(); hand = true; };

  function put({ key, label, act, draw, above = 0 }, at) {
    let p = on.get(key);
    if (!p) {
      const box = document.createElement('div');
      const marker = leaflet.marker(at, { icon: leaflet.divIcon({ className: 'map-pin', html: box, iconSize: [0, 0] }), keyboard: Boolean(act), interactive: Boolean(act), autoPanOnFocus: false }).addTo(layer), icon = marker.getElement();
      p = { marker, box, icon, act };
      if (act) {
        marker.on('click', () => p.act());
        icon.addEventListener('keydown', (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); p.act(); } });
      } else icon.setAttribute('role', 'img');
      on.set(key, p);
    }
    p.act = act;
    p.marker.setLatLng(at);
    p.marker.setZIndexOffset(above);
    p.icon.setAttribute('aria-label', label);
    p.icon.title = label;
    draw(p.box);
  }

  function nearer(pins) {
    const box = leaflet.latLngBounds(pins.map((p) => [p.lat, p.lon])), zoom = Math.min(MOST_ZOOM, map.getBoundsZoom(box.pad(0.3)));
    if (zoom <= map.getZoom()) return false;
    map.setView(box.getCenter(), zoom);
    el.focus();
    return true;
  }

  function draw() {
    if (!placed) return;
    const seen = map.getBounds().pad(0.3), groups = gathered(all.filter((p) => seen.contains([p.lat, p.lon])), (p) => map.project([p.lat, p.lon])), here = new Set();
    const alone = groups.filter((g) => g[0].apart).map(([p]) => map.project([p.lat, p.lon]));
    // Where its first one lies; beside a pin that would lie on its number.
    const middle = (g) => {
      const at = map.project([g[0].lat, g[0].lon]);
      if (alone.some((p) => Math.abs(p.x - at.x) < CELL - 14 && Math.abs(p.y - at.y) < CELL - 14)) at.x += CELL - 12;
      return map.unproject(at);
    };
    for (const g of groups) {
      if (g.length === 1) { here.add(g[0].key); put(g[0], [g[0].lat, g[0].lon]); continue; }
      const m = join(g);
      here.add(m.key);
      put({ ...m, act: () => { if (!nearer(g)) m.act(); } }, middle(g));
    }
    for (const [key, p] of on) if (!here.has(key)) { layer.removeLayer(p.marker); on.delete(key); }
  }

  function circleAround() {
    if (circle) circle.remove();
    circle = placed && around && around.metres > 0 ? leaflet.circle([around.lat, around.lon], { radius: around.metres, className: 'map-ring', interactive: false }).addTo(map) : null;
  }

  function fit() {
    const main = all.find((p) => p.main), box = leaflet.latLngBounds(all.map((p) => [p.lat, p.lon]));
    if (outlines.getLayers().length) box.extend(outlines.getBounds());
    if (!main && !box.isValid()) return;
    quietly(() => (main ? map.setView([main.lat, main.lon], NEAR) : map.fitBounds(box.pad(still ? 0.02 : 0.05), { maxZoom: NEAR + 1 })));
    placed = true; // before it, nothing that is put there has an element
    draw();
    circleAround();
  }

  map.on('moveend', () => {
    draw();
    if (hand && moved) { const b = map.getBounds(); moved({ west: b.getWest(), south: b.getSouth(), east: b.getEast(), north: b.getNorth() }); }
  });
  const watch = new ResizeObserver(() => { quietly(() => map.invalidateSize({ pan: false })); if (still && placed) fit(); });
  watch.observe(el);
  return {
    shapes(list) {
      outlines.clearLayers();
      for (const s of list) {
        const shape = leaflet.polygon(s.boundaries.map(rings).flat(), { className: `map-shape ${s.kind}${file ? ' over' : ''}`, stroke: !s.whole, weight: 1, interactive: Boolean(s.title) && !still }).addTo(outlines);
        if (s.whole) leaflet.polyline(border(s.boundaries), { className: `map-border ${s.kind}`, interactive: false }).addTo(outlines);
        if (s.title && !still) shape.bindTooltip(name(s.title));
      }
    },
    pins(list, many) { all = list; join = many; draw(); },
    ring(at) { around = at; circleAround(); },
    see(key) {
      const p = all.find((x) => x.key === key);
      if (p && placed && !map.getBounds().pad(-0.1).contains([p.lat, p.lon])) quietly(() => map.panTo([p.lat, p.lon], { animate: false }));
    },
    fit,
    end() { watch.disconnect(); map.remove(); },
  };
}
