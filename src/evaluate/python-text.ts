/**
 * Values as Python prints and reads them. Task files are written for a program in Python, whose prompts hold such texts.
 *
 * Not covered: numbers that JSON writes with a fraction of zero (`1.0`), which JavaScript cannot tell from whole ones.
 */

import type { Json } from "../base/canonical-json.ts";

/** Returns what Python's `str` gives: texts as they are, `None`, `True`, and lists and mappings as Python would write them. */
export function pythonText(value: Json): string {
  return typeof value === "string" ? value : pythonLiteral(value);
}

/** Returns what Python's `repr` gives. */
export function pythonLiteral(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return quoted(value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${quoted(key)}: ${pythonLiteral(entry)}`);
  return `{${entries.join(", ")}}`;
}

/** Whether a value is a list; narrows read-only arrays, which `Array.isArray` does not. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The shortest digits, as in JavaScript; exponents from 1e16 and below 1e-4, of at least two digits. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (Number.isSafeInteger(value) || (size >= 1e-4 && size < 1e16)) return String(value);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = Array.from(text, (char) => escaped(char, quote)).join("");
  return quote + body + quote;
}

function escaped(char: string, quote: string): string {
  if (char === quote || char === "\\") return `\\${char}`;
  if (char === " ") return char;
  const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
  if (named !== undefined) return named;
  if (!/[\p{C}\p{Z}]/u.test(char)) return char;
  const code = char.codePointAt(0)!.toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}

/** What Python calls white space, as the inside of a character class of a `v` or `u` regular expression. */
export const PYTHON_SPACE =
  "\\t-\\r\\u{1c}-\\u{20}\\u{85}\\u{a0}\\u{1680}\\u{2000}-\\u{200a}\\u{2028}\\u{2029}\\u{202f}\\u{205f}\\u{3000}";

const LEADING_SPACE = new RegExp(`^[${PYTHON_SPACE}]+`, "u");
const TRAILING_SPACE = new RegExp(`(?<![${PYTHON_SPACE}])[${PYTHON_SPACE}]+$`, "u");

/** Removes white space at both ends, as Python's `str.strip`; unlike `trim` it keeps a byte-order mark. */
export function pythonStrip(text: string): string {
  return text.replace(LEADING_SPACE, "").replace(TRAILING_SPACE, "");
}
