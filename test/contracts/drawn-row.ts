import { roundToGrid } from "../../src/kernels/grid.ts";
import type { ComputeDtype } from "../../src/tensor/dtype.ts";

/** Numbers in [-1, 1) of the C standard's example generator, from seed 1, rounded to a type: easily drawn in Python too. */
export function drawnRow(dtype: ComputeDtype, length: number): Float32Array {
  let state = 1n;
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245n + 12345n) % 2n ** 31n;
    return roundToGrid(dtype, Number(state) / 2 ** 30 - 1);
  });
}
