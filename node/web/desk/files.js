// files.js: the files of a matter. An image that is here is shown small and opens large; one that lies at another node is fetched
// when somebody wants it, never by itself; all else is a link.
import { html, useState, useEffect } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';

const size = (n) => (n >= 1048576 ? `${number(Math.round(n / 104857.6) / 10)} MiB` : `${number(Math.max(1, Math.round(n / 1024)))} KiB`);
const addressOf = (f) => `/api/v1/blobs/${f.hash}`;

// Asks until it is here; says why when it does not come.
async function fetched(f, over) {
  for (let i = 0; i < 120 && !over(); i += 1) {
    let answer;
    try { answer = await fetch(addressOf(f), { method: 'HEAD', credentials: 'same-origin' }); } catch { return t('no_answer_call'); }
    if (answer.status === 200) return '';
    if (answer.status !== 202 && answer.status !== 429) return t(answer.status === 404 ? 'file_gone' : 'file_waits');
    await new Promise((go) => { setTimeout(go, 1000 * Number(answer.headers.get('Retry-After') || 1)); });
  }
  return t('file_waits');
}

function File({ file, at }) {
  const [state, set] = useState(file.here === false ? 'away' : 'here'), [why, say] = useState('');
  useEffect(() => {
    if (state !== 'coming') return undefined;
    let over = false;
    fetched(file, () => over).then((text) => { if (!over) { say(text); set(text ? 'away' : 'here'); } });
    return () => { over = true; };
  }, [state]);
  const what = `${t(file.image ? 'file_photo' : 'file_paper')} ${size(file.bytes)}`;
  if (state === 'here') return html`<a class="file" href=${addressOf(file)} target="_blank" rel="noopener" title=${what}>${file.image ? html`<img src=${addressOf(file)} alt=${what} loading="lazy" onError=${() => set('away')} />` : what}</a>`;
  return html`<button type="button" class="link file" disabled=${state === 'coming'} onClick=${() => { say(''); set('coming'); }}>${what} ${state === 'coming' ? t('file_coming') : t('file_fetch', { place: at || '' })}${why && html` <small>${why}</small>`}</button>`;
}

// Those of one line of the history; `all` are the matter's, which know where each is.
export function Files({ files, all, name }) {
  if (!files || !files.length) return null;
  return html`<div class="files">${files.map((f) => { const known = (all || []).find((x) => x.hash === f.hash) || f; return html`<${File} key=${f.hash} file=${known} at=${known.node ? name(known.node) : ''} />`; })}</div>`;
}
