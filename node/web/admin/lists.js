// lists.js: accounts, desks and tokens: each a list, a form for a new one, and what may be done to one. A password or a token is
// shown never or once.
import { html, useState, useEffect } from '../lib/ui.js';
import { t, word } from '../lib/i18n.js';
import { ask as ask_, get, post, remove } from '../lib/api.js';
import { moment, momentSeconds } from '../lib/time.js';
import { ErrorPanel, Empty } from '../parts/frame.js';
import { Icon } from '../parts/marks.js';
import { Copy } from './invite.js';

const AGAIN_MS = 30000;
export const ROLES = ['worker', 'desk', 'dispatcher', 'commander', 'admin', 'auditor', 'screen'];
const RIGHTS = ['read', 'report', 'step', 'command', 'count', 'audit', 'personal', 'admin', 'import'];

const Field = ({ name, label, ...more }) => html`<label class="field"><span>${t(label)}</span><input name=${name} ...${more} /></label>`;
const Choices = ({ name, of, kind, chosen }) => html`<fieldset class="choices"><legend>${t(name === 'roles' ? 'role' : 'rights')}</legend>${of.map((v) => html`<label><input type="checkbox" name=${name} value=${v} defaultChecked=${chosen.includes(v)} /> ${word(kind, v)}</label>`)}</fieldset>`;
const words = (kind, list) => (list || []).map((v) => html`<span class="tag">${word(kind, v)}</span> `);

const KINDS = {
  people: {
    path: '/api/v1/users', id: 'name', title: 'people', note: 'people_note', add: 'add_account', columns: ['account', 'seat', 'role', 'node_state'],
    cells: (u) => [u.title || '–', words('role', u.roles || (u.role ? [u.role] : []))],
    fields: () => html`<${Field} name="name" label="account" required=${true} maxlength="64" autocomplete="off" /><${Field} name="title" label="seat" maxlength="64" /><${Field} name="phone" label="phone" maxlength="64" /><${Field} name="password" label="password" type="password" required=${true} minlength="8" autocomplete="new-password" /><${Choices} name="roles" of=${ROLES} kind="role" chosen=${['dispatcher']} />`,
    body: (f) => ({ name: f.get('name'), title: f.get('title') || undefined, phone: f.get('phone') || undefined, password: f.get('password'), roles: f.getAll('roles') }),
    change: { label: 'change_roles', fields: (u) => html`<${Choices} name="roles" of=${ROLES} kind="role" chosen=${u.roles || [u.role]} />`, body: (f) => ({ roles: f.getAll('roles') }) },
  },
  desks: {
    path: '/api/v1/desks', id: 'code', title: 'desks', note: 'desks_note', add: 'add_desk', columns: ['desk_code', 'desk_title', 'members', 'node_state'],
    cells: (d) => [html`${d.title} ${d.source && html`<span class="tag">${t('is_source')}</span>`}`, (d.members || []).join(' ') || '–'],
    fields: () => html`<${Field} name="code" label="desk_code" required=${true} maxlength="64" /><${Field} name="title" label="desk_title" required=${true} maxlength="64" /><${Field} name="members" label="members" /><label class="check"><input type="checkbox" name="source" /> ${t('is_source')}</label>`,
    body: (f) => ({ code: f.get('code'), title: f.get('title'), members: f.get('members').split(/[\s,，]+/).filter(Boolean), source: f.get('source') === 'on' }),
    change: { label: 'change_members', fields: (d) => html`<${Field} name="members" label="members" defaultValue=${(d.members || []).join(' ')} />`, body: (f) => ({ members: f.get('members').split(/[\s,，]+/).filter(Boolean) }) },
  },
  grids: {
    path: '/api/v1/grids', id: 'code', title: 'grids', note: 'grids_note', add: 'add_grid', columns: ['desk_code', 'name', 'role_worker', 'deputies', 'node_state'],
    cells: (g) => [g.title || '–', g.worker ? html`${g.worker}${g.worker_ended ? html` <span class="tag warning">${t('ended')}</span>` : ''}` : html`<span class="tag warning">${t('no_worker')}</span>`, (g.deputies || []).join(' ') || '–'],
    fields: () => html`<${Field} name="code" label="desk_code" required=${true} maxlength="64" /><${Field} name="title" label="name" required=${true} maxlength="64" /><${Field} name="worker" label="role_worker" maxlength="64" />`,
    body: (f) => ({ code: f.get('code'), title: f.get('title'), ...(f.get('worker') ? { worker: f.get('worker') } : {}) }),
    change: { label: 'change_worker', fields: (g) => html`<${Field} name="worker" label="role_worker" maxlength="64" defaultValue=${g.worker || ''} /><${Field} name="deputies" label="deputies" defaultValue=${(g.deputies || []).join(' ')} />`,
      body: (f) => ({ worker: f.get('worker').trim(), deputies: f.get('deputies').split(/[\s,，]+/).filter(Boolean) }) },
  },
  tokens: {
    path: '/api/v1/tokens', id: 'name', title: 'tokens', note: 'tokens_note', add: 'add_token', columns: ['name', 'rights', 'only_desk', 'node_state'],
    cells: (k) => [words('right', k.rights), k.desk || '–'],
    fields: () => html`<${Field} name="name" label="name" required=${true} maxlength="64" /><${Field} name="desk" label="only_desk" maxlength="64" /><${Choices} name="rights" of=${RIGHTS} kind="right" chosen=${['read']} />`,
    body: (f) => ({ name: f.get('name'), rights: f.getAll('rights'), desk: f.get('desk') || undefined }),
  },
};

