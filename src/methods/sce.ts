/**
 * SCE: select the entries in which the models vary most, calculate weights from the size of the changes, erase what has
 * the lesser sign.
 *
 *     d_m = x_m - base, 0 outside the share select_topk of entries of largest variance      "select"
 *     w_m = mean of d_m^2, divided by the sum over the models                               "calculate"
 *     out = base + sum of the w_m d_m that have the sign of sum_m d_m / sum of their w_m    "erase"
 *
 * Where all changes are tiny the weights are equal. Where nothing is selected the base is kept. Every step is rounded to
 * the tensor's type; variances are taken in float64.
 *
 * @source Wan et al. 2024, "FuseChat", https://arxiv.org/abs/2408.07990
 */

import type { Consensus } from "../kernels/consensus.ts";
import { front } from "../kernels/front.ts";
import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import { MagnitudeBand, NO_UPPER_LIMIT } from "../kernels/magnitude-band.ts";
import { byteLength } from "../tensor/dtype.ts";
import {
  ANY_NUMBER,
  type Block,
  defineMethod,
  flag,
  number,
  type TensorFacts,
  type TensorMerge,
  type Tools,
} from "./method.ts";
import { rankMagnitudes } from "./sparsify/rank-magnitudes.ts";
import { vectorsFrom } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

/** Sums of weights below this make all weights equal. */
const NO_WEIGHT = 1e-6;

/** What an entry is divided by is at least this. */
const LEAST_MASS = 1e-6;

export const sce = defineMethod({
  name: "sce",
  title: "SCE",
  source: "https://arxiv.org/abs/2408.07990",
  base: "required",
  arity: [1, Number.POSITIVE_INFINITY],
  lone: "merge",
  params: {
    select_topk: number("merge", 1, ANY_NUMBER, "Share of the varying entries that is merged; 1 and above takes all."),
    int8_mask: flag("merge", false, "Has no effect; mergekit uses less memory with it."),
  },
  draws: () => 0,

  begin(facts, { select_topk }, tools) {
    if (facts.modelCount === 0) return { passes: [], apply: ({ base, out }) => out.set(base!) };
    return new SelectiveMerge(facts, select_topk, tools);
  },
});

/** Which entries are selected, if not all. */
type Selection = "all" | "none" | MagnitudeBand;

type ReadChanges = (block: Block) => readonly Float32Array[];

class SelectiveMerge implements TensorMerge {
  readonly passes: Iterable<(block: Block) => void>;
  readonly rewrites: boolean;
  readonly #facts: TensorFacts;
  readonly #kernels: Kernels;
  readonly #round: (value: number) => number;
  /** The changes to the base; and the same when they have been read before. */
  readonly #changesOf: ReadChanges;
  readonly #changesAgain: ReadChanges;
  readonly #scratch: Float32Array;
  /** Of all entries, in the tensor's type; absent where there is no room for them, or some are no numbers. */
  #variances: Uint8Array | undefined;
  #selection: Selection = "all";
  #consensus: Consensus | undefined;

  constructor(facts: TensorFacts, share: number, { kernels, keepsRewrites = false, spareBytes = 0 }: Tools) {
    const elements = Math.min(facts.n, BLOCK_ELEMENTS);
    this.#facts = facts;
    this.#kernels = kernels;
    this.#round = roundingOf(facts.dtype);
    // Changes take the place of the models, and what is selected of them then that of all.
    this.rewrites = keepsRewrites;
    this.#changesOf = keepsRewrites ? (block) => this.#putChanges(block) : vectorsFrom(facts, kernels, elements);
    this.#changesAgain = keepsRewrites ? ({ models }) => models : this.#changesOf;
    this.#scratch = kernels.floats(elements);
    const varianceBytes = byteLength(facts.dtype, facts.n);
    if (share < 1 && varianceBytes <= spareBytes) this.#variances = kernels.bytes(varianceBytes);
    this.passes = this.#measure(share);
  }

