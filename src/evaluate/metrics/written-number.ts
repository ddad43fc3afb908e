/** Numbers in running text: digits with thousands separators, fractions, full-width digits, kanji numerals. */

/** Code units that are looked at, from the end: answers stand there. */
const MAX_SEARCHED = 16_384;

const DIGITS = String.raw`(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+`;
const KANJI = "[〇零一二三四五六七八九十百千万億兆]";
const NUMBER = new RegExp(
  String.raw`(?<![\d.])-?(?:${DIGITS})(?:[eE][+-]?\d+)?(?:\s*/\s*(?:${DIGITS}))?[十百千万億兆]*|-?${KANJI}+`,
  "g",
);

/** Returns the last number that is written in a text; undefined where there is none. Percent signs and units are passed over. */
export function lastNumber(text: string): number | undefined {
  const plain = text
    .slice(-MAX_SEARCHED)
    .normalize("NFKC")
    .replace(/[−–](?=[\d.])/g, "-");
  const found = plain.match(NUMBER)?.at(-1);
  return found === undefined ? undefined : parse(found);
}

function parse(written: string): number | undefined {
  const negative = written.startsWith("-");
  const body = negative ? written.slice(1) : written;
  const value = /\d/.test(body) ? parseDigits(body) : parseKanji(body);
  return value === undefined || !Number.isFinite(value) ? undefined : negative ? -value : value;
}

function parseDigits(body: string): number {
  const [, digits, kanji] = /^(.*?)([十百千万億兆]*)$/s.exec(body)!;
  const [above, below] = digits!.split("/").map((part) => Number(part.replaceAll(",", "").trim()));
  const scale = Array.from(kanji!).reduce((product, sign) => product * (SMALL.get(sign) ?? LARGE.get(sign)!), 1);
  return (above! / (below ?? 1)) * scale;
}

const FIGURES = new Map(Array.from("〇一二三四五六七八九", (sign, i) => [sign, i] as const)).set("零", 0);
const SMALL = new Map([
  ["十", 10],
  ["百", 100],
  ["千", 1000],
]);
const LARGE = new Map([
  ["万", 1e4],
  ["億", 1e8],
  ["兆", 1e12],
]);

/** 二千三百 and 二三〇〇 alike. */
function parseKanji(body: string): number {
  let [total, section, digits] = [0, 0, undefined as number | undefined];
  for (const sign of body) {
    const figure = FIGURES.get(sign);
    if (figure !== undefined) digits = (digits ?? 0) * 10 + figure;
    else if (SMALL.has(sign)) {
      section += (digits ?? 1) * SMALL.get(sign)!;
      digits = undefined;
    } else {
      const before = section + (digits ?? 0);
      total += (before === 0 ? 1 : before) * LARGE.get(sign)!;
      [section, digits] = [0, undefined];
    }
  }
  return total + section + (digits ?? 0);
}
