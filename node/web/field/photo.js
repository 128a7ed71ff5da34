// photo.js: photos of a report or a step: made smaller on the phone, which leaves out what the camera wrote beside the picture (where
// it was taken, among others), kept in the outbox until the node has them.
import { html, useState, useRef } from '../lib/ui.js';
import { t, number } from '../lib/i18n.js';
import { ask } from '../lib/api.js';
import { make, useStore } from '../lib/store.js';

const SIDE = 1600, QUALITY = 0.85, MOST = 6;

// How often photos are being made smaller just now: what they belong to is not kept before, or they would be missing there and be found in
// the next one.
export const making = make(0);

// A new picture of at most SIDE pixels a side, upright, as JPEG; throws where it is none.
export async function shrink(file) {
  let image;
  try { image = await createImageBitmap(file, { imageOrientation: 'from-image' }); } catch { throw new Error(t('photo_bad', { name: file.name })); }
  const part = Math.min(1, SIDE / Math.max(image.width, image.height)), canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * part));
  canvas.height = Math.max(1, Math.round(image.height * part));
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise((made) => { canvas.toBlob(made, 'image/jpeg', QUALITY); });
  if (!blob) throw new Error(t('photo_bad', { name: file.name }));
  return blob;
}

// What the node calls it; the same picture again is the same file there. `gone` is told the part that has gone, 0 to 1.
export const upload = (blob, gone = () => {}) => ask('POST', '/api/v1/blobs', { raw: blob, patience_ms: 60000, quiet: true, gone }).then((answer) => answer.hash);

export function Photos({ photos, set }) {
  const [error, fail] = useState(''), busy = useStore(making) > 0, shown = useRef(photos);
  shown.current = photos; // one may be removed meanwhile
  const take = async (e) => {
    const files = [...e.target.files], made = [];
    making.set((n) => n + 1);
    fail('');
    for (const f of files.slice(0, MOST - photos.length)) {
      try { made.push(await shrink(f)); } catch (bad) { fail(bad.message); }
    }
    if (files.length > MOST - photos.length) fail(t('photo_most', { n: number(MOST) }));
    e.target.value = '';
    set([...shown.current, ...made]);
    making.set((n) => n - 1);
  };
  return html`<div class="photos"><label class="button photo"><input type="file" accept="image/*" multiple onChange=${take} disabled=${busy} /><span>${t('photo_take')}</span></label>${busy && html`<p role="status">${t('photo_busy')}</p>`}
    ${photos.length > 0 && html`<ul>${photos.map((b, i) => html`<li key=${i}>${t('photo_one', { n: number(i + 1), kb: number(Math.max(1, Math.round(b.size / 1024))) })}<button type="button" class="link" onClick=${() => set(photos.filter((_x, k) => k !== i))}>${t('photo_drop')}</button></li>`)}</ul>`}${error && html`<p class="error-panel" role="alert">${error}</p>`}</div>`;
}
