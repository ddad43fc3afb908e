/**
 * A sum in float64 over a tensor that arrives in blocks. The result does not depend on how it was cut: element i of the
 * tensor is added to partial sum i mod 8, in order, and the eight are added up at the end.
 */
export interface RunningSum {
  /** Adds |v| for each value; `start` is the index of the first one in the tensor. */
  addMagnitudes(start: number, values: Float32Array): void;
  /** Adds each value; `start` likewise. */
  addValues(start: number, values: Float32Array): void;
  /** Adds a_i * b_i, exact products; give an array twice for its squares. */
  addProducts(start: number, a: Float32Array, b: Float32Array): void;
  /** What was added so far. */
  total(): number;
}

/** Adds up the partial sums, in the one order that all kernels use. */
export function totalOf(lanes: Float64Array): number {
  return lanes.reduce((sum, lane) => sum + lane, 0);
}
