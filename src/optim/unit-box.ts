import type { Space } from "./optimiser.ts";

/** A space's bounds as plain JSON; optimisers work in [0, 1] and go through it. */
export type UnitBox = {
  /** [N] each. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Options of each discrete variable, high − low + 1; 0 for real ones. */
  readonly levels: readonly number[];
};

/** Takes the bounds of a space; a −0 becomes 0, because JSON has no −0. */
export function toUnitBox(space: Space): UnitBox {
  return {
    low: space.map((variable) => variable.low + 0),
    high: space.map((variable) => variable.high + 0),
    levels: space.map(({ kind = "real", low, high }) => (kind === "real" ? 0 : high - low + 1)),
  };
}

/** Returns where the search begins, [N] in [0, 1]. */
export function unitStart(space: Space): number[] {
  return space.map(({ low, high, start }) => (start - low) / (high - low) + 0);
}

/**
 * Takes a point of [0, 1]^N to the space; the result never leaves the bounds by rounding.
 *
 * Discrete variables take the nearest option, and the lower one half way: a bit is 1 above one half.
 */
export function fromUnit({ low, high, levels }: UnitBox, point: readonly number[]): number[] {
  return point.map((t, i) => {
    const value = low[i]! + t * (high[i]! - low[i]!);
    return Math.min(high[i]!, Math.max(low[i]!, levels[i] === 0 ? value : Math.ceil(value - 0.5) + 0));
  });
}

/** The place of each option in [0, 1]: option k of K lies at k/(K − 1). */
export function optionPlace(option: number, levels: number): number {
  return option / (levels - 1);
}

/** Puts a coordinate back into [0, 1]. */
export function clampUnit(t: number): number {
  return Math.min(1, Math.max(0, t));
}

/** Whole numbers with more options than this are as good as real ones. */
const MOST_OPTIONS = 200;

/** Places of a discrete variable's options, ascending in [0, 1]; undefined for real ones and for whole numbers with very many. */
export function unitOptions({ levels }: UnitBox, variable: number): readonly number[] | undefined {
  const K = levels[variable]!;
  if (K === 0 || K > MOST_OPTIONS) return undefined;
  return Array.from({ length: K }, (_, k) => optionPlace(k, K));
}
