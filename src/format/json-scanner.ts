/**
 * Reads JSON piece by piece, for texts that are not trusted.
 *
 * `JSON.parse` keeps the last of two equal keys without a word, and builds whatever the text asks for: a hundred
 * megabytes of `[[],[],…` become gigabytes. A caller of this scanner says what may come next, and nothing else is built.
 */

import { formatErrors } from "./errors.ts";

/** Depth to which unknown values are skipped. Real headers nest three deep; this keeps the stack bounded. */
const MAX_SKIPPED_DEPTH = 64;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** A place in a JSON text. Every method skips white space first, and throws format/bad_json when something else comes. */
export class JsonScanner {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  /** @param file - stands in errors. */
  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /**
   * Reads an object, calling `onKey` for each key; it must read the value.
   *
   * @throws format/duplicate_key
   */
  object(onKey: (key: string) => void): void {
    const seen = new Set<string>();
    this.#list("{", "}", () => {
      const key = this.string();
      if (seen.has(key)) throw formatErrors.duplicate_key({ file: this.#file, key });
      seen.add(key);
      this.#take(":");
      onKey(key);
    });
  }

  /** Reads an array, calling `onItem` before each item; it must read the item. */
  array(onItem: () => void): void {
    this.#list("[", "]", onItem);
  }

  /** Reads a string; escapes must make whole characters. The result does not keep the text alive. */
  string(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] !== '"') this.#fail("a string");
    let end = this.#text.indexOf('"', start + 1);
    while (end >= 0 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) this.#fail('a closing "', this.#text.length);
    this.#at = end + 1;
    const value = parseOrUndefined(this.#text.slice(start, end + 1));
    if (typeof value !== "string" || !value.isWellFormed()) this.#fail("a string of whole characters", start);
    return value;
  }

  /** Reads a whole number from 0 to 2^53 − 1, written with digits only. */
  count(): number {
    this.#skipSpace();
    const start = this.#at;
    const value = Number(this.#match(NUMBER) ?? Number.NaN);
    const digits = this.#text.slice(start, this.#at);
    if (!/^\d+$/.test(digits) || !Number.isSafeInteger(value)) this.#fail("a whole number from 0 to 2^53 - 1", start);
    return value;
  }

  /** Reads any value and forgets it. */
  skip(depth = 0): void {
    if (depth > MAX_SKIPPED_DEPTH) this.#fail(`at most ${MAX_SKIPPED_DEPTH} levels of nesting`);
    this.#skipSpace();
    const c = this.#text[this.#at];
    if (c === '"') this.string();
    else if (c === "{") this.object(() => this.skip(depth + 1));
    else if (c === "[") this.array(() => this.skip(depth + 1));
    else if (this.#match(c === "t" || c === "f" || c === "n" ? WORD : NUMBER) === undefined) this.#fail("a value");
  }

  /** Demands that only white space follows. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail("the end of the text");
  }

  #list(open: string, close: string, onItem: () => void): void {
    this.#take(open);
    if (this.#takeIf(close)) return;
    do onItem();
    while (this.#takeIf(","));
    this.#take(close);
  }

  #take(token: string): void {
    if (!this.#takeIf(token)) this.#fail(`"${token}"`);
  }

  #takeIf(token: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #skipSpace(): void {
    for (let c = this.#text.charCodeAt(this.#at); c === 32 || (c >= 9 && c <= 13 && c !== 11 && c !== 12); )
      c = this.#text.charCodeAt(++this.#at);
  }

  /** Whether an odd number of backslashes stands before a place. */
  #isEscaped(at: number): boolean {
    let count = 0;
    while (this.#text[at - 1 - count] === "\\") count++;
    return count % 2 === 1;
  }

  #fail(expected: string, at = this.#at): never {
    const piece = this.#text.slice(at, at + 20);
    const found = at >= this.#text.length ? "the end of the text" : JSON.stringify(piece);
    throw formatErrors.bad_json({ file: this.#file, at, expected, found });
  }
}

function parseOrUndefined(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * Decodes a text that must be UTF-8.
 *
 * @throws format/not_utf8
 */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw formatErrors.not_utf8({ file }, cause);
  }
}
