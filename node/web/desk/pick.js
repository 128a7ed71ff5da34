// pick.js: a field with suggestions: places, categories, departments are found by their characters, their code, or the letters of
// their path; what is offered is never set by itself.
import { html, useState, useRef } from '../lib/ui.js';
import { t, language } from '../lib/i18n.js';
import { base } from './state.js';
import { titles } from '../lib/tree.js';
import { initials } from '../lib/initials.js';

let made = 0;
const MOST = 8;

// What people type who know the name by its sound: the path's last part (tuohe), or the first letters of its syllables and of the kind that
// its title ends with (thjd).
const SYLLABLE = /(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:(?:iang|iong|uang|ang|eng|ing|ong|ian|uan|an|en|in|un|er)(?![aeiouv])|iao|uai|ai|ei|ao|ou|ia|ie|iu|ua|uo|ui|ue|[aeiouv])/g; // nan|guan, not nang|uan
const KINDS = [['街道', 'jd'], ['社区', 'sq'], ['园区', 'yq'], ['镇', 'z'], ['乡', 'x'], ['村', 'c'], ['县', 'x'], ['区', 'q'], ['市', 's']];
function sound(path, title) {
  const last = path.slice(path.lastIndexOf('/') + 1), kind = KINDS.find(([k]) => title.endsWith(k));
  return [last, (last.match(SYLLABLE) || []).map((s) => s[0]).join('') + (kind ? kind[1] : '')];
}

export function matchPlace(text, places) {
  const q = text.trim().toLowerCase(), out = [];
  for (const p of places.values()) {
    const title = (p.title || '').toLowerCase(), letters = sound(p.path, title);
    const score = !q ? 1 : title.startsWith(q) ? 5 : p.code && p.code.startsWith(q) ? 4 : letters[0].startsWith(q) || (q.length > 1 && (letters[1].startsWith(q) || initials(title).startsWith(q))) ? 4 : title.includes(q) ? 3 : p.path.includes(q) ? 2 : 0;
    if (score) out.push({ value: p.path, text: p.title || p.path, more: titles(places, p.above ? p.above.path : p.path), hint: letters[0], score: score - p.depth / 100 });
  }
  return out.sort((a, b) => b.score - a.score).slice(0, MOST);
}

export function matchChoice(text, choices) {
  const q = text.trim().toLowerCase(), shown = (c) => (language() === 'en' && c.en) || c.title;
  return choices.filter((c) => !q || c.code.toLowerCase().includes(q) || (c.number || '').startsWith(q) || (c.title || '').toLowerCase().includes(q) || (c.en || '').toLowerCase().includes(q) || (q.length > 1 && initials(c.title || '').startsWith(q)))
    .slice(0, MOST).map((c) => ({ value: c.code, text: shown(c), hint: c.number || (c.code === shown(c) ? '' : c.code) }));
}

// An input with a list of what fits (the combobox pattern): arrows, Enter, Escape.
function Combo({ label, value, set, first, invalid, find, free, shown, hint, required }) {
  const [open, show] = useState(false), [at, move] = useState(0), [typed, type] = useState(null), id = useRef(`pick-${++made}`), text = typed === null ? (shown ? shown(value) : value) : typed;
  const found = open ? find(text && typed !== null ? text : '') : [];
  const choose = (o) => { set(o.value); type(null); show(false); };
  const leave = () => { if (typed !== null && (free || typed === '')) set(typed); if (typed && !free) { const one = found[at] || find(typed)[0]; set(one ? one.value : typed); } type(null); show(false); };
  const keys = (e) => {
    if (e.isComposing) return;
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) leave(); // the form is sent: what is written here first
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { show(true); move((n) => Math.max(0, Math.min(found.length - 1, n + (e.key === 'ArrowDown' ? 1 : -1)))); e.preventDefault(); }
    else if (e.key === 'Enter' && !e.ctrlKey && open && found[at] && (typed !== null || !value)) { choose(found[at]); e.preventDefault(); }
    else if (e.key === 'Escape' && open) { type(null); show(false); e.stopPropagation(); }
  };
  return html`<label class="field combo"><span>${label}</span><input role="combobox" aria-expanded=${String(open && found.length > 0)} aria-controls=${id.current} aria-autocomplete="list" aria-activedescendant=${open && found[at] ? `${id.current}-${at}` : undefined}
    autocomplete="off" value=${text} placeholder=${hint || ''} aria-invalid=${invalid ? 'true' : undefined} aria-required=${required ? 'true' : undefined} data-first=${first ? '' : undefined}
    onFocus=${() => { move(0); show(true); }} onInput=${(e) => { type(e.target.value); move(0); show(true); if (free) set(e.target.value); }} onBlur=${leave} onKeyDown=${keys} />
    <ul id=${id.current} role="listbox" class="options" hidden=${!open || !found.length}>${found.map((o, i) => html`<li id=${`${id.current}-${i}`} role="option" aria-selected=${String(i === at)} class=${i === at ? 'at' : ''}
      onMouseDown=${(e) => { e.preventDefault(); choose(o); }}><b>${o.text}</b>${o.more && html`<small>${o.more}</small>`}<span class="push"></span>${o.hint && html`<small>${o.hint}</small>`}</li>`)}</ul></label>`;
}

export const Pick = ({ choices, ...rest }) => html`<${Combo} ...${rest} find=${(q) => matchChoice(q, choices)} shown=${(v) => { const c = choices.find((x) => x.code === v); return c ? ((language() === 'en' && c.en) || c.title) : v; }} />`;

// anywhere: a path that this node does not know may be typed as well (a transfer).
export function PlacePick({ anywhere, ...rest }) {
  const places = base.get().places;
  return html`<${Combo} hint=${t('pick_area')} ...${rest} free=${anywhere} find=${(q) => matchPlace(q, places)} shown=${(v) => (places.has(v) ? places.get(v).title || v : v)} />`;
}
