// worker.js: the one stream of this browser, shared by its tabs (a SharedWorker); from lib/stream.js in a tab of its own
// where there is none. It goes on behind the last event that came, also when the node was away.
//
//   node ── /api/v1/stream ──► here ── {kind, data, id} ──► each tab
//
// To a tab: {kind: 'event', type, data, id} · {kind: 'up'} · {kind: 'down'} · {kind: 'gap'}: read all again · {kind: 'out'}: no session
'use strict';
(() => {
  const SILENT_MS = 7000, RETRY_MS = 1000, RETRY_MOST_MS = 15000, LINGER_MS = 5000;
  const TYPES = ['matter', 'node', 'urge', 'line', 'whisper', 'warning', 'lead', 'beat'];
  const ports = new Map(); // port -> when it was last heard
  let source = null, last = '', heard = 0, retry = RETRY_MS, timer = 0, out = false;

  const tell = (message) => { for (const p of ports.keys()) p.postMessage(message); };

  function close() {
    if (source) source.close();
    source = null;
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(open, ms);
  }

  // Why a stream was refused, EventSource does not say: it is asked once more by an ordinary call.
  async function refused() {
    close();
    tell({ kind: 'down' });
    try {
      const answer = await fetch('/api/v1/session', { credentials: 'same-origin', signal: AbortSignal.timeout(5000) });
      if (answer.status === 401) {
        out = true;
        tell({ kind: 'out' });
        return;
      }
      if (last) { // perhaps of another journal: the node lost its disk
        const head = new AbortController();
        setTimeout(() => head.abort(), 5000);
        const again = await fetch(`/api/v1/stream?last_event_id=${last}`, { signal: head.signal });
        head.abort();
        if (again.status >= 400 && again.status < 500 && again.status !== 429) {
          last = '';
          tell({ kind: 'gap' });
        }
      }
    } catch { /* it does not answer at all */ }
    later(retry);
    retry = Math.min(2 * retry, RETRY_MOST_MS);
  }

  function open() {
    close();
    if (!ports.size || out) return;
    heard = Date.now();
    const s = source = new EventSource(last ? `/api/v1/stream?last_event_id=${last}` : '/api/v1/stream');
    s.onopen = () => { heard = Date.now(); tell({ kind: 'up' }); };
    s.onerror = () => {
      if (s !== source) return;
      if (s.readyState === EventSource.CLOSED) refused();
      else tell({ kind: 'down' });
    };
    for (const type of TYPES) {
      s.addEventListener(type, (m) => {
        heard = Date.now();
        retry = RETRY_MS;
        if (m.lastEventId) last = m.lastEventId;
        tell({ kind: 'event', type, data: m.data, id: m.lastEventId });
      });
    }
  }

  // A connection may stay open while its node is frozen or the network behind it is gone. Tabs say every second that
  // they are there: one that does not is closed, and with the last one the stream.
  setInterval(() => {
    const now = Date.now();
    for (const [p, at] of ports) if (now - at > 90000) ports.delete(p);
    if (!ports.size) close();
    else if (source && now - heard > SILENT_MS) { later(0); }
  }, 1000);

  function join(port) {
    ports.set(port, Date.now());
    port.onmessage = (m) => {
      const slept = !ports.has(port);
      ports.set(port, Date.now());
      if (m.data === 'bye') {
        ports.delete(port);
        setTimeout(() => { if (!ports.size) close(); }, LINGER_MS);
      } else if (m.data === 'again') { // another person logged in, or this one anew
        out = false;
        last = '';
        open();
      } else if (slept && !out) { // it missed what came while others heard it, and the stream too may be closed
        port.postMessage({ kind: 'gap' });
        if (!source) later(0);
      }
    };
    if (!source || out) { out = false; open(); } else port.postMessage({ kind: source.readyState === EventSource.OPEN ? 'up' : 'down' });
  }

  if (typeof SharedWorkerGlobalScope !== 'undefined') self.onconnect = (e) => join(e.ports[0]);
  else self.qipanStream = join;
})();
