import type { ComputeDtype } from "../tensor/dtype.ts";

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/**
 * Rounds a number to float32 and then to the nearest element of a type, ties to even: what storing it in a tensor of
 * that type does.
 *
 * @returns the value, ±Infinity when it is too large.
 */
export function roundToGrid(dtype: ComputeDtype, value: number): number {
  if (dtype === "F16") return Math.f16round(Math.fround(value));
  float[0] = value;
  if (dtype === "F32" || Number.isNaN(value)) return float[0];
  const bits = pattern[0]!;
  pattern[0] = bits + 0x7fff + ((bits >>> 16) & 1);
  pattern[0] &= 0xffff0000;
  return float[0];
}

/** Pattern of a float32 without its sign; ordered as the magnitudes are, with NaN above infinity. */
export function magnitudePattern(value: number): number {
  float[0] = value;
  return pattern[0]! & 0x7fffffff;
}

/** The inverse of `magnitudePattern`. */
export function magnitudeOf(bits: number): number {
  pattern[0] = bits;
  return float[0]!;
}
