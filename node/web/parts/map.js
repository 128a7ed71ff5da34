// map.js: a map of a place, read only when somebody opens one: the vector map of the node's own file where it has one, the outlines
// of the grids, and points. By itself (Leaflet, protomaps-leaflet): a page that shows none carries none of it.
import leaflet from '../vendor/leaflet.js';
import protomaps from '../vendor/protomaps-leaflet.js';

const NEAR = 16; // of one point alone

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

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

// Draws into el. outlines: [{title, boundary}] (GeoJSON), points: [{lat, lon, title, main}], file: whether the node's map file is fine.
// Answers what ends it; with nothing to draw, null.
export function drawMap(el, { outlines, points, file, dark, language, said }) {
  if (!outlines.length && !points.length) return null;
  const map = leaflet.map(el, { attributionControl: false, zoomControl: false, minZoom: 3, maxZoom: 19, keyboard: true });
  leaflet.control.zoom({ zoomInTitle: said.nearer, zoomOutTitle: said.farther }).addTo(map);
  leaflet.control.scale({ imperial: false }).addTo(map);
  // Whoever draws OpenStreetMap's data names it (its licence); links that are followed by hand alone.
  if (file) leaflet.control.attribution({ prefix: said.credit }).addTo(map);
  if (file) protomaps.leafletLayer({ url: '/map.pmtiles', flavor: dark ? 'dark' : 'light', lang: language, maxDataZoom: 15 }).addTo(map);
  const shapes = outlines.map((o) => leaflet.polygon(rings(o.boundary), { color: colour('--edge'), weight: 1, fillColor: colour('--act'), fillOpacity: file ? 0.04 : 0.08 }).bindTooltip(name(o.title)).addTo(map));
  const dots = points.map((p) => leaflet.circleMarker([p.lat, p.lon], { radius: p.main ? 9 : 6, color: colour('--on-solid'), weight: 2, fillColor: colour(p.main ? '--alarm-fill' : '--act'), fillOpacity: 1 }).bindTooltip(name(p.title)).addTo(map));
  const main = points.find((p) => p.main);
  if (main) map.setView([main.lat, main.lon], NEAR);
  else map.fitBounds(leaflet.featureGroup([...shapes, ...dots]).getBounds().pad(0.05));
  return () => map.remove();
}
