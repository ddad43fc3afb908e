import type { ComputeDtype } from "../../tensor/dtype.ts";
import type { BlendPair } from "../arithmetic.ts";
import { roundToGrid } from "../grid.ts";

/** See `Arithmetic.round`. */
export function round(dtype: ComputeDtype, values: Float32Array): void {
  if (dtype === "F32") return;
  for (let i = 0; i < values.length; i++) values[i] = roundToGrid(dtype, values[i]!);
}

/** See `Arithmetic.add`. */
export function add(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(a[i]! + b[i]!));
}

/** See `Arithmetic.subtract`. */
export function subtract(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(a[i]! - b[i]!));
}

/** See `Arithmetic.multiply`. */
export function multiply(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(a[i]! * b[i]!));
}

/** See `Arithmetic.divide`. */
export function divide(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(a[i]! / b[i]!));
}

/** See `Arithmetic.divideBy`. */
export function divideBy(dtype: ComputeDtype, divisor: number, values: Float32Array, out: Float32Array): void {
  const d = Math.fround(divisor);
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(values[i]! / d));
}

/** See `Arithmetic.scale`. */
export function scale(dtype: ComputeDtype, factor: number, values: Float32Array, out: Float32Array): void {
  const f = Math.fround(factor);
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, Math.fround(f * values[i]!));
}

/** See `Arithmetic.blend`. */
export function blend(dtype: ComputeDtype, { a, ca, b, cb }: BlendPair, out: Float32Array): void {
  const fa = Math.fround(ca);
  const fb = Math.fround(cb);
  for (let i = 0; i < out.length; i++) {
    out[i] = roundToGrid(dtype, Math.fround(Math.fround(fa * a[i]!) + Math.fround(fb * b[i]!)));
  }
}

/** See `Arithmetic.largestMagnitude`. */
export function largestMagnitude(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
