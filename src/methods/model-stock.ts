/**
 * Goes from the base towards the mean of the models, the less the smaller the angles between their changes are not.
 *
 *     c   = mean over pairs of cos(x_i - base, x_j - base)
 *     t   = N c / (1 + (N - 1) c)
 *     out = t * mean(x) + (1 - t) * base
 *
 * Angles are those of whole tensors, or of rows along the last axis with `filter_wise`. Where the divisor is 0, the base
 * is kept. Every step is rounded to the tensor's type.
 *
 * @source Jang et al. 2024, "Model Stock: All we need is just a few fine-tuned models", https://arxiv.org/abs/2403.19522
 */

import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import type { RunningSum } from "../kernels/running-sum.ts";
import { type Block, defineMethod, flag, type TensorFacts } from "./method.ts";
import { blockElementsOf, vectorsFrom } from "./vectors/origin.ts";
import { clampCosine, roundingOf } from "./vectors/rounding.ts";

/** Products of lengths are at least this. */
const LEAST_PRODUCT = 1e-6;

/** Divisors below this count as 0. */
const NO_DIVISOR = 1e-6;

export const modelStock = defineMethod({
  name: "model_stock",
  title: "Model Stock",
  source: "https://arxiv.org/abs/2403.19522",
  base: "required",
  arity: [3, Number.POSITIVE_INFINITY],
  lone: "copy",
  params: {
    filter_wise: flag("merge", false, "Take an angle for each row of the last axis instead of one for the tensor."),
  },
  draws: () => 0,
  grain: (shape) => Math.max(1, shape.at(-1) ?? 1),

  begin(facts, { filter_wise }, { kernels }) {
    const rowLength = Math.max(1, facts.shape.at(-1) ?? 1);
    const elements = blockElementsOf(facts.n, rowLength, BLOCK_ELEMENTS);
    const read = vectorsFrom(facts, kernels, elements);
    if (!filter_wise) {
      const angles = new Angles(facts, kernels);
      let share: number | undefined;
      return {
        passes: [(block) => angles.add(block.start, read(block))],
        apply: (block) => {
          share ??= angles.share();
          interpolate(facts, kernels, share, block);
        },
      };
    }
    return {
      passes: [],
      apply: (block) => {
        const changes = read(block);
        for (let at = 0; at < block.out.length; at += rowLength) {
          const mark = kernels.mark();
          const angles = new Angles(facts, kernels);
          angles.add(
            0,
            changes.map((change) => change.subarray(at, at + rowLength)),
          );
          interpolate(facts, kernels, angles.share(), rowOf(block, at, rowLength));
          kernels.release(mark);
        }
      },
    };
  },
});

function rowOf({ start, base, models, out }: Block, at: number, length: number): Block {
  return {
    start: start + at,
    base: base!.subarray(at, at + length),
    models: models.map((model) => model.subarray(at, at + length)),
    out: out.subarray(at, at + length),
  };
}

/** The angles between all pairs of changes, added up over blocks. */
class Angles {
  readonly #facts: TensorFacts;
  readonly #squares: readonly RunningSum[];
  readonly #products: ReadonlyMap<readonly [number, number], RunningSum>;

  constructor(facts: TensorFacts, kernels: Kernels) {
    const models = Array.from({ length: facts.modelCount }, (_, m) => m);
    this.#facts = facts;
    this.#squares = models.map(() => kernels.runningSum());
    const pairs = models.flatMap((i) => models.slice(i + 1).map((j) => [i, j] as const));
    this.#products = new Map(pairs.map((pair) => [pair, kernels.runningSum()]));
  }

  add(start: number, changes: readonly Float32Array[]): void {
    for (const [m, change] of changes.entries()) this.#squares[m]!.addProducts(start, change, change);
    for (const [[i, j], sum] of this.#products) sum.addRounded(this.#facts.dtype, start, changes[i]!, changes[j]!);
  }

  /** t, how far to go to the mean of the models. */
  share(): number {
    const round = roundingOf(this.#facts.dtype);
    const norms = this.#squares.map((sum) => round(Math.sqrt(sum.total())));
    const least = round(LEAST_PRODUCT);
    const cosines = [...this.#products].map(([[i, j], sum]) =>
      clampCosine(round(round(sum.total()) / Math.max(round(norms[i]! * norms[j]!), least))),
    );
    if (cosines.length === 0) return 0;
    const mean = round(cosines.reduce((sum, cosine) => Math.fround(sum + cosine), 0) / cosines.length);
    const divisor = round(1 + round((norms.length - 1) * mean));
    return Math.abs(divisor) < NO_DIVISOR ? 0 : round(round(norms.length * mean) / divisor);
  }
}

function interpolate({ dtype }: TensorFacts, kernels: Kernels, t: number, block: Block): void {
  kernels.towardsMean(dtype, { base: block.base!, inputs: block.models, t }, block.out);
}
