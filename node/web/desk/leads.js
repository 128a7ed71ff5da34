// leads.js: the desk's room of leads: reports of several sources that seem to be one thing, and what its own node may say of each:
// that they are, that they are not (with a reason), a matter made of them; the last word can be taken back.
import { html } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { titles } from '../lib/tree.js';
import { Tag } from '../parts/marks.js';
import { LEADS_ASKED, heldOf, runs } from '../parts/leads.js';
import { filter, may, select } from './state.js';
import { makeRoom, Room, Said, Verbs } from './rooms.js';

export const leads = makeRoom({ id: 'leads', path: '/api/v1/leads', event: 'lead', fields: ['area'], running: LEADS_ASKED });

function verbs(l) {
  const last = l.words[l.words.length - 1];
  if (!may('step')) return [];
  return [l.joined > 1 && l.state === 'joined' && { name: 'confirm', label: t('lead_confirm'), done: t('lead_confirmed') },
    may('report') && !l.matter && runs(l) && { name: 'matter', label: t('sign_matter'), field: 'text', ask: t('sign_matter_ask'), done: t('sign_made'), opens: true },
    runs(l) && { name: 'dismiss', label: t('sign_dismiss'), field: 'reason', ask: t('sign_dismiss_ask'), hint: t('lead_dismiss_hint'), must: true, done: t('sign_dismissed') },
    last && last.what !== 'matter' && { name: 'undo', label: t('lead_undo'), done: t('undone') }].filter(Boolean);
}

function One({ l, b }) {
  const own = b.node && l.area === b.node.path, said = own ? verbs(l) : [], span = [l.first_at, l.last_at].filter(Boolean).map((at) => moment(at));
  return html`<p class="sign-head"><${Tag} kind=${runs(l) ? 'lead' : ''}>${t(`lead_${l.state}`)}<//><b>${heldOf(l)}</b><span>${titles(b.places, l.area, 3)}</span></p>
    <p class="under">${[l.place !== l.area && titles(b.places, l.place, 3), ...l.sources.map((s) => `${s.source} ${number(s.matters)}`), span.length && (span[0] === span[1] ? span[0] : span.join('–'))].filter(Boolean).join(' · ')}</p>
    <${Said} said=${l.words} named=${(what) => t(`lead_said_${what}`)} />
    <p class="links"><button type="button" class="link" onClick=${() => filter({ lead: l.id, area: '' })}>${t('lead_list')}</button>${l.matter && html`<button type="button" class="link" onClick=${() => select(l.matter)}>${t('sign_open_matter')}</button>`}</p>
    ${said.length > 0 && html`<${Verbs} url=${`/api/v1/leads/${l.id}`} verbs=${said} after=${leads.again} />`}
    ${!own && runs(l) && html`<p class="under">${t('room_not_own', { place: l.title })}</p>`}`;
}

export const LeadsRoom = () => html`<${Room} room=${leads} name=${t('leads')} none=${t('leads_none')} why=${t('leads_none_why')} one=${(l, b) => html`<${One} l=${l} b=${b} />`} />`;
