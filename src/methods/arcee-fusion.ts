/**
 * Takes over the other model's entries where they matter most.
 *
 *     p, q = softmax of a row of x, of base (+ 1e-8);  KL = sum p log(p / q)      rows run along the last axis
 *     I    = |x - base| * KL                                                      importance
 *     out  = x where I >= median(I) + 1.5 * (Q3(I) - Q1(I)), else base
 *
 * The quantiles are those of the whole tensor, exactly; mergekit takes those of a random sample of a million entries
 * where there are more. Where a row of the base has entries of no probability in float16 its importance is not a number,
 * and the base is kept. Importances are rounded to the tensor's type step by step; the result is float32.
 *
 * KL is a small difference of large numbers, so the last bits of exponentials and sums, which differ between processors
 * in mergekit, decide on entries next to the threshold. Here they are on every processor what they are there on those
 * with vectors of 512 bits.
 *
 * @source https://www.arcee.ai/blog/meet-mergekit-v0-1-arcee-fusion-expanded-model-support-multi-gpu-acceleration
 */

import { magnitudeOf } from "../kernels/grid.ts";
import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import type { ComputeDtype } from "../tensor/dtype.ts";
import { type Block, defineMethod, type TensorFacts, type TensorMerge } from "./method.ts";
import { cascadeSum } from "./rows/cascade-sum.ts";
import { softmax } from "./rows/softmax.ts";
import { type RankQuery, rankMagnitudes } from "./sparsify/rank-magnitudes.ts";
import { together } from "./sparsify/together.ts";
import { blockElementsOf } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

/** Added to probabilities before their ratio is taken. */
const LEAST_PROBABILITY = 1e-8;

export const arceeFusion = defineMethod({
  name: "arcee_fusion",
  title: "Arcee Fusion",
  source: "https://www.arcee.ai/blog/meet-mergekit-v0-1-arcee-fusion-expanded-model-support-multi-gpu-acceleration",
  base: "required",
  arity: [2, 2],
  lone: "copy",
  result: "F32",
  params: {},
  draws: () => 0,
  grain: (shape) => Math.max(1, shape.at(-1) ?? 1),
  begin: (facts, _settings, { kernels }) => new Fusion(facts, kernels),
});

class Fusion implements TensorMerge {
  readonly passes: Iterable<(block: Block) => void>;
  readonly #facts: TensorFacts;
  readonly #kernels: Kernels;
  readonly #rowLength: number;
  readonly #sizes: Float32Array;
  readonly #change: Float32Array;
  readonly #divergences: Divergences;
  #threshold = 0;

