import type { ComputeDtype } from "../tensor/dtype.ts";

/** Kernels for one or two arrays; the rules are those of `Kernels`. */
export interface Arithmetic {
  /** Rounds values to a type's grid in place, wherever they lie; does nothing for F32. */
  round(dtype: ComputeDtype, values: Float32Array): void;
  /** out = a + b */
  add(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void;
  /** out = a - b */
  subtract(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void;
  /** out = a * b */
  multiply(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void;
  /** out = a / b */
  divide(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void;
  /** out = factor * values, with the factor rounded to float32 only. */
  scale(dtype: ComputeDtype, factor: number, values: Float32Array, out: Float32Array): void;
  /** out = values / divisor, with the divisor rounded to float32 only. */
  divideBy(dtype: ComputeDtype, divisor: number, values: Float32Array, out: Float32Array): void;
  /** out = ca * a + cb * b in float32 with a rounding per operation, then rounded to the type once. */
  blend(dtype: ComputeDtype, pair: BlendPair, out: Float32Array): void;
  /** Largest magnitude, 0 for an empty array; NaN if one is. */
  largestMagnitude(values: Float32Array): number;
}

/** Two arrays and their coefficients, which are rounded to float32. */
export interface BlendPair {
  readonly a: Float32Array;
  readonly ca: number;
  readonly b: Float32Array;
  readonly cb: number;
}
