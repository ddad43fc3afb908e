import type { Json } from "../base/canonical-json.ts";
import { isList, pythonLiteral, pythonText } from "./python-text.ts";

/** Rounds as Python's `round` does: halves that are exactly that go to the even neighbour. @param digits - from 0 to 100 */
export function pythonRound(value: number, digits: number): number {
  const scaled = value * 10 ** digits;
  const isHalf = Math.abs(scaled % 1) === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  if (!isHalf) return Number(value.toFixed(digits));
  const below = Math.floor(scaled);
  return (below % 2 === 0 ? below : below + 1) / 10 ** digits;
}

/** Prompts have no wider ones, and wide ones take memory. */
const MAX_WIDTH = 1000;
const PLACE = /%(?<flags>[-+0 ]*)(?<width>\d*)(?:\.(?<digits>\d+))?(?<kind>.)/gsu;

/**
 * Fills the places of a text as Python's `%` operator does.
 *
 * @param values - one for each place, or a single one.
 * @throws Error for kinds of places other than s, r, d, i, f and %, for too few or too many values, and for values that do not fit
 */
export function pythonFormat(text: string, values: Json): string {
  const given = isList(values) ? values : [values];
  let used = 0;
  const filled = text.replace(PLACE, (...match) => {
    const { flags, width, digits, kind } = match.at(-1) as Readonly<Record<string, string | undefined>>;
    if (kind === "%") return "%";
    if (used >= given.length) throw new Error("there are more places than values to format");
    const written = writeOne(given[used++]!, kind!, digits === undefined ? undefined : Number(digits));
    const signed =
      /^[df i]$/u.test(kind!) && !written.startsWith("-") ? (/[+ ]/.exec(flags!)?.[0] ?? "") + written : written;
    if (Number(width) > MAX_WIDTH) throw new Error(`a place is at most ${MAX_WIDTH} wide`);
    return pad(signed, flags!, Number(width), kind!);
  });
  if (used < given.length) throw new Error("not all values were formatted");
  return filled;
}

function writeOne(value: Json, kind: string, digits: number | undefined): string {
  if (kind === "s") return pythonText(value).slice(0, digits);
  if (kind === "r") return pythonLiteral(value).slice(0, digits);
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number !== "number") throw new Error(`%${kind} takes a number, got ${pythonLiteral(value)}`);
  if (kind === "d" || kind === "i") return String(Math.trunc(number));
  if (kind === "f") return pythonRound(number, digits ?? 6).toFixed(digits ?? 6);
  throw new Error(`%${kind} is no place that is known here`);
}

function pad(text: string, flags: string, width: number, kind: string): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || kind === "s" || kind === "r") return text.padStart(width);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}
