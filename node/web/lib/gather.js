// gather.js: what events ask to be read again, gathered: `const soon = gather(read)`. However often `soon` is called, `read` runs once,
// half a second later, and never while it still runs: what is asked for anew with each event is never shown. What was asked for in the
// meantime is read behind it. The longer it takes the more seldom it runs.
const LEAST_MS = 500, MOST_MS = 10000;

export function gather(read) {
  let waits = false, runs = false, missed = false, took = 0;
  async function run() {
    const began = performance.now();
    waits = false;
    runs = true;
    try {
      await read();
    } finally { // whatever it throws, the next event is read
      took = performance.now() - began;
      runs = false;
      if (missed) soon();
    }
  }
  function soon() {
    missed = runs;
    if (runs || waits) return;
    waits = true;
    setTimeout(run, Math.min(MOST_MS, Math.max(LEAST_MS, 4 * took)));
  }
  return soon;
}
