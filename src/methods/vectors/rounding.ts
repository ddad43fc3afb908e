import { roundToGrid } from "../../kernels/grid.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";

/** Returns the rounding of a type's arithmetic: to float32, then to its grid. */
export function roundingOf(dtype: ComputeDtype): (value: number) => number {
  return (value) => roundToGrid(dtype, Math.fround(value));
}

/** Takes a number into [-1, 1], as cosines need it. */
export function clampCosine(value: number): number {
  return Math.min(Math.max(value, -1), 1);
}
