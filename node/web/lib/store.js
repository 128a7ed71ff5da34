// store.js: a value that pages look at: `make(value)`, `get`, `set` (a value, or a function of the old one), `useStore`.
import { useState, useEffect } from '../vendor/hooks.js';

export function make(value) {
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      next = typeof next === 'function' ? next(value) : next;
      if (next === value) return;
      value = next;
      for (const w of [...watchers]) w(value);
    },
    watch(f) {
      watchers.add(f);
      return () => watchers.delete(f);
    },
  };
}

// The store's value, or what `pick` makes of it; drawn again when that changes.
export function useStore(store, pick = (v) => v) {
  const [, again] = useState(0);
  const now = pick(store.get());
  useEffect(() => {
    let last = pick(store.get());
    if (last !== now) again((n) => n + 1);
    return store.watch((v) => {
      const next = pick(v);
      if (next !== last) {
        last = next;
        again((n) => n + 1);
      }
    });
  }, [store]);
  return now;
}
