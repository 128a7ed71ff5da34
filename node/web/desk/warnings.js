// warnings.js: the desk's room of warnings: what is unusually high here and below, and what its own node may say of it: a note, that it
// is nothing (with a reason), a matter made of it.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { titles } from '../lib/tree.js';
import { RUNNING, Beside, StateTag, seenOf, sinceOf, strongOf, usualOf } from '../parts/warnings.js';
import { go, hasBelow, may, select } from './state.js';
import { days } from './views.js';
import { makeRoom, Room, Said, Verbs } from './rooms.js';

export const warnings = makeRoom({ id: 'warnings', path: '/api/v1/warnings', event: 'warning', fields: ['area', 'category'], running: [{ state: RUNNING }] });

const runs = (w) => w.state === 'raised' || w.state === 'watch';

function verbs(w, me) {
  return [may('step') && { name: 'note', label: t('sign_note'), field: 'note', ask: t('sign_note_ask'), must: true, done: t('sign_noted') },
    may('report') && may('step') && !w.matter && { name: 'matter', label: t('sign_matter'), field: 'text', ask: t('sign_matter_ask'), done: t('sign_made'), opens: true },
    may('step') && !me.own_steps && runs(w) && { name: 'dismiss', label: t('sign_dismiss'), field: 'reason', ask: t('sign_dismiss_ask'), hint: t('sign_dismiss_hint'), must: true, done: t('sign_dismissed') }].filter(Boolean);
}

function One({ w, b }) {
  const own = b.node && w.area === b.node.path, said = own ? verbs(w, b.me || {}) : [];
  return html`<p class="sign-head"><${StateTag} state=${w.state} /><b>${w.category}</b><span>${titles(b.places, w.area, 3)}</span></p>
    <div class="sign-figures"><b>${seenOf(w)}</b><span>${usualOf(w)}</span><${Beside} w=${w} /></div>
    <p class="under">${sinceOf(w)} · ${strongOf(w)}</p><${Said} said=${w.notes || []} named=${(what) => t(`sign_said_${what}`)} />
    <p class="links"><button type="button" class="link" onClick=${() => go('all', { area: w.behind.area, category: w.behind.category, ...(hasBelow(w.category) && { below: 'true' }), ...days(b.node && b.node.zone, w.behind.from, w.behind.to) })}>${t('sign_behind')}</button><button type="button" class="link" onClick=${() => go('all', { area: w.area, category: w.category, ...(hasBelow(w.category) && { below: 'true' }) })}>${t('sign_all')}</button>${w.matter && html`<button type="button" class="link" onClick=${() => select(w.matter)}>${t('sign_open_matter')}</button>`}</p>
    ${said.length > 0 && html`<${Verbs} url=${`/api/v1/warnings/${w.id}`} verbs=${said} after=${warnings.again} />`}
    ${!own && runs(w) && html`<p class="under">${t('room_not_own', { place: w.title })}</p>`}`;
}

export const Warnings = () => html`<${Room} room=${warnings} name=${t('warnings')} none=${t('signs_none')} why=${t('signs_none_why')} one=${(w, b) => html`<${One} w=${w} b=${b} />`} />`;
