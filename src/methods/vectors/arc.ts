import type { Kernels } from "../../kernels/kernels.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";
import { clampCosine, roundingOf } from "./rounding.ts";

/** Lengths are at least this, so that zeros can be divided by theirs. */
const LEAST_NORM = 1e-7;

/** Vectors whose squared sine is up to this count as parallel. */
const PARALLEL = 1e-16;

/** A place between two vectors: out = (c0 * v0 + c1 * v1) / divisor, rounded after every operation. */
export interface Arc {
  readonly c0: number;
  readonly c1: number;
  readonly divisor: number;
}

/** The length of a vector from the sum of its squares, large enough to divide by. */
export function leastNorm(dtype: ComputeDtype, squares: number): number {
  const round = roundingOf(dtype);
  return Math.max(round(Math.sqrt(squares)), round(LEAST_NORM));
}

/**
 * Returns the place at t, from 0 to 1, on the arc between two vectors.
 *
 * @param cosine - of the angle between them, on the type's grid.
 */
export function arcOf(dtype: ComputeDtype, cosine: number, t: number): Arc {
  const round = roundingOf(dtype);
  const c = clampCosine(cosine);
  if (round(1 - round(c * c)) <= PARALLEL) return { c0: 1 - t, c1: t, divisor: 1 };
  const theta = round(Math.acos(c));
  const part = (share: number): number => round(Math.sin(round(Math.fround(share) * theta)));
  return { c0: part(1 - t), c1: part(t), divisor: round(Math.sin(theta)) };
}

/** Two vectors, and a scratch array of at least their length that is neither of them. */
export interface VectorPair {
  readonly dtype: ComputeDtype;
  readonly kernels: Kernels;
  readonly v0: Float32Array;
  readonly v1: Float32Array;
  readonly scratch: Float32Array;
}

/** Writes the vector at a place of an arc. */
export function mixAlong(arc: Arc, { dtype, kernels, v0, v1, scratch }: VectorPair, out: Float32Array): void {
  const second = scratch.subarray(0, out.length);
  kernels.scale(dtype, arc.c1, v1, second);
  kernels.scale(dtype, arc.c0, v0, out);
  kernels.add(dtype, out, second, out);
  if (arc.divisor !== 1) kernels.divideBy(dtype, arc.divisor, out, out);
}
