// admin.js: the operators' page: links and alarms, invitations, accounts, desks, tokens. What may be done is the node's to say: a
// refusal stands where it was asked for.
import { html, render, useState, useEffect } from '../lib/ui.js';
import { words, t, useLanguage, otherLanguage, language } from '../lib/i18n.js';
import { show, choose } from '../lib/settings.js';
import { make, useStore } from '../lib/store.js';
import { get, post, ask, onLoggedOut, toLogin } from '../lib/api.js';
import { begin, listen, pulse, again } from '../lib/stream.js';
import { gather } from '../lib/gather.js';
import { setZone } from '../lib/time.js';
import { COMMON } from '../words/common.js';
import { ADMIN } from '../words/admin.js';
import { Truth, StatusBar, Banner, useNow } from '../parts/frame.js';
import { Icon, Mark } from '../parts/marks.js';
import { Links } from '../admin/links.js';
import { Invite } from '../admin/invite.js';
import { List, Ask } from '../admin/lists.js';
import { Sessions } from '../parts/sessions.js';

words(COMMON);
words(ADMIN);
show(null);
onLoggedOut(toLogin);

const node = make(null), at = make(0), trouble = make(null);
const SECTIONS = [['links', 'node'], ['invite', 'add'], ['people', 'person'], ['desks', 'flag'], ['grids', 'grid'], ['tokens', 'dot'], ['sessions', 'person']];
let timer = 0;

async function look() {
  clearTimeout(timer);
  try {
    const n = await get('/api/v1/node');
    setZone(n.zone);
    node.set(n);
    at.set(Date.now());
    trouble.set(null);
  } catch (e) { trouble.set(e); }
  timer = setTimeout(look, 10000);
}

const soon = gather(look);
listen((m) => {
  if (m.type === 'out') toLogin();
  if (m.type === 'node' || m.type === 'up') soon();
});

const here = () => (SECTIONS.some(([s]) => `#${s}` === location.hash) ? location.hash.slice(1) : 'links');

function Top({ n }) {
  const dark = document.documentElement.dataset.theme === 'dark';
  const out = () => ask('DELETE', '/api/v1/session', { body: {} }).then(() => { again(); location.replace('/login'); }, (refused) => trouble.set({ message: `${t('still_in')} ${refused.message}` }));
  return html`<header class="bar"><${Mark} /><b>${n ? n.title || n.path : 'qipan'}</b><nav><a href="/desk">${t('nav_desk')}</a><a href="/screen">${t('nav_screen')}</a><a href="/circulars">${t('nav_circulars')}</a><a href="/admin" aria-current="page">${t('nav_admin')}</a></nav><span class="push"></span>
    <button type="button" class="button plain" onClick=${() => choose({ theme: dark ? 'light' : 'dark' })}>${t(dark ? 'theme_light' : 'theme_dark')}</button><button type="button" class="button plain" lang=${language() === 'zh' ? 'en' : 'zh-CN'} onClick=${otherLanguage}>${t('language')}</button>
    <button type="button" class="button plain" onClick=${out}>${t('log_out')}</button></header>`;
}

function Page() {
  useLanguage();
  useNow(60000);
  const n = useStore(node), when = useStore(at), e = useStore(trouble), known = useStore(pulse).state === 'live', [section, go] = useState(here()), [revoked, revoke] = useState(null);
  useEffect(() => { const f = () => go(here()); addEventListener('hashchange', f); return () => removeEventListener('hashchange', f); }, []);
  useEffect(() => { document.title = `${n ? n.title : 'qipan'} · ${t('admin')}`; });
  return html`<div class="admin"><${Top} n=${n} /><${Truth} node=${n} since=${when} />
    <nav class="side" aria-label=${t('admin')}><ul>${SECTIONS.map(([s, icon]) => html`<li><a href=${`#${s}`} aria-current=${s === section ? 'page' : undefined}><${Icon} name=${icon} />${t(s)}</a></li>`)}</ul></nav>
    <main>${e && html`<${Banner} kind="no-answer" icon="retry" head=${e.message} />`}${n && (section === 'links' ? html`<${Links} node=${n} known=${known && !e} at=${when} revoke=${revoke} />` : section === 'invite' ? html`<${Invite} node=${n} />` : section === 'sessions' ? html`<div class="head"><h1>${t('sessions')}</h1></div><${Sessions} />` : html`<${List} key=${section} kind=${section} />`)}</main>
    <${StatusBar} node=${n} at=${when} fresh=${!e} />
    ${revoked && html`<${Ask} title=${t('revoke_title', { name: revoked.title || revoked.path })} what=${t('revoke_what')} label=${t('revoke')} close=${() => revoke(null)}
      act=${async (f) => { await post(`/api/v1/nodes/${revoked.path}/revoke`, { reason: f.get('reason'), kind: f.get('kind') }); await look(); }}>
      <label class="field"><span>${t('reason')}</span><input name="reason" required /></label><p><label><input type="radio" name="kind" value="lost" checked /> ${t('lost')}</label></p><p><label><input type="radio" name="kind" value="compromised" /> ${t('compromised')}</label></p><//>`}</div>`;
}

render(html`<${Page} />`, document.getElementById('app'));
begin();
look();
