import { Arena } from "./arena.ts";
import { HASH_BYTES, startContentHash } from "./content-hash.ts";
import type { Kernels } from "./kernels.ts";
import { LANE_HASH_BYTES, startLaneHash } from "./lane-hash.ts";
import { MAGNITUDE_BINS } from "./magnitude-bins.ts";
import { MersenneStreams } from "./mersenne-streams.ts";
import * as arithmetic from "./plain/arithmetic.ts";
import { applyChanges } from "./plain/changes.ts";
import * as combining from "./plain/combining.ts";
import * as comparing from "./plain/comparing.ts";
import { plainHashSteps } from "./plain/content-hash.ts";
import { plainDivergence, takeImportant } from "./plain/diverging.ts";
import { takeStripes } from "./plain/lane-hash.ts";
import { plainMersenne } from "./plain/mersenne.ts";
import { narrow } from "./plain/narrow.ts";
import * as selecting from "./plain/selection.ts";
import { runningSum } from "./plain/sums.ts";
import { widen } from "./plain/widen.ts";
import { rowDivergence } from "./row-divergence.ts";
import { SUM_DOUBLES } from "./running-sum.ts";

/**
 * Creates kernels in plain TypeScript: the definition of what the WebAssembly ones compute, and about ten times as slow.
 *
 * @param sizeBytes - memory for arrays; taken at once.
 */
export function createPlainKernels(sizeBytes: number): Kernels {
  const arena = new Arena(new ArrayBuffer(sizeBytes), 0);
  const streams = new MersenneStreams(plainMersenne());
  const contentHash = () => startContentHash(plainHashSteps, arena.bytes(HASH_BYTES));
  return {
    floats: (n) => arena.floats(n),
    bytes: (n) => arena.bytes(n),
    counters: (n) => arena.counters(n),
    mark: () => arena.mark(),
    release: (mark) => arena.release(mark),
    widen,
    narrow,
    pack: narrow,
    ...arithmetic,
    ...combining,
    ...comparing,
    ...selecting,
    applyChanges,
    rowDivergence: (dtype, rowLength) => {
      const logarithms = arena.floats(MAGNITUDE_BINS[dtype]);
      return rowDivergence(plainDivergence, dtype, {
        p: arena.floats(rowLength),
        q: arena.floats(rowLength),
        logarithms,
      });
    },
    takeImportant,
    contentHash,
    laneHash: () => startLaneHash(takeStripes, contentHash(), arena.bytes(LANE_HASH_BYTES)),
    runningSum: () => runningSum(arena.doubles(SUM_DOUBLES).fill(0)),
    mersenneWords: (seed, position) => streams.open(seed, position),
  };
}
