// palette.js: Ctrl K: commands, places and matters by typing; and the list of all keys.
import { html, useState, useEffect, useRef } from '../lib/ui.js';
import { t, otherLanguage } from '../lib/i18n.js';
import { get } from '../lib/api.js';
import { settings, choose } from '../lib/settings.js';
import { useStore } from '../lib/store.js';
import { asMap, base, chosen, go, filter, list, select } from './state.js';
import { every } from './views.js';
import { matchPlace } from './pick.js';
import { nameOf, KEY_OF } from './form.js';
import { doing, sheet } from './keys.js';

function commands() {
  const m = chosen.get().matter, steps = m && m.steps ? m.steps.filter((s) => s.allowed).map((s) => [nameOf(s.step), KEY_OF[s.step] || '', () => doing.get().open(s.step)]) : [];
  return [...steps, [t('new_report'), 'N', () => sheet('report')], ...every(base.get().node).map((v) => [v.name || t(v.word), '', () => go(v.id)]),
    [t('key_turn'), 's', () => asMap(!list.get().map)], [t('go_screen'), 'g s', () => { location.href = '/screen'; }], [t('language'), '', otherLanguage], [t('keys_help'), '?', () => sheet('keys')],
    [t(document.documentElement.dataset.theme === 'dark' ? 'theme_light' : 'theme_dark'), '', () => choose({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' })]];
}

export function Palette() {
  const [text, type] = useState(''), [at, move] = useState(0), [matters, found] = useState([]), [why, fail] = useState(''), input = useRef(null), q = text.trim().toLowerCase();
  useEffect(() => { if (input.current) input.current.focus(); }, []);
  useEffect(() => {
    fail('');
    if (q.length < 2) { found([]); return undefined; }
    let over = false;
    const id = setTimeout(() => get('/api/v1/matters', { q: text.trim(), limit: 6 }).then((r) => over || found(r.items), (refused) => { if (!over) { found([]); fail(refused.message); } }), 250);
    return () => { over = true; clearTimeout(id); };
  }, [q]);
  const rows = [...commands().filter(([name]) => !q || name.toLowerCase().includes(q)).slice(0, q ? 6 : 12).map(([name, key, act]) => ({ name, more: key, act })),
    ...(q ? matchPlace(text, base.get().places).slice(0, 5).map((p) => ({ name: p.text, more: p.more, act: () => filter({ area: p.value }) })) : []),
    ...matters.map((m) => ({ name: m.title, more: `${m.category} · ${m.id.slice(0, 10)}`, act: () => select(m.id) }))];
  const run = (r) => { sheet(null); r.act(); };
  const keys = (e) => {
    if (e.isComposing) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { move((n) => Math.max(0, Math.min(rows.length - 1, n + (e.key === 'ArrowDown' ? 1 : -1)))); e.preventDefault(); }
    if (e.key === 'Enter' && rows[at]) { run(rows[at]); e.preventDefault(); }
  };
  return html`<div class="palette" role="dialog" aria-modal="true" aria-label=${t('commands')}><input ref=${input} role="combobox" aria-expanded="true" aria-controls="palette-rows" aria-activedescendant=${rows[at] ? `palette-${at}` : undefined} aria-label=${t('palette_hint')} value=${text} placeholder=${t('palette_hint')} onInput=${(e) => { type(e.target.value); move(0); }} onKeyDown=${keys} />
    <ul id="palette-rows" role="listbox">${rows.map((r, i) => html`<li id=${`palette-${i}`} role="option" aria-selected=${String(i === at)} class=${i === at ? 'at' : ''} onMouseEnter=${() => move(i)} onMouseDown=${(e) => { e.preventDefault(); run(r); }}><span>${r.name}</span><small>${r.more}</small></li>`)}${!rows.length && !why && html`<li class="none">${t('no_match')}</li>`}</ul>${why && html`<p class="sign-note" role="status">${t('signs_unread', { what: t('matters'), why })}</p>`}</div>`;
}

const KEYS = [['j k', 'key_move'], ['↵', 'key_open'], ['Esc', 'key_back'], ['x · Shift j/k', 'key_mark'], ['/', 'key_search'], ['Ctrl K', 'key_palette'], ['N', 'key_new'], ['f', 'filters'], ['[ ]', 'key_views'], ['1–8', 'key_groups'], ['g d · g s · g c · g a', 'key_go'], ['.', 'key_more'], ['m', 'key_say'], ['v', 'see_scene'], ['s', 'key_turn'], ['o', 'key_who'], ['z', 'key_undo']];

export function Keys() {
  const on = useStore(settings, (s) => s.keys), close = useRef(null);
  useEffect(() => { if (close.current) close.current.focus(); }, []);
  return html`<div class="palette keys" role="dialog" aria-modal="true" aria-label=${t('keys')}><h2>${t('keys')}</h2><dl>${[...KEYS.map(([k, w]) => [k, t(w)]), ...Object.entries(KEY_OF).map(([s, k]) => [k, nameOf(s)])].map(([k, w]) => html`<div><dt><kbd>${k}</kbd></dt><dd>${w}</dd></div>`)}</dl>
    <label class="switch"><input type="checkbox" checked=${on} onChange=${() => choose({ keys: !on })} /> ${t('keys_on')}</label><p>${t('keys_off_note')}</p><button type="button" class="button" ref=${close} onClick=${() => sheet(null)}>${t('close')} <kbd>Esc</kbd></button></div>`;
}
