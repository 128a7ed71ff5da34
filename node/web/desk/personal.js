// personal.js: who reported a matter: told for a purpose, which the node writes down before it tells anything. It stands on the page until
// it is hidden or another matter is looked at, and is kept nowhere.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { get } from '../lib/api.js';
import { ErrorPanel } from '../parts/frame.js';
import { may } from './state.js';

const SHOWN = [['name', 'caller_name'], ['phone', 'caller_phone'], ['address', 'caller_address'], ['email', 'Email'], ['place', 'place']];

export function Personal({ matter }) {
  const [open, show] = useState(false), [purpose, write] = useState(''), [who, set] = useState(null), [error, fail] = useState(null), [busy, wait] = useState(false);
  if (matter.personal === 'erased') return html`<p class="under">${t('personal_erased')}</p>`;
  if (matter.personal !== 'kept' || !may('personal')) return null;
  const read = (e) => {
    e.preventDefault();
    if (!purpose.trim()) { fail(new Error(t('field_missing', { name: t('personal_purpose') }))); return; }
    wait(true);
    get(`/api/v1/matters/${matter.id}/personal`, { purpose: purpose.trim() }).then((answer) => { set(answer); fail(null); }, fail).finally(() => wait(false));
  };
  const hide = () => { set(null); show(false); write(''); fail(null); };
  return html`<section class="lies" aria-label=${t('personal_title')}><button type="button" class="button plain" aria-expanded=${String(open)} onClick=${() => (open ? hide() : show(true))}>${t('personal_title')} · ${t(open ? 'personal_hide' : 'personal_ask')}</button>
    ${open && !who && html`<form class="verbs" onSubmit=${read}><label class="field"><span>${t('personal_purpose')}</span><input maxlength="256" autocomplete="off" value=${purpose} onInput=${(e) => write(e.target.value)} ref=${(e) => e && !purpose && e.focus()} /></label><button class="button solid" disabled=${busy}>${t('personal_see')}</button></form>`}
    ${error && html`<${ErrorPanel} what=${t('personal_see')} error=${error} />`}
    ${who && html`<dl>${SHOWN.filter(([k]) => who[k]).map(([k, w]) => html`<div><dt>${t(w)}</dt><dd>${who[k]}</dd></div>`)}</dl>${who.confidential && html`<p class="warned">${t('personal_secret')}</p>`}<p class="as-of">${t('personal_read', { t: moment(who.read_at), purpose: who.purpose })}</p>`}</section>`;
}