  *#measure(share: number): Generator<(block: Block) => void> {
    const { dtype, modelCount } = this.#facts;
    if (share < 1) this.#selection = yield* this.#select(share);
    if (this.#selection === "none") return;
    const sums = Array.from({ length: modelCount }, () => this.#kernels.runningSum());
    const selection = restarted(this.#selection);
    const changesOf = share < 1 ? this.#changesAgain : this.#changesOf;
    yield (block) => {
      for (const [m, change] of this.#selected(block.start, changesOf(block), selection).entries()) {
        sums[m]!.addRounded(dtype, block.start, change, change);
      }
    };
    const weights = this.#weightsOf(sums.map((sum) => this.#round(Math.fround(sum.total()) / this.#facts.n)));
    const leastMass = this.#round(LEAST_MASS);
    this.#consensus = { dtype, weights, vote: "unweighted", normalize: true, leastMass, lambda: 1 };
  }

  readonly apply = (block: Block): void => {
    if (this.#consensus === undefined) {
      block.out.set(block.base!);
      return;
    }
    const selected = this.rewrites
      ? block.models
      : this.#selected(block.start, this.#changesOf(block), this.#selection);
    this.#kernels.applyChanges(this.#consensus, block.base!, selected, block.out);
  };

  /** Finds the entries of largest variance; the lower index comes first among equal ones. */
  *#select(share: number): Generator<(block: Block) => void, Selection> {
    const { dtype, n } = this.#facts;
    const kernels = this.#kernels;
    const tiny = dtype === "F32" ? kernels.counters(65_536) : undefined;
    const [first] = yield* rankMagnitudes<Block>({
      dtype,
      kernels,
      ranks: (bins) => {
        const zeros = (tiny ?? bins)[0]!;
        const keep = Math.floor((n - zeros) * share);
        return keep > 0 ? [n - keep] : [];
      },
      count: (block, bins) => {
        const variance = this.#varianceOf(this.#changesOf(block));
        this.#keepVariance(block.start, variance);
        kernels.countMagnitudes(dtype, variance, bins);
        if (tiny !== undefined) kernels.countWithin(variance, 0, tiny);
      },
      countWithin: (block, upper, bins) =>
        kernels.countWithin(this.#varianceAgain(block.start, this.#changesAgain(block)), upper, bins),
    });
    if (first === undefined) return "none";
    const { pattern, ordinal, equal } = first;
    return new MagnitudeBand({ low: pattern, lowFrom: 0, lowTo: equal - ordinal, high: NO_UPPER_LIMIT, highTo: 0 });
  }

  #putChanges({ base, models }: Block): readonly Float32Array[] {
    for (const model of models) this.#kernels.subtract(this.#facts.dtype, model, base!, model);
    return models;
  }

  #varianceOf(changes: readonly Float32Array[]): Float32Array {
    const variance = front(this.#scratch, changes[0]!.length);
    this.#kernels.variance(this.#facts.dtype, changes, variance);
    return variance;
  }

  #keepVariance(start: number, variance: Float32Array): void {
    const bytes = this.#placeOf(start, variance.length);
    if (bytes !== undefined && this.#kernels.pack(this.#facts.dtype, variance, bytes) > 0) this.#variances = undefined;
  }

  /** The same as `#varianceOf`, from where it was kept. */
  #varianceAgain(start: number, changes: readonly Float32Array[]): Float32Array {
    const bytes = this.#placeOf(start, changes[0]!.length);
    if (bytes === undefined) return this.#varianceOf(changes);
    const variance = front(this.#scratch, changes[0]!.length);
    this.#kernels.widen(this.#facts.dtype, bytes, variance);
    return variance;
  }

  #placeOf(start: number, length: number): Uint8Array | undefined {
    const { dtype } = this.#facts;
    return this.#variances?.subarray(byteLength(dtype, start), byteLength(dtype, start + length));
  }

  /** Zeroes what is not selected of the changes. */
  #selected(start: number, changes: readonly Float32Array[], selection: Selection): readonly Float32Array[] {
    if (!(selection instanceof MagnitudeBand)) return changes;
    const variance = this.#varianceAgain(start, changes);
    this.#kernels.keepBand(variance, selection);
    for (const change of changes) this.#kernels.keepWhere(change, variance);
    return changes;
  }

  #weightsOf(sizes: readonly number[]): number[] {
    const sum = this.#round(sizes.reduce((total, size) => Math.fround(total + size), 0));
    if (Math.abs(sum) < NO_WEIGHT) return sizes.map(() => this.#round(1 / sizes.length));
    return sizes.map((size) => this.#round(size / sum));
  }
}

function restarted(selection: Selection): Selection {
  return selection instanceof MagnitudeBand ? selection.restarted() : selection;
}
