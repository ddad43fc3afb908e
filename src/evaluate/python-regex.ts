/**
 * Regular expressions as Python's `re` reads them, for texts of bounded length.
 *
 * Patterns in task files are Python's. JavaScript reads many of them differently without a word (`$` before a last
 * newline, `\d` and `\w` beyond ASCII, `.` and line separators), so each is translated, piece by piece, into a
 * JavaScript pattern with the `v` flag that means the same.
 *
 * Differences that remain: a group that took no part matches the empty text when it is referred back to, and a group
 * inside a repetition is forgotten when a later round does not enter it.
 *
 * @source https://docs.python.org/3/library/re.html
 */

import { PYTHON_SPACE } from "./python-text.ts";

/** A pattern that cannot be used, and why; turned into a coded error by whoever knows its place. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Code units of a text that a pattern is shown. Generated answers are far shorter; backtracking on more could take hours. */
export const MAX_SEARCHED_LENGTH = 16_384;

/** Code units of a pattern. The longest of lm-evaluation-harness' tasks has about 500. */
const MAX_PATTERN_LENGTH = 4_000;

/** A compiled pattern. */
export interface PythonRegex {
  /**
   * What Python's `findall` returns: for each match the whole of it, or its group, or all its groups if there are
   * several; groups that took no part are empty. Sees the first `MAX_SEARCHED_LENGTH` code units of the text.
   */
  findAll(text: string): readonly (string | readonly string[])[];
  /** Python's `sub(pattern, "", text)`. */
  remove(text: string): string;
  /** Python's `sub(pattern, replacement, text)`, in which `\\1` and `\\g<1>` stand for groups. */
  replace(text: string, replacement: string): string;
}

/** Compiles a Python pattern. @throws PatternError */
export function compilePythonRegex(pattern: string): PythonRegex {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new PatternError(`it has ${pattern.length} characters, and at most ${MAX_PATTERN_LENGTH} are read`);
  const regex = toJavaScript(pattern);
  const shown = (text: string): string => text.slice(0, MAX_SEARCHED_LENGTH);
  return {
    findAll: (text) =>
      Array.from(shown(text).matchAll(regex), ([whole, ...groups]) => {
        const texts = groups.map((group) => group ?? "");
        return texts.length === 0 ? whole : texts.length === 1 ? texts[0]! : texts;
      }),
    remove: (text) => shown(text).replace(regex, "") + text.slice(MAX_SEARCHED_LENGTH),
    replace: (text, replacement) =>
      shown(text).replace(regex, (...match) => expand(replacement, match)) + text.slice(MAX_SEARCHED_LENGTH),
  };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

/** @param match - the whole and its groups, then what `String.replace` adds. */
function expand(replacement: string, match: readonly unknown[]): string {
  const groupOf = (reference: string): string => {
    const group = /^\d+$/.test(reference)
      ? match[Number(reference)]
      : (match.at(-1) as Readonly<Record<string, unknown>> | undefined)?.[reference];
    return typeof group === "string" ? group : "";
  };
  return replacement.replace(/\\(?:g<(\w+)>|(\d{1,2})|(.))/gs, (whole, name, index, sign) =>
    name === undefined && index === undefined ? (ESCAPES[sign] ?? whole) : groupOf(name ?? index),
  );
}

function toJavaScript(pattern: string): RegExp {
  const translation = new Translation(pattern);
  const source = translation.run();
  try {
    return new RegExp(source, translation.ignoreCase ? "giv" : "gv");
  } catch (cause) {
    throw new PatternError((cause as Error).message.replace(/^Invalid regular expression: .*: /s, ""), { cause });
  }
}

/** Python's `\w`: `str.isalnum` or an underscore. */
const WORD = "\\p{L}\\p{N}_";
const CLASSES: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  s: `[${PYTHON_SPACE}]`,
  S: `[^${PYTHON_SPACE}]`,
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
};
const BOUNDARY = `(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}])`;
const ASSERTIONS: Readonly<Record<string, string>> = {
  A: "^",
  Z: "$",
  b: `(?:${BOUNDARY})`,
  B: `(?!${BOUNDARY})`,
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 };
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** One pass over a pattern, from left to right. */
class Translation {
  ignoreCase = false;
  readonly #pattern: string;
  #at = 0;
  #dotAll = false;
  #multiline = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  run(): string {
    this.#leadingFlags();
    let out = "";
    while (this.#at < this.#pattern.length) out += this.#piece();
    return out;
  }

