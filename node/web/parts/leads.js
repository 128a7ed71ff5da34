// leads.js: what seems to be one thing, as the wall draws it: where, how many, from which sources, since when. Which matters they are,
// and what people said of them, a screen is not told.
import { html } from '../lib/ui.js';
import { t, number, word } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { titles } from '../lib/tree.js';
import { Tag } from './marks.js';
import { Unread } from './warnings.js';

const SOURCES = 3;

// Those of which nobody has said yet what they are. Asked for by state, so that none stands behind a page of others.
const RUN = ['joined', 'proposed'];
export const runs = (l) => RUN.includes(l.state);
export const LEADS_ASKED = RUN.map((state) => ({ state }));
export const heldOf = (l) => (l.joined > 1 ? t('lead_has', { n: number(l.joined) }) : t('lead_one', { n: number(l.proposed) }));

// The wall's panel; none where there is nothing. most: how many it shows; leads: {items (null: not read), more, at, error}; w: the wall's own answer.
export const anyRuns = (leads) => Boolean(leads.items && leads.items.some(runs));
export function Leads({ w, leads, most }) {
  const all = (leads.items || []).filter(runs), rest = all.length - most;
  if (!all.length && !leads.error) return null;
  return html`<section class="panel warnings leads-panel" aria-label=${t('leads')}><div class="panel-head"><h2>${t('leads')}${leads.items && html` <b>${number(all.length)}${leads.more ? '+' : ''}</b>`}</h2><p>${t('leads_note')}</p></div>
    ${leads.error && html`<${Unread} what=${t('leads')} error=${leads.error} at=${leads.items ? leads.at : 0} />`}
    <ul>${all.slice(0, most).map((l) => html`<li key=${l.id}><${Tag} kind="lead">${word('lead', l.state)}<//><b>${titles(w.places, l.place || l.area, 3)}</b><span class="sub end">${l.first_at ? moment(l.first_at) : ''}</span><span class="what"><span>${l.joined > 1 ? t('lead_n', { n: number(l.joined) }) : heldOf(l)}</span><span class="end">${l.sources.slice(0, SOURCES).map((s) => `${s.source} ${number(s.matters)}`).join(' · ')}</span></span></li>`)}
      ${rest > 0 && html`<li class="sub rest">${t('leads_more', { n: number(rest) })}</li>`}</ul></section>`;
}
