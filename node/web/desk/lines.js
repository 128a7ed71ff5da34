// lines.js: the desk's room of lines: all conversations that this person is on, the newest first. One of a matter is read beside that
// matter; one of none stands in the matter's place.
import { html } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { make, useStore } from '../lib/store.js';
import { Icon, Tag } from '../parts/marks.js';
import { lineName } from '../parts/talk.js';
import { base, select } from './state.js';
import { makeRoom, Room } from './rooms.js';
import { Line } from './line.js';
import { placeName } from './matter.js';

export const lines = makeRoom({ id: 'lines', path: '/api/v1/lines', event: 'line', fields: [], running: [] });
lines.all(true); // none is ever over; how many have something unread is in GET /api/v1/me

// The line of no matter that is read, as the list has it.
export const alone = make(null);

function open(l) {
  alone.set(l.matter ? null : l);
  select(l.matter || null);
}

const nodesOf = (l) => [...new Set(l.members.map((m) => m.node))].map(placeName).join('、');

function One({ l, b }) {
  return html`<div class="sign-head"><button type="button" class="link" onClick=${() => open(l)}><b>${lineName(l, b.me || { name: '' })}</b></button>${l.unseen > 0 && html`<${Tag} kind="urged">${t('line_new', { n: number(l.unseen) })}<//>`}<span>${moment(l.updated_at)}</span></div>
    <p class="under">${nodesOf(l)}${l.matter && html` · ${t('line_of_matter')}`}</p>`;
}

export const LinesRoom = () => html`<${Room} room=${lines} name=${t('room_lines')} none=${t('lines_none_desk')} one=${(l, b) => html`<${One} l=${l} b=${b} />`} whole />`;

export function Alone({ l }) {
  const b = useStore(base), name = lineName(l, b.me || { name: '' });
  return html`<article class="matter" aria-label=${name}><header><div class="tags"><button type="button" class="button plain narrow" onClick=${() => alone.set(null)} aria-label=${t('key_back')}><${Icon} name="back" /></button></div>
    <h2>${name}</h2><p class="under">${nodesOf(l)}</p></header><${Line} key=${l.id} matter=${{ id: l.id, title: name, line: true, alone: true }} place=${placeName} /></article>`;
}