  /** `(?i)` and the like, which Python allows only at the start. */
  #leadingFlags(): void {
    for (;;) {
      const flags = this.#take(/\(\?([a-zA-Z]+)\)/y);
      if (flags === undefined) return;
      for (const flag of flags[1]!) this.#setFlag(flag);
    }
  }

  #setFlag(flag: string): void {
    if (flag === "i") this.ignoreCase = true;
    else if (flag === "s") this.#dotAll = true;
    else if (flag === "m") this.#multiline = true;
    else if (flag !== "u") throw new PatternError(`the flag "(?${flag})" is not supported; i, m and s are`);
  }

  #piece(): string {
    const char = this.#next();
    if (char === "\\") return this.#escape();
    if (char === "[") return this.#class();
    if (char === "(") return this.#group();
    if (char === ".") return this.#dotAll ? "[\\s\\S]" : "[^\\n]";
    if (char === "^") return this.#multiline ? "(?<=^|\\n)" : "^";
    if (char === "$") return this.#multiline ? "(?=\\n|$)" : "(?=\\n?$)";
    if (char === "{") return this.#braces();
    if (char === ")" || char === "|") return char;
    if ("*+?".includes(char)) return char + this.#lazyMark();
    return literal(char.codePointAt(0)!);
  }

  /** A repetition, or a brace that stands for itself. */
  #braces(): string {
    const count = this.#take(/(\d*)(,?)(\d*)\}/y);
    if (count === undefined || count[0] === "}") return literal(0x7b);
    if (count[0] === ",}") return `*${this.#lazyMark()}`;
    return `{${count[1] || "0"}${count[2]}${count[3]}}${this.#lazyMark()}`;
  }

  #lazyMark(): string {
    if (this.#take(/\+/y) !== undefined)
      throw new PatternError('possessive repetitions such as "*+" are not supported');
    return this.#take(/\?/y) === undefined ? "" : "?";
  }

  #group(): string {
    if (this.#take(/\?/y) === undefined) return "(";
    const plain = this.#take(/:|=|!|<=|<!/y);
    if (plain !== undefined) return `(?${plain[0]}`;
    const named = this.#take(/P<([^>]*)>/y);
    if (named !== undefined) return `(?<${named[1]}>`;
    const reference = this.#take(/P=([^)]*)\)/y);
    if (reference !== undefined) return `\\k<${reference[1]}>`;
    if (this.#take(/#[^)]*\)/y) !== undefined) return "(?:)";
    if (this.#take(/i:/y) !== undefined) return "(?i:";
    const start = this.#pattern.slice(this.#at, this.#at + 2);
    throw new PatternError(`the group "(?${start}…" is not supported; use (?:…), (?P<name>…) or a look-around`);
  }

  #escape(): string {
    const char = this.#next("\\");
    const fixed = ASSERTIONS[char] ?? CLASSES[char];
    if (fixed !== undefined) return fixed;
    if (/[1-9]/.test(char)) return `(?:\\${char}${this.#take(/\d/y)?.[0] ?? ""})`;
    return literal(this.#escapedCode(char));
  }

  /** The character that an escape stands for, inside and outside classes. */
  #escapedCode(char: string): number {
    if (char === "0") return Number.parseInt(this.#take(/[0-7]{0,2}/y)![0] || "0", 8);
    const control = CONTROLS[char];
    if (control !== undefined) return control;
    const digits = HEX_DIGITS[char];
    if (digits !== undefined) {
      const hex = this.#take(new RegExp(`[0-9a-fA-F]{${digits}}`, "y"));
      if (hex === undefined) throw new PatternError(`"\\${char}" needs ${digits} hexadecimal digits`);
      return Number.parseInt(hex[0], 16);
    }
    if (/[A-Za-z]/.test(char)) throw new PatternError(`"\\${char}" is not an escape that is supported`);
    return char.codePointAt(0)!;
  }

  #class(): string {
    const negated = this.#take(/\^/y) === undefined ? "" : "^";
    let out = "";
    for (let first = true; ; first = false) {
      const char = this.#next("[");
      if (char === "]" && !first) return `[${negated}${out}]`;
      out += this.#classMember(char);
    }
  }

  #classMember(char: string): string {
    const low = this.#classCharacter(char);
    if (typeof low === "string") return low;
    const range = this.#take(/-(?!\])/y);
    if (range === undefined) return literal(low);
    const high = this.#classCharacter(this.#next("["));
    if (typeof high === "string") throw new PatternError("a range in [...] must end with a character");
    return `${literal(low)}-${literal(high)}`;
  }

  /** A code point, or the translation of a whole class such as `\d`. */
  #classCharacter(char: string): number | string {
    if (char !== "\\") return char.codePointAt(0)!;
    const escaped = this.#next("\\");
    return CLASSES[escaped] ?? (escaped === "b" ? 8 : this.#escapedCode(escaped));
  }

  /** @param open - what remains unfinished if the pattern ends here. */
  #next(open = ""): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw new PatternError(`it ends inside "${open}"`);
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    return char;
  }

  #take(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#pattern) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }
}

/** A character that stands for itself, whatever it means to JavaScript. */
function literal(code: number): string {
  const char = String.fromCodePoint(code);
  return /[A-Za-z0-9_ぁ-ヿ一-鿿]/.test(char) ? char : `\\u{${code.toString(16)}}`;
}
