// login.js: who this node is, and a form. Afterwards to where the person came from, else to the desk or the wall.
import { html, render, useState, useEffect } from '../lib/ui.js';
import { words, t, useLanguage, otherLanguage } from '../lib/i18n.js';
import { show, choose, settings } from '../lib/settings.js';
import { useStore } from '../lib/store.js';
import { ask } from '../lib/api.js';
import { COMMON } from '../words/common.js';
import { LOGIN } from '../words/login.js';
import { Glyph, Mark } from '../parts/marks.js';
import { BareBoard } from '../parts/board.js';

words(COMMON);
words(LOGIN);
show(null);

// Only to a page of this node.
function next() {
  const asked = new URLSearchParams(location.search).get('next') || '/';
  try { // as a browser reads it: it leaves out tabs and line ends, so that a text that begins with one stroke may name another machine
    const to = new URL(asked, location.origin);
    return asked.startsWith('/') && to.origin === location.origin ? to.href : '/';
  } catch { return '/'; }
}

// Groups of four, to be compared by eye.
const fingers = (text) => (text || '').toUpperCase().match(/.{1,4}/g)?.slice(0, 8).join('-') || '–';

function Form({ door }) {
  const [busy, work] = useState(false), [error, fail] = useState('');
  const submit = async (e) => {
    e.preventDefault();
    const form = new FormData(e.target);
    work(true);
    fail('');
    try {
      await ask('POST', '/api/v1/session', { body: { name: form.get('name'), password: form.get('password') }, quiet: true });
      location.replace(next());
    } catch (refused) {
      fail(refused.message);
      work(false);
    }
  };
  return html`<form onSubmit=${submit}>
    <${Mark} /><h1>${door ? door.title || door.path : 'qipan 棋盘'}</h1><p class="under">${t('tagline')}</p>
    <label class="field"><span>${t('account')}</span><input name="name" required maxlength="64" autocomplete="username" autofocus /></label>
    <label class="field"><span>${t('password')}</span><input name="password" type="password" required maxlength="255" autocomplete="current-password" /></label>
    ${error && html`<p class="error-panel" role="alert">${t('wrong')}${error}</p>`}
    <button class="button solid" disabled=${busy}>${t('log_in')}</button><p class="small">${t('hint')}</p></form>`;
}

function Page() {
  const [door, open] = useState(null), [how, be] = useState(''), failed = how === 'failed'; // how the node is: 'heard', 'failed', or '' (not asked, or not since the page was last looked at)
  useLanguage();
  const theme = useStore(settings, (s) => s.theme);
  useEffect(() => {
    let timer;
    const look = () => ask('GET', '/api/v1/door', { patience_ms: 4000 })
      .then((d) => { open((had) => (JSON.stringify(had) === JSON.stringify(d) ? had : d)); document.title = `${d.title || d.path} · ${t('title')}`; return 'heard'; }, () => 'failed')
      .then((is) => { if (document.hidden) return; be(is); clearTimeout(timer); timer = setTimeout(look, 2000); });
    const turn = () => { clearTimeout(timer); be(''); if (!document.hidden) look(); }; // a page that nobody sees does not ask
    turn();
    document.addEventListener('visibilitychange', turn);
    return () => { clearTimeout(timer); document.removeEventListener('visibilitychange', turn); };
  }, []);
  return html`<main class="login"><div class="picture">${door && html`<${BareBoard} shape=${door.shape} W=${800} H=${760} />`}</div>
    <div class="side"><${Form} door=${door} />
      <dl>${door && html`<dt>${t('node')}</dt><dd>${door.path}</dd><dt>${t('fingerprint')}</dt><dd class="mono" title=${door.root_fingerprint}>${fingers(door.root_fingerprint)}</dd>
        <dt>${t('parent_state')}</dt><dd>${door.parent ? html`<${Glyph} state=${how === 'heard' ? door.parent.state : 'unknown'} /> ${door.parent.title || door.parent.path} ${t(how === 'heard' ? door.parent.state : 'unseen')}` : t('is_top')}</dd>`}
        ${failed && html`<dt>${t('node')}</dt><dd role="alert">${t('unknown')}</dd>`}</dl>
      <div class="choices"><button type="button" onClick=${() => choose({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' })}>${t(document.documentElement.dataset.theme === 'dark' ? 'theme_light' : 'theme_dark')}</button>
        <button type="button" lang=${document.documentElement.lang === 'en' ? 'zh-CN' : 'en'} onClick=${otherLanguage}>${t('language')}</button></div></div></main>`;
}

render(html`<${Page} />`, document.getElementById('app'));
