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

import { front } from "../kernels/front.ts";
import { magnitudeOf } from "../kernels/grid.ts";
import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import type { RowDivergence } from "../kernels/row-divergence.ts";
import { type Block, defineMethod, type TensorFacts, type TensorMerge } from "./method.ts";
import { type RankQuery, rankMagnitudes } from "./sparsify/rank-magnitudes.ts";
import { together } from "./sparsify/together.ts";
import { blockElementsOf } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

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
  readonly #divergenceOf: RowDivergence;
  /** Of each row, once it is known. */
  readonly #divergences: Float32Array;
  /** The block that the sizes are of. */
  #sized: Block | undefined;
  #threshold = 0;

  constructor(facts: TensorFacts, kernels: Kernels) {
    this.#facts = facts;
    this.#kernels = kernels;
    this.#rowLength = Math.max(1, facts.shape.at(-1) ?? 1);
    this.#sizes = kernels.floats(blockElementsOf(facts.n, this.#rowLength, BLOCK_ELEMENTS));
    this.#divergenceOf = kernels.rowDivergence(facts.dtype, this.#rowLength);
    this.#divergences = new Float32Array(facts.n / this.#rowLength).fill(Number.NEGATIVE_INFINITY);
    this.passes = this.#measure();
  }

  *#measure(): Generator<(block: Block) => void> {
    const round = roundingOf(this.#facts.dtype);
    const [lower, median, upper] = yield* this.#quantiles([0.25, 0.5, 0.75]);
    this.#threshold = round(median! + round(1.5 * round(upper! - lower!)));
  }

  readonly apply = (block: Block): void => {
    for (const { values, base, divergence, from } of this.#rowsOf(block)) {
      const importance = { divergence, threshold: this.#threshold };
      const out = block.out.subarray(from, from + values.length);
      this.#kernels.takeImportant(this.#facts.dtype, { values, base }, importance, out);
    }
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

  /** Numbers whose magnitudes are those of the importances of rows with a sign. */
  #sizesOfSign(block: Block, sign: 1 | -1): Float32Array[] {
    const rows = this.#rowsOf(block).filter(({ divergence }) => divergence < 0 === sign < 0);
    const sizesOf = ({ from, values }: Row): Float32Array => this.#sizes.subarray(from, from + values.length);
    if (this.#sized !== block) this.#measureSizes(block);
    return rows.map(sizesOf);
  }

  #measureSizes(block: Block): void {
    const { dtype } = this.#facts;
    this.#kernels.subtract(dtype, block.models[0]!, block.base!, front(this.#sizes, block.base!.length));
    for (const { from, values, divergence } of this.#rowsOf(block)) {
      const sizes = this.#sizes.subarray(from, from + values.length);
      this.#kernels.scale(dtype, divergence, sizes, sizes);
    }
    this.#sized = block;
  }

  #rowsOf({ start, base, models: [model] }: Block): Row[] {
    const rows: Row[] = [];
    for (let from = 0; from < base!.length; from += this.#rowLength) {
      const row = {
        values: model!.subarray(from, from + this.#rowLength),
        base: base!.subarray(from, from + this.#rowLength),
      };
      const index = (start + from) / this.#rowLength;
      if (this.#divergences[index] === Number.NEGATIVE_INFINITY) {
        this.#divergences[index] = this.#divergenceOf(row.values, row.base);
      }
      rows.push({ ...row, from, divergence: this.#divergences[index]! });
    }
    return rows;
  }
}

/** A row of a block. */
interface Row {
  /** Place of the first element in the block. */
  readonly from: number;
  readonly values: Float32Array;
  readonly base: Float32Array;
  /** KL of the model from the base. */
  readonly divergence: number;
}
