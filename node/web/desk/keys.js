// keys.js: the keyboard. Single letters do nothing while somebody types or composes, and can be switched off. Each page part says
// what it does in `doing`; this file says which key means it.
import { make } from '../lib/store.js';
import { settings } from '../lib/settings.js';

export const doing = make({ step: () => false, more: () => {}, open: () => {} });
export const shown = make({ sheet: null }); // 'report', 'palette', 'keys', 'menu', null

// What had the keyboard before a sheet came over it has it again behind it.
let before = null;
export function sheet(name) {
  if (name && !shown.get().sheet && !before) before = document.activeElement;
  shown.set({ sheet: name });
  if (!name) setTimeout(() => { if (shown.get().sheet) return; if (before && before.isConnected && document.activeElement === document.body) before.focus(); before = null; });
}

const typing = (e) => e.target instanceof HTMLElement && (e.target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName));
let led = 0; // `g` was typed: when

// acts: {move(d), enter(), back(), markIt(), markMove(d), search(), view(d), group(n), go(place), undo(), say(), see(), turn() (list, map), who()}
export function listenKeys(acts) {
  const onKey = (e) => {
    if (e.isComposing || e.defaultPrevented) return;
    const open = shown.get().sheet, plain = !e.ctrlKey && !e.metaKey && !e.altKey;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') { sheet(open === 'palette' ? null : 'palette'); e.preventDefault(); return; }
    if (e.key === 'Escape') { if (open) { sheet(null); } else acts.back(); return; }
    if (open || typing(e) || !plain || !settings.get().keys) return;
    if (led && Date.now() - led < 1500 && 'dsaci'.includes(e.key)) { led = 0; acts.go(e.key); e.preventDefault(); return; }
    led = 0;
    const k = e.key;
    const act = k === 'g' ? () => { led = Date.now(); } : k === 'j' ? () => acts.move(1) : k === 'k' ? () => acts.move(-1) : k === 'J' ? () => acts.markMove(1) : k === 'K' ? () => acts.markMove(-1)
      : k === 'Enter' && !(e.target instanceof HTMLButtonElement || e.target instanceof HTMLAnchorElement) ? acts.enter : k === 'x' ? acts.markIt : k === '/' ? acts.search : k === 'n' || k === 'N' ? () => sheet('report') : k === '?' ? () => sheet('keys')
        : k === '[' ? () => acts.view(-1) : k === ']' ? () => acts.view(1) : /^[1-8]$/.test(k) ? () => acts.group(Number(k)) : k === '.' ? () => doing.get().more() : k === 'z' ? acts.undo : k === 'm' ? acts.say : k === 'v' ? acts.see : k === 's' ? acts.turn : k === 'f' ? acts.filters : k === 'o' ? acts.who : null;
    if (act) { act(); e.preventDefault(); return; }
    if (/^[A-Za-z]$/.test(k) && doing.get().step(k)) e.preventDefault();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
