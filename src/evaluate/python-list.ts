import type { Json } from "../base/canonical-json.ts";

/**
 * Parses a text as a Python list or tuple of texts, numbers, `True`, `False`, `None` and further lists; as JSON too.
 *
 * Templates that are to give a list give a text of this form.
 *
 * @returns undefined when the text is anything else.
 */
export function parsePythonList(text: string): readonly Json[] | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value();
    return reader.atEnd() && Array.isArray(value) ? (value as readonly Json[]) : undefined;
  } catch (error) {
    if (error instanceof NotPython) return undefined;
    throw error;
  }
}

class NotPython extends Error {}

/** Deepest nesting that is read: far beyond any list of choices, far from the end of the stack. */
const MAX_DEPTH = 50;

const CLOSING = { "[": "]", "(": ")" } as const;
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["None", null],
  ["null", null],
  ["True", true],
  ["true", true],
  ["False", false],
  ["false", false],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", a: "\x07", "\\": "\\", "'": "'", '"': '"' }),
);
const HEX_DIGITS: ReadonlyMap<string, number> = new Map(Object.entries({ x: 2, u: 4, U: 8 }));

/** A cursor over the text. */
class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#at === this.#text.length;
  }

  value(): Json {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === "[" || char === "(") return this.#list(CLOSING[char]);
    if (char === "'" || char === '"') return this.#string(char);
    const word = this.#match(/[A-Za-z]+|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y);
    const known = WORDS.get(word);
    if (known !== undefined) return known;
    const number = Number(word);
    if (Number.isNaN(number)) throw new NotPython();
    return number;
  }

  #list(closing: string): Json[] {
    if (++this.#depth > MAX_DEPTH) throw new NotPython();
    this.#at++;
    const values: Json[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] === closing) break;
      values.push(this.value());
      this.#skipSpace();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== closing) throw new NotPython();
    }
    this.#at++;
    this.#depth--;
    return values;
  }

  #string(quote: string): string {
    this.#at++;
    let text = "";
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined || char === "\n") throw new NotPython();
      if (char === quote) return text;
      text += char === "\\" ? this.#escape() : char;
    }
  }

  #escape(): string {
    const char = this.#text[this.#at++] ?? "";
    const digits = HEX_DIGITS.get(char);
    if (digits === undefined) return ESCAPES.get(char) ?? `\\${char}`;
    const code = this.#match(new RegExp(`[0-9a-fA-F]{${digits}}`, "y"));
    const point = Number.parseInt(code, 16);
    if (point > 0x10ffff) throw new NotPython();
    return String.fromCodePoint(point);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new NotPython();
    this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}
