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
import type { Arithmetic } from "./arithmetic.ts";
import type { Combining } from "./combining.ts";
import type { Comparing } from "./comparing.ts";
import type { ContentHash } from "./content-hash.ts";
import type { Diverging } from "./diverging.ts";
import type { RandomWords } from "./random-words.ts";
import type { RunningSum } from "./running-sum.ts";
import type { Selecting } from "./selecting.ts";

/** Elements that a method sees at a time: small enough that a block of every model stays in the processor's cache. */
export const BLOCK_ELEMENTS = 16384;

/** Most inputs that one call of a kernel combines. */
export const MAX_INPUTS = 1024;

/** A set of kernels and the memory they work on. Belongs to one thread. */
export interface Kernels extends Arithmetic, Combining, Comparing, Diverging, Selecting {
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
  /** The same for values that lie on the type's grid already, which is faster. */
  pack(dtype: ComputeDtype, src: Float32Array, out: Uint8Array): number;

  /** Starts a hash of bytes in this memory, XXH64. @throws kernels/out_of_memory */
  contentHash(): ContentHash;
  /** The same, another hash that takes a quarter of the time; see `startLaneHash`. @throws kernels/out_of_memory */
  laneHash(): ContentHash;
  /** Starts a sum that blocks add to, at 0. @throws kernels/out_of_memory */
  runningSum(): RunningSum;
  /** Opens the stream of Mersenne Twister words of a seed at a place. @complexity linear in the distance from places opened before. */
  mersenneWords(seed: number, position: number): RandomWords;
}
