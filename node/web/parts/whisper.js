// whisper.js: what is said on a line and kept nowhere: that somebody types here, and there. Calls: parts/call.js.
import { html, useState, useEffect } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { ask, newKey } from '../lib/api.js';
import { listen } from '../lib/stream.js';

const EVERY_MS = 3000, SHOWN_MS = 6000;
// This page, among all that may be open of one person.
export const PAGE_ID = newKey().slice(0, 16);
export const nameOf = (by) => (by || '').replace(/^[^:]*:/, '');

// {nodes, unreached}; throws when the node takes it not. options: of ask.
export const whisper = (line, word, more = {}, options = {}) => ask('POST', `/api/v1/lines/${line}/whispers`, { body: { whisper: word, page: PAGE_ID, ...more }, quiet: true, ...options });

// Told once in three seconds, however fast somebody types. What does not come is no matter.
let told = { line: '', at: 0 };
export function typed(line) {
  const now = Date.now();
  if (!line || (told.line === line && now - told.at < EVERY_MS)) return;
  told = { line, at: now };
  whisper(line, 'typing').catch(() => {});
}

// Who types on this line at the moment, but this page itself. place: what a node is called.
export function Typing({ line, place = (path) => path }) {
  const [who, show] = useState([]);
  useEffect(() => {
    show([]);
    const id = setInterval(() => show((all) => (all.some((w) => Date.now() - w.at > SHOWN_MS) ? all.filter((w) => Date.now() - w.at <= SHOWN_MS) : all)), 1000);
    const deaf = listen(({ type, data }) => {
      if (type === 'whisper' && data.line === line && data.whisper === 'typing' && data.page !== PAGE_ID) show((all) => [...all.filter((w) => w.by !== data.by || w.node !== data.node), { by: data.by, node: data.node, at: Date.now() }]);
      if (type === 'line' && data && data.id === line && data.type === 'line_said') show((all) => all.filter((w) => w.node !== data.node));
    });
    return () => { deaf(); clearInterval(id); };
  }, [line]);
  return html`<p class="typing" aria-live="polite">${who.map((w) => t('types', { who: `${nameOf(w.by)} · ${place(w.node)}` })).join('　')}</p>`;
}