  constructor(facts: TensorFacts, kernels: Kernels) {
    this.#facts = facts;
    this.#kernels = kernels;
    this.#rowLength = Math.max(1, facts.shape.at(-1) ?? 1);
    const elements = blockElementsOf(facts.n, this.#rowLength, BLOCK_ELEMENTS);
    this.#sizes = kernels.floats(elements);
    this.#change = kernels.floats(elements);
    this.#divergences = new Divergences(facts.dtype, facts.n / this.#rowLength, this.#rowLength);
    this.passes = this.#measure();
  }

  *#measure(): Generator<(block: Block) => void> {
    const round = roundingOf(this.#facts.dtype);
    const [lower, median, upper] = yield* this.#quantiles([0.25, 0.5, 0.75]);
    this.#threshold = round(median! + round(1.5 * round(upper! - lower!)));
  }

  readonly apply = (block: Block): void => {
    const marks = this.#sizesOf(block);
    for (const { from, to, sign } of this.#rowsOf(block)) {
      for (let i = from; i < to; i++) marks[i] = Number(sign * marks[i]! >= this.#threshold);
    }
    const change = this.#changeOf(block);
    this.#kernels.keepWhere(change, marks);
    this.#kernels.add("F32", block.base!, change, block.out);
  };

  /**
   * Finds quantiles of the importances, the smaller of two neighbours. Rounding can make a KL negative, and with it the
   * importances of its row: those come first in the order, the largest in size first of all.
   */
  *#quantiles(shares: readonly number[]): Generator<(block: Block) => void, number[]> {
    const places = shares.map((share) => Math.floor(share * (this.#facts.n - 1)));
    let negatives = 0;
    const count = (sign: 1 | -1): RankQuery<Block> => ({
      dtype: this.#facts.dtype,
      kernels: this.#kernels,
      ranks: () => {
        if (sign > 0) return places.filter((place) => place >= negatives).map((place) => place - negatives);
        return places.filter((place) => place < negatives).map((place) => negatives - 1 - place);
      },
      count: (block, bins) => {
        for (const sizes of this.#sizesOfSign(block, sign)) {
          if (sign < 0) negatives += sizes.length;
          this.#kernels.countMagnitudes(this.#facts.dtype, sizes, bins);
        }
      },
      countWithin: (block, upper, bins) => {
        for (const sizes of this.#sizesOfSign(block, sign)) this.#kernels.countWithin(sizes, upper, bins);
      },
    });
    const [below, above] = yield* together(rankMagnitudes(count(-1)), rankMagnitudes(count(1)));
    return [...below.map(({ pattern }) => -magnitudeOf(pattern)), ...above.map(({ pattern }) => magnitudeOf(pattern))];
  }

  #changeOf({ base, models: [model] }: Block): Float32Array {
    const change = this.#change.subarray(0, base!.length);
    this.#kernels.subtract(this.#facts.dtype, model!, base!, change);
    return change;
  }

  /** Sizes of the importances, without the sign of their row. */
  #sizesOf(block: Block): Float32Array {
    const change = this.#changeOf(block);
    const sizes = this.#sizes.subarray(0, change.length);
    for (const { from, to, divergence } of this.#rowsOf(block)) {
      this.#kernels.scale(this.#facts.dtype, divergence, change.subarray(from, to), sizes.subarray(from, to));
    }
    for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(sizes[i]!);
    return sizes;
  }

  #sizesOfSign(block: Block, sign: 1 | -1): Float32Array[] {
    const sizes = this.#sizesOf(block);
    return this.#rowsOf(block).flatMap((row) => (row.sign === sign ? [sizes.subarray(row.from, row.to)] : []));
  }

  #rowsOf({ start, base, models: [model] }: Block): Row[] {
    const rows: Row[] = [];
    for (let from = 0; from < base!.length; from += this.#rowLength) {
      const to = from + this.#rowLength;
      const index = (start + from) / this.#rowLength;
      const divergence = this.#divergences.of(index, model!.subarray(from, to), base!.subarray(from, to));
      rows.push({ from, to, divergence, sign: divergence < 0 ? -1 : 1 });
    }
    return rows;
  }
}

/** A row of a block. */
interface Row {
  readonly from: number;
  readonly to: number;
  readonly divergence: number;
  readonly sign: 1 | -1;
}

/** The divergences of rows, each computed once. */
class Divergences {
  readonly #halves: boolean;
  readonly #round: (value: number) => number;
  readonly #known: Float32Array;
  readonly #probabilities: readonly [Float32Array, Float32Array];

  constructor(dtype: ComputeDtype, rows: number, rowLength: number) {
    this.#halves = dtype !== "F32";
    this.#round = roundingOf(dtype);
    this.#known = new Float32Array(rows).fill(Number.NEGATIVE_INFINITY);
    this.#probabilities = [new Float32Array(rowLength), new Float32Array(rowLength)];
  }

  /** KL of a row of the model from that of the base. */
  of(row: number, model: Float32Array, base: Float32Array): number {
    if (this.#known[row] === Number.NEGATIVE_INFINITY) {
      const [p, q] = this.#probabilities;
      softmax(model, this.#halves, p);
      softmax(base, this.#halves, q);
      this.#known[row] = this.#divergence(p, q);
    }
    return this.#known[row]!;
  }

  /** Overwrites p by the terms of the sum. */
  #divergence(p: Float32Array, q: Float32Array): number {
    const round = this.#round;
    const least = round(LEAST_PROBABILITY);
    for (let i = 0; i < p.length; i++) {
      const ours = round(round(p[i]!) + least);
      p[i] = round(ours * round(Math.log(round(ours / round(round(q[i]!) + least)))));
    }
    return round(cascadeSum(p, this.#halves));
  }
}
