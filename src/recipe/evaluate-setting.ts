import type { Conditional, Gradient, Scalar, Setting } from "./recipe.ts";

/**
 * Picks what a setting says about one tensor.
 *
 * @param tensor - the name that filters look into; a filter is any part of it, not a pattern.
 * @returns undefined where no filter matches or the matching list is empty: the next scope is asked then.
 */
export function selectGradient(setting: Setting, tensor: string): Gradient | undefined {
  const gradient = isConditionals(setting) ? setting.find((entry) => matches(entry, tensor))?.value : setting;
  return Array.isArray(gradient) && gradient.length === 0 ? undefined : gradient;
}

function isConditionals(setting: Setting): setting is readonly Conditional[] {
  return Array.isArray(setting) && typeof setting[0] === "object";
}

function matches({ filter }: Conditional, tensor: string): boolean {
  return filter === null || filter === "*" || tensor.includes(filter);
}

/**
 * Evaluates a number: a list is interpolated linearly over the layers.
 *
 *     s = t·(n−1)    i = trunc(s)    f = s − i    value = (1−f)·v[i] + f·v[i+1]
 *
 * True and false count as 1 and 0, and texts as the number they spell.
 *
 * @param t - place in the layers, from 0 to 1.
 * @returns NaN if a value that is needed is not a number.
 */
export function evaluateNumber(gradient: Gradient, t: number): number {
  if (!isList(gradient)) return toNumber(gradient);
  const s = t * (gradient.length - 1);
  const i = Math.trunc(s);
  const f = s - i;
  const next = gradient[Math.min(gradient.length - 1, i + 1)]!;
  return (1 - f) * toNumber(gradient[i]!) + f * toNumber(next);
}

/**
 * Evaluates a yes or no: a list is a staircase, of which layer fraction t takes the element trunc(t·(n−1)).
 *
 * @returns undefined for what means neither, such as 0.5.
 */
export function evaluateFlag(gradient: Gradient, t: number): boolean | undefined {
  const value = isList(gradient) ? gradient[Math.trunc(t * (gradient.length - 1))]! : gradient;
  return FLAG_WORDS[String(value).toLowerCase()];
}

const FLAG_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

function isList(gradient: Gradient): gradient is readonly Scalar[] {
  return Array.isArray(gradient);
}

/** Texts that Python takes for finite numbers, as mergekit does. */
const PYTHON_NUMBER = /^\s*[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?\s*$/i;

function toNumber(value: Scalar): number {
  if (typeof value !== "string") return Number(value);
  return PYTHON_NUMBER.test(value) ? Number(value.replaceAll("_", "")) : Number.NaN;
}
