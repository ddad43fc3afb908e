import type { ComputeDtype } from "../tensor/dtype.ts";
import type { MagnitudeBand } from "./magnitude-band.ts";

/** Kernels that find and keep entries by magnitude; the rules are those of `Kernels`. */
export interface Selecting {
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
  /** Zeroes the values whose mark is 0, in place; zeroed entries keep their sign. */
  keepWhere(values: Float32Array, marks: Float32Array): void;
  /**
   * Zeroes the values whose word's lower 24 bits are not below limits[place of the value in the ascending order of its
   * row's magnitudes], in place; of equal ones the lower index comes first. Zeroed entries keep their sign.
   *
   * @param dtype - whose grid the values lie on.
   * @param words - [R * n]
   * @param scratch - [rankScratch(n)]; overwritten.
   */
  dropByRank(dtype: ComputeDtype, ranked: RankedRows, words: Uint32Array, scratch: Uint32Array): void;
}

/** How values differ from a base. */
export interface Change {
  readonly values: Float32Array;
  readonly base: Float32Array;
}

/** Whole rows of values, [R * n], and the `dropLimit` of each place of a row's order, [n] with n ≥ 1. */
export interface RankedRows {
  readonly values: Float32Array;
  /** Either ascending or descending. */
  readonly limits: Uint32Array;
}

/** Words of scratch that `dropByRank` needs for rows of n: for sorting, or for counters of 16 bits. */
export function rankScratch(n: number): number {
  return Math.max(4 * n + 1024, 2 * n + 16_512);
}
