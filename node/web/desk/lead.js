// lead.js: the leads that a matter is in: which others seem to be the same thing, and why; confirmed, or this one taken out,
// where the lead is this node's own.
import { html, useState, useEffect } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { get, post } from '../lib/api.js';
import { useStore } from '../lib/store.js';
import { ErrorPanel } from '../parts/frame.js';
import { Tag, Icon } from '../parts/marks.js';
import { base, filter, select } from './state.js';

const sources = (lead) => lead.sources.map((s) => `${s.source} ${number(s.matters)}`).join(' · ');

function Others({ lead, matter }) {
  const others = lead.matters.filter((m) => m.id !== matter.id);
  return html`<ul>${others.map((m) => html`<li><button type="button" class="link" onClick=${() => select(m.id)}>${m.title}</button> <small>${m.source}${m.how === 'proposed' ? ` · ${t('lead_proposed')}` : ''}${m.why.length ? ` · ${m.why.join(' ')}` : ''}</small></li>`)}
    ${lead.rest > 0 && html`<li><small>${t('lead_rest', { n: number(lead.rest) })}</small></li>`}</ul>`;
}

function One({ lead, matter, own, said }) {
  const [error, fail] = useState(null), mine = lead.matters.find((m) => m.id === matter.id);
  const say = (verb, body) => { fail(null); post(`/api/v1/leads/${lead.id}/${verb}`, body).then(said, fail); };
  return html`<div class="lead"><p><${Icon} name="merge" /> <${Tag} kind="lead">${t(`lead_${lead.state}`)}<//> ${t('lead_has', { n: number(lead.joined) })} <small>${sources(lead)}</small></p>
    <${Others} lead=${lead} matter=${matter} />
    ${error && html`<${ErrorPanel} what=${t('leads')} error=${error} ways=${[[t('again'), said]]} />`}
    <p class="links"><button type="button" class="link" onClick=${() => filter({ lead: lead.id })}>${t('lead_list')}</button>
      ${own && lead.joined > 1 && lead.state === 'joined' && html`<button type="button" class="link" onClick=${() => say('confirm', {})}>${t('lead_confirm')}</button>`}
      ${own && mine && mine.how === 'proposed' && html`<button type="button" class="link" onClick=${() => say('join', { matter: matter.id })}>${t('lead_join')}</button>`}
      ${own && mine && (mine.how === 'proposed' || lead.joined > 1) && html`<button type="button" class="link" onClick=${() => say('split', { matter: matter.id })}>${t('lead_split')}</button>`}
      ${own && lead.words.length > 0 && lead.words[lead.words.length - 1].what !== 'matter' && html`<button type="button" class="link" onClick=${() => say('undo', {})}>${t('lead_undo')}</button>`}</p></div>`;
}

export function Leads({ matter }) {
  const b = useStore(base), [found, set] = useState({ of: null, leads: [], why: '' }), [round, again] = useState(0);
  useEffect(() => {
    let gone = false;
    get('/api/v1/leads', { matter: matter.id })
      .then((a) => Promise.all(a.items.map((l) => get(`/api/v1/leads/${l.id}`))))
      .then((leads) => { if (!gone) set({ of: matter.id, leads, why: '' }); }, (refused) => { if (!gone) set({ of: matter.id, leads: [], why: refused.message }); });
    return () => { gone = true; };
  }, [matter.id, round]);
  if (found.of === matter.id && found.why) return html`<p class="under" role="status">${t('signs_unread', { what: t('leads'), why: found.why })}</p>`;
  if (found.of !== matter.id || !found.leads.length) return null;
  return html`<section class="leads" aria-label=${t('leads')}><h3>${t('leads')}</h3>${found.leads.map((l) => html`<${One} key=${l.id} lead=${l} matter=${matter} own=${b.node && l.area === b.node.path} said=${() => again((n) => n + 1)} />`)}</section>`;
}
