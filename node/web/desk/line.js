// line.js: the line of a matter: who works on it writes to each other, over all levels. It is opened by the first word, and read
// while the matter is; that it was read is told when it is on the screen.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { useStore, make } from '../lib/store.js';
import { ask, newKey, notDone } from '../lib/api.js';
import { listen } from '../lib/stream.js';
import { Said, readLine, useSeen, once } from '../parts/talk.js';
import { CallButton } from '../parts/calling.js';
import { Typing, typed } from '../parts/whisper.js';
import { base } from './state.js';

// state: 'reading', 'none' (nobody has opened it, or it is not open to this person), 'open'
const talk = make({ id: null, state: 'reading', messages: [], members: [], error: '' });

async function readTalk(id) {
  const still = () => talk.get().id === id;
  try {
    const line = await readLine(id);
    if (!still()) return;
    talk.set({ id, state: 'open', messages: once(line.messages), members: line.members, line, error: '' });
  } catch (e) {
    if (still()) talk.set((s) => (e.status === 404 ? { ...s, state: 'none', error: '' } : { ...s, error: e.message }));
  }
}

// The line's id, once it is open. alone: it is of no matter, and was opened by somebody.
async function opened(id, alone) {
  if (!alone && talk.get().state !== 'open') { await ask('POST', `/api/v1/matters/${id}/line`, { body: {} }); readTalk(id); }
  return id;
}

// The same key again says it once, however often it is tried.
async function write(id, text, key, alone) {
  await opened(id, alone);
  await ask('POST', `/api/v1/lines/${id}/messages`, { body: { text }, key });
  await readTalk(id);
}

// What is written for a matter's line stays while the person looks at others: by matter, {text, key}.
const begun = new Map();

// matter.line says whether it is open to this person: what is not there is not asked for.
export function Line({ matter, place }) {
  const s = useStore(talk), b = useStore(base), id = matter.id, [{ text, key }, hold] = useState(() => begun.get(id) || { text: '', key: newKey() }), [busy, wait] = useState(false), [error, fail] = useState(''), list = useRef(null);
  const put = (more) => { begun.set(id, { text, key, ...begun.get(id), ...more }); hold(begun.get(id)); };
  useEffect(() => {
    talk.set({ id, state: matter.line ? 'reading' : 'none', messages: [], members: [], error: '' });
    if (matter.line) readTalk(id);
    return listen(({ type: kind, data }) => { if (((kind === 'up' || kind === 'gap') && talk.get().state !== 'none') || (kind === 'line' && data && data.id === id)) readTalk(id); });
  }, [id]);
  useEffect(() => { if (list.current) list.current.scrollTop = list.current.scrollHeight; }, [s.messages.length]);
  useSeen(list, s.line);
  const send = async (e) => {
    e.preventDefault();
    if (!text.trim() || busy) return;
    wait(true);
    try {
      await write(id, text.trim(), key, matter.alone);
      put({ text: '', key: newKey() });
      fail('');
    } catch (refused) {
      fail(`${t('not_said')} ${refused.message}`);
      if (notDone(refused)) put({ key: newKey() });
    }
    wait(false);
  };
  const me = b.me || { name: '', node: {} }, nodes = new Set(s.members.map((m) => m.node)).size;
  return html`<section class="talk" aria-label=${t('line')}><h3>${t('line')}${s.state === 'open' && html`<small>${t('line_members', { n: number(nodes) })}</small>`}<span class="push"></span><${CallButton} id="see" line=${() => opened(id, matter.alone)} who=${matter.title} /></h3>
    ${s.state === 'reading' && !s.error && html`<p class="as-of">${t('loading')}</p>`}${s.error && html`<p class="warned" role="status">${s.error}</p>`}
    ${s.messages.length > 0 ? html`<ol class="said" ref=${list} tabindex="0" aria-label=${t('line')}>${s.messages.map((m) => html`<${Said} key=${m.id} m=${m} me=${me} place=${place} />`)}</ol>` : s.state !== 'reading' && html`<p class="as-of">${t(s.state === 'none' ? 'line_not_open' : 'line_empty')}</p>`}
    <${Typing} line=${id} place=${place} /><form class="write" onSubmit=${send}><label class="field"><span class="out-of-sight">${t('line_write')}</span><textarea id="say" rows="2" maxlength="4000" placeholder=${t('line_write')} value=${text} onInput=${(e) => { put({ text: e.target.value }); if (s.state === 'open') typed(id); }} onKeyDown=${(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) send(e); }}></textarea></label>
      ${error && html`<p class="error-panel" role="alert">${error}</p>`}<button class="button" disabled=${busy}>${t('line_send')} <kbd>Ctrl ↵</kbd></button></form></section>`;
}
