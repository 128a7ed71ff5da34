// line.js: the lines of the person: who calls, what was said, and how far what he said himself has come: on this phone, at its node,
// at the other's node, read. What was said is not kept on the phone: it is erased everywhere on its day, and here too.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { ask, get, denied } from '../lib/api.js';
import { outbox, add, turnOf } from './outbox.js';
import { ground } from './patrol.js';
import { PAGE, Said, lineName, readLine, useSeen, once } from '../parts/talk.js';
import { CallButton } from '../parts/calling.js';
import { Typing, typed } from '../parts/whisper.js';

// open: the id of the line that is read; messages: of that line; refused: why it could not be read ('' when it could); denied: not
// for this account, with whatever signal
export const lines = make({ items: [], at: 0, fresh: false, open: null, line: null, messages: [], refused: '', denied: false });

export async function readLines() {
  try {
    const { items } = await get('/api/v1/lines', { limit: PAGE });
    lines.set((s) => ({ ...s, items, at: Date.now(), fresh: true, refused: '', denied: false }));
  } catch (e) {
    lines.set((s) => ({ ...s, fresh: false, refused: e.message, denied: denied(e) }));
  }
  if (lines.get().open) await readOne(lines.get().open);
}

// What was said last, and from then on what is new.
async function readOne(id) {
  try {
    const line = await readLine(id);
    if (lines.get().open !== id) return;
    lines.set((s) => ({ ...s, line, messages: once(line.messages), fresh: true, refused: '' }));
  } catch (e) {
    lines.set((s) => (s.open === id ? { ...s, fresh: false, refused: e.message } : s));
  }
}

export function openLine(id) {
  lines.set((s) => ({ ...s, open: id, line: null, messages: [], refused: '' }));
  if (id) readOne(id);
}

// The line of a matter: made when it is first wanted.
export async function lineOf(matter) {
  const line = await ask('POST', `/api/v1/matters/${matter}/line`, { body: {} });
  openLine(line.id);
}

export const unseen = (items) => items.filter((l) => l.unseen > 0).length;

const begun = new Map(); // what is written for a line stays while the person looks elsewhere

function Talk({ s, me, say }) {
  const [text, type] = useState(begun.get(s.open) || ''), write = (v) => { begun.set(s.open, v); type(v); }, [error, fail] = useState(''), o = useStore(outbox), end = useRef(null), list = useRef(null), path = `/api/v1/lines/${s.open}/messages`;
  const unsent = o.items.filter((i) => i.path === path && i.state !== 'sent').sort((a, b) => turnOf(a) - turnOf(b)), n = s.messages.length + unsent.length;
  useEffect(() => { if (end.current) end.current.scrollIntoView({ block: 'end' }); }, [n]);
  useSeen(list, s.line);
  const put = async (body) => {
    try { await add({ what: 'message', title: s.line ? lineName(s.line, me) : '', path, body }); write(''); fail(''); } catch (refused) { fail(refused.message); }
  };
  const fix = ground.get().fix;
  return html`<section class="talk"><button type="button" class="button plain" onClick=${() => openLine(null)}>‹ ${t('back')}</button><h2>${s.line ? lineName(s.line, me) : t('line')}</h2>${s.line && html`<${CallButton} line=${s.open} who=${lineName(s.line, me)} />`}${s.refused && html`<p class="as-of old" role="status">${s.line ? t('line_old') : t('line_offline')} ${s.refused}</p>`}
    ${!s.line && !s.refused ? html`<p class="reading">${t('loading')}</p>` : html`<ol class="said" ref=${list}>${s.messages.map((m) => html`<${Said} key=${m.id} m=${m} me=${me} />`)}${unsent.map((i) => html`<li key=${i.id} class="own unsent"><p>${i.body.text}</p><small>${i.state === 'refused' ? t('not_taken', { why: i.error }) : t('line_local')}</small></li>`)}</ol>`}
    ${s.line && n === 0 && html`<p class="reading">${t('line_empty')}</p>`}
    <${Typing} line=${s.open} /><form class="write" ref=${end} onSubmit=${(e) => { e.preventDefault(); if (text.trim()) put({ text: text.trim() }); }}><label class="field"><span>${t('line_write')}</span><textarea name="text" maxlength="4000" value=${text} onInput=${(e) => { write(e.target.value); typed(s.open); }}></textarea></label>
      ${error && html`<p class="error-panel" role="alert">${error}</p>`}<div class="ways"><button class="button solid">${t('line_send')}</button>${fix && html`<button type="button" class="button" onClick=${() => put({ location: { lat: fix.lat, lon: fix.lon } })}>${t('line_where')}</button>`}</div></form></section>`;
}

export function Lines({ me, say }) {
  const s = useStore(lines);
  useEffect(() => { readLines(); }, []);
  if (s.open) return html`<${Talk} s=${s} me=${me} say=${say} />`;
  return html`<section class="tasks">${s.refused && html`<p class="as-of old" role="status">${s.denied ? t('left_out', { what: t('tab_line'), why: s.refused }) : `${t('line_offline')} ${s.refused}`}</p>`}
    ${s.items.length ? html`<ul>${s.items.map((l) => html`<li key=${l.id}><button type="button" onClick=${() => openLine(l.id)}><b>${lineName(l, me)}</b><span>${moment(l.updated_at)}${l.unseen > 0 ? ` · ${t('line_new', { n: number(l.unseen) })}` : ''}</span></button></li>`)}</ul>` : s.at > 0 && html`<p class="reading">${t('lines_none')}</p>`}</section>`;
}
