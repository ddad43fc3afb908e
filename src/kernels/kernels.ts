/**
 * The arithmetic that merging and weight loading rest on, behind one interface with two implementations: WebAssembly
 * SIMD (`openWasmKernels`) and plain TypeScript (`createPlainKernels`), which agree bit for bit.
 *
 * All arrays passed to a kernel come from the same `Kernels` (`floats`, `bytes`): they live in its memory, and no data
 * is copied to call it. Arrays are float32 unless said otherwise; n is their common length. A kernel that takes a dtype
 * rounds the result of every operation to it, as arithmetic in that type does; its inputs lie on the type's grid, and
 * `out` may be one of them.
 */

import type { ComputeDtype, Dtype } from "../tensor/dtype.ts";
import type { Consensus } from "./consensus.ts";
import type { MagnitudeBand } from "./magnitude-band.ts";
import type { RandomWords } from "./random-words.ts";
import type { RunningSum } from "./running-sum.ts";

/** Elements that a method sees at a time: small enough that a block of every model stays in the processor's cache. */
export const BLOCK_ELEMENTS = 16_384;

/** Most inputs that one call of a kernel combines. */
export const MAX_INPUTS = 1024;

/** A set of kernels and the memory they work on. Belongs to one thread. */
export interface Kernels {
  /** Takes n float32 from the memory, 16-byte aligned, content undefined. @throws kernels/out_of_memory */
  floats(n: number): Float32Array;
  /** Takes n bytes from the memory, 16-byte aligned, content undefined. @throws kernels/out_of_memory */
  bytes(n: number): Uint8Array;
  /** Takes n counters from the memory, all zero. @throws kernels/out_of_memory */
  counters(n: number): Uint32Array;
  /** Notes how much of the memory is taken; `release` gives back all that was taken since. */
  mark(): number;
  release(mark: number): void;

  /**
   * Converts stored elements to float32: exact for F32, BF16, F16, all F8 and 8- and 16-bit integers, rounded for the wider types.
   *
   * @param src - little-endian bytes of n elements.
   * @throws kernels/unsupported_dtype for packed and complex types.
   */
  widen(dtype: Dtype, src: Uint8Array, out: Float32Array): void;
  /**
   * Rounds float32 to the nearest element of a type, ties to even. What is not a number becomes the type's one quiet NaN,
   * so that bytes do not depend on the processor.
   *
   * @param out - little-endian bytes of n elements; overwritten.
   * @returns how many of the written elements are infinite or not a number.
   */
  narrow(dtype: ComputeDtype, src: Float32Array, out: Uint8Array): number;
  /** Rounds values to a type's grid in place; does nothing for F32. */
  round(dtype: ComputeDtype, values: Float32Array): void;

  /** out = a + b */
  add(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void;
  /** out = a - b */
  subtract(dtype: ComputeDtype, a: Float32Array, b: Float32Array, out: Float32Array): void;
  /** out = factor * values, with the factor rounded to float32 only. */
  scale(dtype: ComputeDtype, factor: number, values: Float32Array, out: Float32Array): void;
  /** out = ca * a + cb * b in float32 with a rounding per operation, then rounded to the type once. */
  blend(dtype: ComputeDtype, pair: BlendPair, out: Float32Array): void;
  /**
   * out = (sum over m of weights[m] * inputs[m]) / divisor, rounded to the type once.
   *
   * Each product is added exactly and rounded to float32 (a fused multiply-add, on any processor); the division is in
   * float32.
   *
   * @param inputs - [M] arrays, M ≤ MAX_INPUTS.
   * @param weights - [M], rounded to float32.
   */
  weightedMean(dtype: ComputeDtype, sum: WeightedInputs, out: Float32Array): void;
  /** Adds up changes to a base, by vote or plainly; see `Consensus`. */
  applyChanges(consensus: Consensus, base: Float32Array, changes: readonly Float32Array[], out: Float32Array): void;

  /** Starts a sum that blocks add to, at 0. @throws kernels/out_of_memory */
  runningSum(): RunningSum;
  /** Largest magnitude, 0 for an empty array; NaN if one is. */
  largestMagnitude(values: Float32Array): number;

  /**
   * Counts magnitudes: increments the bin of each; see `binOfPattern`.
   *
   * @param bins - [MAGNITUDE_BINS of the type]
   */
  countMagnitudes(dtype: ComputeDtype, values: Float32Array, bins: Uint32Array): void;
  /** The same for the magnitudes of values - base. */
  countChanges(dtype: ComputeDtype, values: Float32Array, base: Float32Array, bins: Uint32Array): void;
  /**
   * Counts, among magnitudes whose float32 pattern has these upper 16 bits, the lower 16.
   *
   * @param bins - [65536]
   */
  countWithin(values: Float32Array, upper: number, bins: Uint32Array): void;
  /** Zeroes the entries outside the band, in place; see `MagnitudeBand`. Zeroed entries keep their sign. */
  keepBand(values: Float32Array, band: MagnitudeBand): void;
  /** out = values - base, with the entries outside the band zeroed. */
  keepChanges(dtype: ComputeDtype, change: Change, band: MagnitudeBand, out: Float32Array): void;

  /** Opens the stream of Mersenne Twister words of a seed at a place. @complexity linear in the distance from places opened before. */
  mersenneWords(seed: number, position: number): RandomWords;
}

/** Two arrays and their coefficients. */
export interface BlendPair {
  readonly a: Float32Array;
  readonly ca: number;
  readonly b: Float32Array;
  readonly cb: number;
}

/** How values differ from a base. */
export interface Change {
  readonly values: Float32Array;
  readonly base: Float32Array;
}

/** What `weightedMean` adds up. */
export interface WeightedInputs {
  readonly inputs: readonly Float32Array[];
  readonly weights: readonly number[];
  readonly divisor: number;
}
