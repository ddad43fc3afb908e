import type { ComputeDtype } from "../tensor/dtype.ts";

/**
 * A sum in float64 over a tensor that arrives in blocks. The result does not depend on how it was cut: element i of the
 * tensor is added to partial sum i mod 8, in order, and the eight are added up at the end.
 *
 * Magnitudes, which cannot cancel, are added up in float32 first, within groups of GROUP_ELEMENTS; that costs a third.
 */
export interface RunningSum {
  /** Adds |v| for each value; `start` is the index of the first one in the tensor. */
  addMagnitudes(start: number, values: Float32Array): void;
  /** Adds each value; `start` likewise. */
  addValues(start: number, values: Float32Array): void;
  /** Adds a_i * b_i, exact products; give an array twice for its squares. */
  addProducts(start: number, a: Float32Array, b: Float32Array): void;
  /** Adds a_i * b_i, each product rounded to a type whose grid the values lie on. */
  addRounded(dtype: ComputeDtype, start: number, a: Float32Array, b: Float32Array): void;
  /** What was added so far. */
  total(): number;
}

/** Elements from a multiple of this number to the next are a group. */
export const GROUP_ELEMENTS = 128;

/** Float64 that a sum is kept in: [8] partial sums, and [8] float32 of the group that is not complete. */
export const SUM_DOUBLES = 12;

/** The float32 of a sum. */
export function groupOfSum(state: Float64Array): Float32Array {
  return new Float32Array(state.buffer, state.byteOffset + 64, 8);
}

/** Adds up the partial sums, in the one order that all kernels use. */
export function totalOf(state: Float64Array): number {
  return groupOfSum(state).reduce((sum, part, lane) => sum + (state[lane]! + part), 0);
}
