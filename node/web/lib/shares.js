// shares.js: figures as people read them (CI6), as node/insight/circular/print.c writes them: one digit, half up, away from zero where negative,
// from whole numbers. tests/unit/circular/print_cases.txt holds both together. No text in a language, no page: plain numbers in and out.

export const NONE = '–';
// n / d in tenths, d > 0.
function tenths(n, d) {
  const up = (v) => (2n * v + d) / (2n * d);
  return n < 0n ? -up(-n) : up(n);
}
function fixed(n) {
  const v = n < 0n ? -n : n;
  return `${v / 10n}.${v % 10n}`;
}
const signed = (n) => `${n > 0n ? '+' : n < 0n ? '−' : '±'}${fixed(n)}`;

// above / below in per cent: "96.2".
export const shareText = (above, below) => (below ? fixed(tenths(1000n * BigInt(above), BigInt(below))) : NONE);
// How much more or less a count is, in per cent of what it was: "−2.1".
export const countChange = (is, was) => (was ? signed(tenths(1000n * (BigInt(is) - BigInt(was)), BigInt(was))) : NONE);
// The difference of two shares in points, rounded once: "+0.4".
export function shareChange(is, of, was, ofWas) {
  if (!of || !ofWas) return NONE;
  const [a, b, c, d] = [is, of, was, ofWas].map(BigInt);
  return signed(tenths(1000n * (a * d - c * b), b * d));
}
