// field-worker.js: keeps the phone's page where there is no signal: its own files, asked for anew whenever the node answers, and the
// map's once somebody has opened one. What the page reads and sends is not its business (field/outbox.js).
'use strict';
const NAME = 'qipan-field-1', FILES = ['/field', '/web/pages/field.js', '/web/pages/field.css', '/web/lib/worker.js', '/favicon.svg', '/field.webmanifest'], ONCE_READ = ['/web/parts/map.js', '/web/parts/map.css'], PATIENCE_MS = 4000;

self.addEventListener('install', (e) => { e.waitUntil(caches.open(NAME).then((c) => c.addAll(FILES)).then(() => self.skipWaiting())); });
self.addEventListener('activate', (e) => { e.waitUntil(caches.keys().then((all) => Promise.all(all.filter((n) => n.startsWith('qipan-field-') && n !== NAME).map((n) => caches.delete(n)))).then(() => self.clients.claim())); });

async function answer(request, path) {
  const c = await caches.open(NAME);
  let fresh = null, failed = null;
  try {
    fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (fresh.ok) await c.put(path, fresh.clone()).catch((e) => { if (e.name !== 'QuotaExceededError') throw e; }); // not kept: it is there all the same
    if (fresh.status < 500) return fresh;
  } catch (e) { failed = e; }
  const had = await c.match(path); // also where a proxy answers for a node that is down
  if (had) return had;
  if (!failed) return fresh;
  throw failed;
}

self.addEventListener('fetch', (e) => {
  const path = new URL(e.request.url).pathname;
  if (e.request.method === 'GET' && (FILES.includes(path) || ONCE_READ.includes(path))) e.respondWith(answer(e.request, path));
});
