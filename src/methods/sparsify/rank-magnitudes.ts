/**
 * Finds the magnitudes that have given places in the ascending order of a tensor, exactly and without sorting.
 *
 * One pass counts how often each magnitude occurs: in 16-bit types all of them, in float32 their upper halves; there a
 * second pass counts the lower halves under the upper halves that matter.
 */

import type { Kernels } from "../../kernels/kernels.ts";
import { MAGNITUDE_BINS, patternOfBin } from "../../kernels/magnitude-bins.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";

/** What is to be found, and how blocks of the caller's kind are counted. */
export interface RankQuery<B> {
  readonly dtype: ComputeDtype;
  readonly kernels: Kernels;
  /** Gives the places, from 0 to n - 1; asked after the first pass, with what it counted. */
  readonly ranks: (bins: Uint32Array) => readonly number[];
  /** As `Kernels.countMagnitudes`. */
  readonly count: (block: B, bins: Uint32Array) => void;
  /** As `Kernels.countWithin`; for float32 only. */
  readonly countWithin: (block: B, upper: number, bins: Uint32Array) => void;
}

/** The magnitude at a place of the order. */
export interface RankedMagnitude {
  /** Its float32 pattern. */
  readonly pattern: number;
  /** Entries of this magnitude that come before the place: it is the (ordinal + 1)-th of them. */
  readonly ordinal: number;
  /** How many entries have this magnitude. */
  readonly equal: number;
}

/**
 * Yields the passes it needs, and returns what is at each of the places.
 *
 * @complexity 128 KiB of kernel memory for counters; 256 KiB more in float32 for each upper half that matters.
 */
export function* rankMagnitudes<B>(query: RankQuery<B>): Generator<(block: B) => void, readonly RankedMagnitude[]> {
  const { dtype, kernels } = query;
  const bins = kernels.counters(MAGNITUDE_BINS[dtype]);
  yield (block) => query.count(block, bins);
  const found = query.ranks(bins).map((rank) => locate(bins, rank));
  if (dtype !== "F32") return found.map(({ bin, ...place }) => ({ pattern: patternOfBin(dtype, bin), ...place }));

  const lower = new Map(found.map(({ bin }) => [bin, kernels.counters(65_536)]));
  yield (block) => {
    for (const [upper, lowerBins] of lower) query.countWithin(block, upper, lowerBins);
  };
  return found.map(({ bin, ordinal }) => {
    const { bin: low, ...place } = locate(lower.get(bin)!, ordinal);
    return { pattern: bin * 65_536 + low, ...place };
  });
}

/** The bin that holds a place of the order. */
function locate(bins: Uint32Array, rank: number): { bin: number; ordinal: number; equal: number } {
  let below = 0;
  for (let bin = 0; bin < bins.length; bin++) {
    const equal = bins[bin]!;
    if (below + equal > rank) return { bin, ordinal: rank - below, equal };
    below += equal;
  }
  return { bin: bins.length - 1, ordinal: 0, equal: 0 };
}
