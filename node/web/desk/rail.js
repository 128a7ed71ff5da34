// rail.js: the left side: what needs me now, views, my own views, and the board as a filter by area.
import { html, useState } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { useStore } from '../lib/store.js';
import { shortNames, knownOf } from '../lib/tree.js';
import { moment } from '../lib/time.js';
import { pulse } from '../lib/stream.js';
import { oldest } from '../parts/frame.js';
import { Icon, Square, Hatch } from '../parts/marks.js';
import { base, list, go, filter, may } from './state.js';
import { NEEDS, ROOMS, views, own, keep, askedNow, drop, isRoom } from './views.js';
import { warnings } from './warnings.js';
import { leads } from './leads.js';
import { settings } from '../lib/settings.js';

const CELL = 20, GAP = 3, ACROSS = 9;

// The places one level down, a square each, in the order of their codes.
function LittleBoard({ tree, area }) {
  const alive = useStore(pulse, (p) => p.state !== 'silent'); // what a node that does not answer said last is not live
  const kids = tree.children, names = shortNames(kids), rows = Math.ceil(kids.length / ACROSS), at = kids.find((c) => area === c.path || (area || '').startsWith(`${c.path}/`));
  if (!kids.length) return null;
  return html`<div class="little"><h2>${t('tour_county', { n: number(kids.length) })}</h2><svg viewBox=${`-2 -2 ${ACROSS * (CELL + GAP) + 2} ${rows * (CELL + GAP) + 2}`} role="group" aria-label=${t('board')}><${Hatch} />
    ${kids.map((c, i) => { const x = (i % ACROSS) * (CELL + GAP), y = Math.floor(i / ACROSS) * (CELL + GAP), state = alive || c.state !== 'live' ? c.state : 'late', said = `${c.title} ${t('open')} ${number(knownOf(c, c.open))}${c.overdue ? ` ${t('overdue')} ${number(c.overdue)}` : ''} ${t(state)}${c.as_of ? ` ${t('as_of', { t: moment(c.as_of) })}` : ''}`;
    const pick = () => filter({ area: at === c ? '' : c.path });
    return html`<g key=${c.path} role="button" tabindex="0" aria-label=${said} aria-pressed=${String(at === c)} onClick=${pick} onKeyDown=${(e) => { if (e.key === 'Enter' || e.key === ' ') { pick(); e.preventDefault(); } }}><title>${said}</title><${Square} p=${{ ...c, state }} x=${x} y=${y} w=${CELL} h=${CELL} chosen=${at === c} /></g>`; })}</svg>
    <p>${at ? html`<b>${names.get(at.path)}</b> ${number(knownOf(at, at.open))} ${t('open')}${at.as_of ? html` <small>${t('as_of', { t: moment(at.as_of) })}</small>` : ''}` : t('all_places')}</p></div>`;
}

export function Rail() {
  useStore(settings); // the saved views
  const b = useStore(base), l = useStore(list), [naming, name] = useState(false), needs = (b.me && b.me.needs) || {}, over = (b.me && b.me.needs_more) || [], rights = b.me ? 1 : 0;
  const counts = { open: b.tree ? b.tree.open : null }, run = { warnings: useStore(warnings.count), leads: useStore(leads.count), lines: typeof needs.lines === 'number' ? { n: needs.lines, more: over.includes('lines') } : null };
  const line = (v, label, n, extra, more) => html`<li><button type="button" class=${l.view === v.id ? 'at' : ''} aria-current=${l.view === v.id ? 'page' : undefined} onClick=${() => go(v.id)}>${extra}<span>${label}</span>${n !== null && n !== undefined && html`<b class=${n > 0 && v.kind ? v.kind : ''}>${number(n)}${more ? '+' : ''}</b>`}</button></li>`;
  const save = (e) => { e.preventDefault(); const text = new FormData(e.target).get('name').trim(); if (text) { const v = keep(text, askedNow(l)); go(v.id, {}); } name(false); };
  const old = b.tree && oldest(b.tree);
  if (!b.node) return html`<nav class="rail"></nav>`;
  return html`<nav class="rail" aria-label=${t('views')}>
    ${rights > 0 && html`<h2>${t('needs_me')}<b>${number(NEEDS.reduce((sum, n) => sum + (n.beside ? 0 : needs[n.id] || 0), 0))}${NEEDS.some((n) => !n.beside && over.includes(n.id)) ? '+' : ''}</b></h2><ul>${NEEDS.filter((n) => needs[n.id] !== null && needs[n.id] !== undefined).map((n) => line(n, t(n.word), needs[n.id], html`<${Icon} name=${n.icon} />`, over.includes(n.id)))}</ul>`}
    <h2>${t('views')}</h2><ul>${views(b.node).map((v) => line(v, t(v.word), counts[v.id]))}</ul>${old && old.open > 0 && html`<p class="under warn">${t(old.dated ? 'of_them_old' : 'of_them_unheard', { n: number(old.open), place: old.place, t: old.t })}</p>`}
    <h2>${t('rooms')}</h2><ul>${ROOMS.filter((v) => !v.right || may(v.right)).map((v) => line(v, t(v.word), run[v.id] && run[v.id].n, html`<${Icon} name=${v.icon} />`, run[v.id] && run[v.id].more))}</ul>
    <h2>${t('saved_views')}<button type="button" class="link" disabled=${isRoom(l.view)} aria-label=${t('save_view')} title=${t('save_view')} onClick=${() => name(true)}><${Icon} name="add" /></button></h2>
    ${naming && html`<form onSubmit=${save}><label class="field"><span class="out-of-sight">${t('view_name')}</span><input name="name" maxlength="40" placeholder=${t('view_name')} data-first="" ref=${(e) => e && !e.value && e.focus()} /></label></form>`}
    <ul>${own().map((v) => html`<li class="own"><button type="button" class=${l.view === v.id ? 'at' : ''} onClick=${() => go(v.id, {})}><span>${v.name}</span></button><button type="button" class="link" aria-label=${t('drop_view', { name: v.name })} onClick=${() => { drop(v.id); if (l.view === v.id) go('open'); }}>×</button></li>`)}</ul>
    <span class="push"></span>${b.tree && html`<${LittleBoard} tree=${b.tree} area=${l.filters.area} />`}</nav>`;
}
