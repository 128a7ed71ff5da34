// initials.js: the first letters of a Chinese text's readings (东关街道: dgjd), by where the browser's own collation puts each sign: FIRST are
// the first signs of each letter. What has another reading in a name is found by that of the collation. Other signs stay as they are.
const FIRST = '阿八嚓咑妸发旮哈丌咔垃呣拏噢妑七呥仨他屲夕丫帀', LETTERS = 'abcdefghjklmnopqrstwxyz', order = new Intl.Collator('zh-Hans-CN-u-co-pinyin'), can = order.resolvedOptions().locale.startsWith('zh');
const made = new Map();

function letter(sign) {
  let i = FIRST.length;
  while (i > 0 && order.compare(FIRST[i - 1], sign) > 0) i -= 1;
  return i ? LETTERS[i - 1] : sign;
}

export function initials(text) {
  if (!made.has(text)) made.set(text, [...text].map((sign) => (can && sign >= '\u4e00' && sign <= '\u9fff' ? letter(sign) : sign.toLowerCase())).join(''));
  return made.get(text);
}
