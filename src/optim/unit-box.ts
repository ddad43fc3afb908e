import type { Space } from "./optimiser.ts";

/** A space's bounds as plain JSON; optimisers work in [0, 1] and go through it. */
export type UnitBox = {
  /** [N] each. */
  readonly low: readonly number[];
  readonly high: readonly number[];
};

/** Takes the bounds of a space; a −0 becomes 0, because JSON has no −0. */
export function toUnitBox(space: Space): UnitBox {
  return { low: space.map((variable) => variable.low + 0), high: space.map((variable) => variable.high + 0) };
}

/** Returns where the search begins, [N] in [0, 1]. */
export function unitStart(space: Space): number[] {
  return space.map(({ low, high, start }) => (start - low) / (high - low) + 0);
}

/** Takes a point of [0, 1]^N to the space; the result never leaves the bounds by rounding. */
export function fromUnit({ low, high }: UnitBox, point: readonly number[]): number[] {
  return point.map((t, i) => Math.min(high[i]!, Math.max(low[i]!, low[i]! + t * (high[i]! - low[i]!))));
}
