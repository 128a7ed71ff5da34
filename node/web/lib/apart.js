// apart.js: how far this machine's clock is from its node's, by the times of the answers: for what is stamped here and counted there.
const PROMPT_MS = 3000, LEAST_MS = 2000;
let apart = 0;

// A moment of this machine's clock, by the node's as it was heard last.
export const nodeNow = (at = Date.now()) => at + apart;

// An answer of the second `date`, asked for at `asked`, here at `now`. What came late, or to a machine that slept meanwhile, says
// nothing; what differs less than whole seconds can tell changes nothing, so that two moments keep their order.
export function hear(date, asked, now = Date.now()) {
  const said = Date.parse(date) + 500; // the middle of that second
  if (Number.isNaN(said) || now < asked || now - asked > PROMPT_MS) return;
  const by = said - (asked + now) / 2;
  if (Math.abs(by - apart) > LEAST_MS) apart = Math.abs(by) > LEAST_MS ? by : 0;
}
