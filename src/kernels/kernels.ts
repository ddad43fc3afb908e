/**
 * The arithmetic that merging and weight loading rest on, behind one interface with two implementations: WebAssembly
 * SIMD (`openWasmKernels`) and plain TypeScript (`createPlainKernels`), which agree bit for bit.
 *
 * All arrays passed to a kernel come from the same `Kernels` (`floats`, `bytes`): they live in its memory, and no data
 * is copied to call it. Arrays are float32 unless said otherwise; n is their common length.
 */

import type { ComputeDtype, Dtype } from "../tensor/dtype.ts";
import type { RandomWords } from "./random-words.ts";

/** Elements that a method sees at a time: small enough that a block of every model stays in the processor's cache. */
export const BLOCK_ELEMENTS = 16_384;

/** A set of kernels and the memory they work on. Belongs to one thread. */
export interface Kernels {
  /** Takes n float32 from the memory, 16-byte aligned, content undefined. @throws kernels/out_of_memory */
  floats(n: number): Float32Array;
  /** Takes n bytes from the memory, 16-byte aligned, content undefined. @throws kernels/out_of_memory */
  bytes(n: number): Uint8Array;
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
   * Rounds float32 to the nearest element of a type, ties to even.
   *
   * @param out - little-endian bytes of n elements; overwritten.
   * @returns how many of the written elements are infinite or not a number.
   */
  narrow(dtype: ComputeDtype, src: Float32Array, out: Uint8Array): number;
  /** Rounds values to a type's grid in place; does nothing for F32. */
  round(dtype: ComputeDtype, values: Float32Array): void;

  /** Opens the stream of Mersenne Twister words of a seed at a place. @complexity linear in the distance from places opened before. */
  mersenneWords(seed: number, position: number): RandomWords;
}
