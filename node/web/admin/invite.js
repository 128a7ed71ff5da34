// invite.js: a token for one new node: shown once, with the command for that machine; whether it has joined.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { post } from '../lib/api.js';
import { nodeNow } from '../lib/apart.js';
import { duration } from '../lib/time.js';
import { useNow, ErrorPanel } from '../parts/frame.js';
import { Icon } from '../parts/marks.js';
import { fingers } from './links.js';

// By plain http the browser gives a page no clipboard: it is marked where it stands then, and Ctrl C copies it.
export function Copy({ text }) {
  const [done, set] = useState('');
  const mark = (e) => { const box = [...e.closest('.card').querySelectorAll('pre, .token')].find((x) => x.textContent === text); if (box) getSelection().selectAllChildren(box); set('marked_copy'); };
  const copy = (e) => (navigator.clipboard ? navigator.clipboard.writeText(text).then(() => { set('copied'); setTimeout(() => set(''), 3000); }, () => mark(e)) : mark(e));
  return html`<button type="button" class="button" onClick=${(e) => copy(e.currentTarget)}>${done === 'copied' ? t('copied') : done ? t('marked_copy') : t('copy')}</button>`;
}

const childAt = (node, path) => node.children.find((c) => c.path === path);

export function Invite({ node }) {
  const now = useNow(), [made, set] = useState(null), [error, fail] = useState(null), [label, name] = useState('');
  const submit = async (e) => {
    e.preventDefault();
    const f = new FormData(e.target);
    fail(null);
    try {
      const body = { label: f.get('label'), title: f.get('title'), level: f.get('level'), minutes: Number(f.get('minutes')) };
      if (f.get('code')) body.code = f.get('code');
      if (f.get('replace') === 'yes') body.replace = true;
      const was = childAt(node, `${node.path}/${body.label}`);
      set({ ...await post('/api/v1/invites', body), until: was ? was.certificate_until : null });
    } catch (refused) { fail(refused); }
  };
  const left = made ? Date.parse(made.expires_at) - nodeNow(now) : 0, there = made && childAt(node, made.path);
  const joined = there && there.state === 'live' && there.certificate_until !== made.until; // by the new certificate: the machine of before may be live still
  const command = made ? `qipan join ${made.token}` : '';
  return html`<div class="head"><h1>${t('invite')}</h1><p>${t('invite_note', { m: 15 })}</p></div><div class="cards">
    <form class="card" onSubmit=${submit}><h2>${t('which_node')}</h2><div class="pair">
      <label class="field"><span>${t('name')}</span><input name="title" required maxlength="200" /></label>
      <label class="field"><span>${t('label')}</span><input name="label" required pattern="[a-z0-9\\-]+" maxlength="63" onInput=${(e) => name(e.target.value)} /><small>${node.path}/<b>${label}</b></small></label>
      <label class="field"><span>${t('level')}</span><input name="level" required maxlength="32" list="levels" /><datalist id="levels"><option value="county" /><option value="street" /><option value="community" /></datalist></label>
      <label class="field"><span>${t('division')}</span><input name="code" maxlength="32" /></label>
      <label class="field"><span>${t('minutes')}</span><input name="minutes" type="number" min="1" max="10080" value="15" /></label></div>
      <p><label><input type="radio" name="replace" value="no" checked /> ${t('new_node')}</label></p><p><label><input type="radio" name="replace" value="yes" /> ${t('replace_node')}</label></p>
      ${error && html`<${ErrorPanel} what=${t('make_token')} error=${error} />`}<button class="button solid">${t('make_token')}</button></form>
    ${made && html`<div class="card"><h2>${t('hand_over')}</h2><p class="sub">${t('token')}</p><p class="mono token">${made.token}</p><p class="sub">${t('on_that')}</p><pre>${command}</pre><p><${Copy} text=${command} /></p>
      <p>${left > 0 ? t('expires_in', { d: duration(left) }) : t('expired')}</p><p>${t('compare_by_phone')} <b class="mono">${fingers(node.root_fingerprint)}</b></p>
      <h2>${t('progress_title')}</h2><p><${Icon} name="check" /> ${t('token_made')}</p><p class=${joined ? 'ok' : ''}><${Icon} name=${joined ? 'check' : 'right'} /> ${t(joined ? 'has_joined' : 'waits_for')} <small>${made.path}</small></p></div>`}</div>`;
}
