// settings.js: what a person chose on this machine (language, theme, single-key shortcuts), kept where storage is on.
import { make } from './store.js';

const NAME = 'qipan';
const asked = new URLSearchParams(location.search);

function stored() {
  try { return JSON.parse(localStorage.getItem(NAME)) || {}; } catch { return {}; } // storage is off
}

function read() {
  const kept = stored();
  const language = asked.get('lang') || kept.language || (navigator.language.startsWith('zh') ? 'zh' : 'en');
  return { keys: true, theme: null, ...kept, language: language === 'en' ? 'en' : 'zh' };
}

const settings = make(read());

export function choose(changes) {
  const kept = stored(); // another tab may have chosen something meanwhile
  settings.set((s) => ({ ...s, ...kept, language: s.language, ...changes }));
  try { localStorage.setItem(NAME, JSON.stringify(settings.get())); } catch { /* storage is off */ }
  show();
}

// The theme: the address's, else the person's, else the page's own (`light`, `dark`), else the system's (null).
let own = null;
export function show(page) {
  if (page !== undefined) own = page;
  const s = settings.get(), root = document.documentElement;
  const theme = asked.get('theme') || s.theme || own || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  root.dataset.theme = theme === 'dark' ? 'dark' : 'light';
  root.lang = s.language === 'zh' ? 'zh-CN' : 'en';
}

export { settings };