function Once({ made }) {
  return html`<div class="card once" role="status"><h2>${t('made_once')}</h2><p class="mono token">${made.text}</p>${made.note && html`<p class="sub">${made.note}</p>`}<${Copy} text=${made.text} /></div>`;
}

// Asked before what cannot be taken back, and (kind) what is altered; Escape leaves it.
export function Ask({ title, what, children, act, label, close, kind = 'danger' }) {
  const [error, fail] = useState(null), [busy, work] = useState(false);
  const submit = async (e) => {
    e.preventDefault();
    work(true);
    try { await act(new FormData(e.target)); close(); } catch (refused) { fail(refused); work(false); }
  };
  useEffect(() => { const f = (e) => { if (e.key === 'Escape') close(); }; addEventListener('keydown', f); return () => removeEventListener('keydown', f); }, []);
  return html`<div class="over" role="dialog" aria-modal="true" aria-label=${title}><form class="card ask" onSubmit=${submit}><h2>${title}</h2><p>${what}</p>${children}
    ${error && html`<${ErrorPanel} what=${title} error=${error} />`}<p class="buttons"><button class=${`button ${kind}`} disabled=${busy} autofocus>${label}</button><button type="button" class="button" onClick=${close}>${t('cancel')}</button></p></form></div>`;
}

