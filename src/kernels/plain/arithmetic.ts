import type { ComputeDtype } from "../../tensor/dtype.ts";
import { roundToGrid } from "../grid.ts";
import type { BlendPair, WeightedInputs } from "../kernels.ts";

/** See `Kernels.round`. */
export function round(dtype: ComputeDtype, values: Float32Array): void {
  if (dtype === "F32") return;
  for (let i = 0; i < values.length; i++) values[i] = roundToGrid(dtype, values[i]!);
}

/** See `Kernels.add`. */
export function add(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(a[i]! + b[i]!));
}

/** See `Kernels.subtract`. */
export function subtract(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(a[i]! - b[i]!));
}

/** See `Kernels.scale`. */
export function scale(dtype: ComputeDtype, factor: number, values: Float32Array, out: Float32Array): void {
  const f = Math.fround(factor);
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(f * values[i]!));
}

/** See `Kernels.blend`. */
export function blend(dtype: ComputeDtype, { a, ca, b, cb }: BlendPair, out: Float32Array): void {
  const fa = Math.fround(ca);
  const fb = Math.fround(cb);
  for (let i = 0; i < out.length; i++) {
    out[i] = roundToGrid(dtype, Math.fround(Math.fround(fa * a[i]!) + Math.fround(fb * b[i]!)));
  }
}

/** See `Kernels.weightedMean`. */
export function weightedMean(
  dtype: ComputeDtype,
  { inputs, weights, divisor }: WeightedInputs,
  out: Float32Array,
): void {
  const singles = weights.map(Math.fround);
  const d = Math.fround(divisor);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let m = 0; m < inputs.length; m++) sum = Math.fround(sum + singles[m]! * inputs[m]![i]!);
    out[i] = roundToGrid(dtype, Math.fround(sum / d));
  }
}
