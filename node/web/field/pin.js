// pin.js: the page that asks for the PIN, the one after three wrong ones, and the setting of it.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, number, otherLanguage, useLanguage } from '../lib/i18n.js';
import { outbox, unsentOf } from './outbox.js';
import { useStore } from '../lib/store.js';
import { canLock, DIGITS, dropPin, hadPin, setPin, standing, unlock, wipe } from './lock.js';

const Digits = ({ name, label, box }) => html`<label class="field"><span>${t(label)}</span><input name=${name} ref=${box} type="password" inputmode="numeric" autocomplete="off" minlength="6" maxlength="12" /></label>`;

// account; said: the node has said who it is, so it answers; opened(), cleared(), shut(): what comes then; leave(): log out
export function PinPage({ account, said, opened, cleared, shut, leave }) {
  useLanguage();
  const [error, fail] = useState(''), [busy, wait] = useState(false), [sure, ask] = useState(false), [n, count] = useState(null), box = useRef(null);
  useEffect(() => { unsentOf(account).then(count, () => {}); if (box.current) box.current.focus(); }, []);
  const send = async (e) => {
    e.preventDefault();
    const pin = new FormData(e.target).get('pin');
    wait(true);
    const why = await unlock(account, String(pin)).catch((bad) => bad.message);
    wait(false);
    if (!why) { opened(); return; }
    fail(why);
    e.target.reset();
    if ((await standing(account).catch(() => ({}))).shut) shut(); // not read: it is read before the next try
  };
  return html`<div class="phone pin"><header><h1>${t('pin')}</h1><span class="push"></span><button type="button" class="button plain" lang=${document.documentElement.lang === 'en' ? 'zh-CN' : 'en'} onClick=${otherLanguage}>${t('language')}</button></header><main><p>${t('pin_of', { account })}</p>${n > 0 && html`<p>${t('pin_unsent', { n: number(n) })}</p>`}
    <form onSubmit=${send} novalidate><${Digits} name="pin" label="pin" box=${box} />${error && html`<p class="error-panel" role="alert">${error}</p>`}<button class="button solid" disabled=${busy}>${t('pin_open')}</button></form>
    ${said && html`<p class="small">${t('pin_forgot_note')}</p><div class="ways"><button type="button" class=${sure ? 'button danger' : 'button'} onClick=${() => (sure ? wipe(account).then(cleared, (bad) => fail(bad.message)) : ask(true))}>${sure ? n === null ? t('pin_forgot_unread') : t('pin_forgot_sure', { n: number(n) }) : t('pin_forgot')}</button><button type="button" class="button" onClick=${() => leave().catch((bad) => fail(`${t('still_in')} ${bad.message}`))}>${t('log_out')}</button></div>`}</main></div>`;
}

// why: the word that says it.
export function ShutPage({ account, why = 'pin_shut' }) {
  useLanguage();
  const [n, count] = useState(null);
  useEffect(() => { unsentOf(account).then(count, () => {}); }, []);
  return html`<div class="phone pin"><header><h1>${t('pin')}</h1></header><main><p class="error-panel" role="alert">${t(why)}</p>${n > 0 && html`<p>${t('pin_unsent', { n: number(n) })}</p>`}<button type="button" class="button solid" onClick=${() => location.reload()}>${t('again')}</button></main></div>`;
}

// Below the outbox: whether there is one, to set one, to take it away.
export function PinSetting({ account }) {
  const [s, set] = useState(null), [error, fail] = useState(''), [open, show] = useState(false), [done, tell] = useState('');
  const look = () => standing(account).then(set, () => set(null)); // not read: the outbox says so, and nothing is said of a PIN
  useEffect(() => { look(); }, []);
  if (!canLock || !s) return null;
  const send = async (e) => {
    e.preventDefault();
    const f = new FormData(e.target), a = String(f.get('a')), b = String(f.get('b'));
    if (!DIGITS.test(a)) { fail(t('pin_digits')); return; }
    if (a !== b) { fail(t('pin_differ')); return; }
    try { await setPin(a); fail(''); show(false); tell(t('pin_is_set')); look(); } catch (bad) { fail(bad.message); }
  };
  return html`<section class="pin-setting"><h2>${t('pin')}</h2><p class="small">${t(s.pin ? 'pin_there' : 'pin_none')}</p>${done && html`<p role="status">${done}</p>`}${!open && error && html`<p class="error-panel" role="alert">${error}</p>`}
    ${open ? html`<form onSubmit=${send} novalidate><${Digits} name="a" label="pin_new" /><${Digits} name="b" label="pin_twice" />${error && html`<p class="error-panel" role="alert">${error}</p>`}<div class="ways"><button class="button solid">${t('pin_set')}</button><button type="button" class="button" onClick=${() => { show(false); fail(''); }}>${t('cancel')}</button></div></form>`
    : html`<div class="ways"><button type="button" class="button" onClick=${() => { show(true); tell(''); fail(''); }}>${t(s.pin ? 'pin_change' : 'pin_set')}</button>${s.pin && html`<button type="button" class="button" onClick=${() => dropPin().then(() => { tell(t('pin_gone')); fail(''); look(); }, (bad) => fail(bad.message))}>${t('pin_drop')}</button>`}</div>`}</section>`;
}

// {text: what is said before somebody logs out who has not sent all and has no PIN, '' where nothing is to be said; clear: nothing of
// the account need stay}. What could not be read is not nothing: it stays, and that is said.
export async function beforeLeaving(account) {
  const n = await unsentOf(account).catch(() => null), lock = await standing(account).catch(() => null), pin = lock ? lock.pin : hadPin(account);
  return { text: n === 0 || pin ? '' : n === null ? t('leave_unread') : t('leave_unsent', { n: number(n) }), clear: n === 0 && lock !== null && !pin };
}

export function Lost() {
  const n = useStore(outbox, (o) => o.lost);
  return n > 0 && html`<p class="error-panel" role="alert">${t('items_lost', { n: number(n) })}</p>`;
}
