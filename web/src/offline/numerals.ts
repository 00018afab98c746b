/** Numbers in names in one form, so that 经10路 and 经十路 are the same name: geo/place_names/text.py on the phone. */

const SIGNS = "〇一二三四五六七八九";
const RUN = /[0-9〇零一二三四五六七八九十百千]+/g;
const UNIT = /[十百千]/;
const WITH_UNITS = /^(?:([一二三四五六七八九])千)?[零〇]?(?:([一二三四五六七八九])百)?(?:[零〇]?([一二三四五六七八九]?)(十))?[零〇]?([一二三四五六七八九])?$/;
const LACKS_ZERO = /[百千][〇零一二三四五六七八九]$/; // 一百二 may be 120 or 102

/** The numerals of a name as digits; what is no well-formed number stays, as do words that begin with 百 or 千. */
export function writeDigits(name: string): string {
  return name.replace(RUN, (run) => (/^[百千]|[0-9]/.test(run) ? run : readNumeral(run)));
}

function readNumeral(text: string): string {
  if (!UNIT.test(text)) return [...text].map(digitOf).join("");
  const found = WITH_UNITS.exec(text);
  if (!found || LACKS_ZERO.test(text)) return text;
  const [, thousands, hundreds, tens, ten, ones] = found;
  return String(1000 * digitOf(thousands) + 100 * digitOf(hundreds) + (ten ? 10 * (tens ? digitOf(tens) : 1) : 0) + digitOf(ones));
}

/** 0 for a sign that is missing. */
function digitOf(sign: string | undefined): number {
  return sign ? Math.max(0, SIGNS.indexOf(sign)) : 0;
}
