// i18n.js: words in the chosen language. A page adds its own: `words({ zh: {...}, en: {...} })`, keys alike in both
// (tests/browser/plain.mjs). `t('cut_banner', { parent })` fills {parent}. What comes from the records is shown as it is.
import { settings, choose } from './settings.js';
import { useStore } from './store.js';

const dictionary = { zh: {}, en: {} };

export function words(more) {
  Object.assign(dictionary.zh, more.zh);
  Object.assign(dictionary.en, more.en);
}

export const language = () => settings.get().language;
export const locale = () => (language() === 'zh' ? 'zh-CN' : 'en-GB');

export function t(key, values) {
  const text = dictionary[language()][key];
  if (text === undefined) return key;
  return values ? text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all)) : text;
}

// A word for a code of the API, or the code itself: `word('state', 'open')` is t('state_open').
export function word(kind, code) {
  const key = `${kind}_${code}`;
  return key in dictionary.zh ? t(key) : code;
}

// Draws the caller again when the language changes.
export const useLanguage = () => useStore(settings, (s) => s.language);
export const otherLanguage = () => choose({ language: language() === 'zh' ? 'en' : 'zh' });

export function number(n) {
  return n === null || n === undefined ? '–' : n.toLocaleString('en-US');
}