export function List({ kind }) {
  const k = KINDS[kind], [items, set] = useState(null), [at, stand] = useState(0), [error, fail] = useState(null), [adding, add] = useState(false), [made, show] = useState(null), [asked, ask] = useState(null);
  const read = async () => {
    try {
      let all = [], cursor = '';
      for (let i = 0; i < 20; i += 1) { const page = await get(k.path, { cursor }); all = all.concat(page.items); cursor = page.next_cursor; if (!cursor) break; }
      set(all);
      stand(Date.now());
      return null;
    } catch (refused) { set((old) => ([404, 405].includes(refused.status) ? 'none' : old || 'unread')); return refused; } // what was read before stays, as of then
  };
  const again = () => read().then(fail), [unread, miss] = useState(null);
  useEffect(() => {
    set(null); add(false); show(null); fail(null); again();
    const id = setInterval(() => { if (!document.hidden) read().then(miss); }, AGAIN_MS); // others alter it too; a failure of this does not clear what a form was told
    return () => clearInterval(id);
  }, [kind]);
  const submit = async (e) => {
    e.preventDefault();
    fail(null);
    try {
      const answer = await post(k.path, k.body(new FormData(e.target)));
      add(false);
      if (answer.token) show({ text: answer.token });
      await again();
    } catch (refused) { fail(refused); }
  };
  const link = async (u) => { try { const l = await post('/api/v1/session/link', { name: u.name }); show({ text: l.url, note: t('link_until', { t: moment(l.expires_at) }) }); } catch (refused) { fail(refused); } };
  return html`<div class="head"><h1>${t(k.title)}</h1><p>${t(k.note)}</p><span class="push"></span><button type="button" class="button solid" onClick=${() => add(!adding)}><${Icon} name="add" />${t(k.add)}</button></div>
    ${made && html`<${Once} made=${made} />`}${error && html`<${ErrorPanel} what=${t(items === 'none' ? 'not_here' : k.title)} error=${error} ways=${[[t('again'), again]]} />`}${unread && !error && html`<${ErrorPanel} what=${t(k.title)} error=${unread} ways=${[[t('again'), () => read().then(miss)]]} />`}
    ${adding && html`<form class="card" onSubmit=${submit}><h2>${t(k.add)}</h2><div class="pair">${k.fields()}</div><p class="buttons"><button class="button solid">${t('save')}</button><button type="button" class="button" onClick=${() => add(false)}>${t('cancel')}</button></p></form>`}
    ${items === null ? html`<p>${t('loading')}</p>` : typeof items === 'string' ? null : items.length === 0 ? html`<${Empty}>${t('none_yet')}<//>` : html`<table class="rows"><thead><tr>${k.columns.map((c) => html`<th scope="col">${t(c)}</th>`)}<td></td></tr></thead>
      <tbody>${items.map((u) => html`<tr key=${u[k.id]} class=${u.ended ? 'sub' : ''}><th scope="row">${u[k.id]}</th>${k.cells(u).map((c) => html`<td>${c}</td>`)}<td>${t(u.ended ? 'ended' : 'state_stands')}</td>
        <td>${!u.ended && kind === 'people' && html`<button type="button" class="button plain" onClick=${() => link(u)}>${t('one_time_link')}</button><button type="button" class="button plain" onClick=${() => ask({ u, what: 'password' })}>${t('set_password')}</button>`}
          ${!u.ended && k.change && html`<button type="button" class="button plain" onClick=${() => ask({ u, what: 'change' })}>${t(k.change.label)}</button>`}${!u.ended && html`<button type="button" class="button plain" onClick=${() => ask({ u, what: 'end' })}>${t('end')}</button>`}</td></tr>`)}</tbody></table>`}
    ${at > 0 && html`<p class="sub">${t('as_of', { t: momentSeconds(at) })}</p>`}
    ${asked && asked.what === 'end' && html`<${Ask} title=${t('end_title', { name: asked.u[k.id] })} what=${['desks', 'grids'].includes(kind) ? '' : t('end_what')} label=${t('end')} close=${() => ask(null)} act=${async () => { await remove(`${k.path}/${encodeURIComponent(asked.u[k.id])}`); await again(); }} />`}
    ${asked && asked.what === 'change' && html`<${Ask} title=${`${t(k.change.label)} · ${asked.u[k.id]}`} what=${asked.u.title || ''} label=${t('save')} kind="solid" close=${() => ask(null)}
      act=${async (f) => { await ask_('PATCH', `${k.path}/${encodeURIComponent(asked.u[k.id])}`, { body: { ...k.change.body(f), if_version: asked.u.version } }); await again(); }}>${k.change.fields(asked.u)}<//>`}
    ${asked && asked.what === 'password' && html`<${Ask} title=${`${t('set_password')} · ${asked.u.name}`} what=${t('end_what')} label=${t('set_password')} close=${() => ask(null)} act=${(f) => post(`${k.path}/${encodeURIComponent(asked.u.name)}/password`, { password: f.get('password') })}>
      <${Field} name="password" label="new_password" type="password" required=${true} minlength="8" autocomplete="new-password" /><//>`}`;
}
