/**
 * Karcher mean: the point on the sphere whose sum of squared angles to the models' directions is least, given the mean
 * of their lengths.
 *
 *     u_m = x_m / |x_m|,  u = normalised mean of the u_m
 *     T   = (1/M) sum_m theta_m / sin theta_m * (u_m - cos theta_m u),  cos theta_m = u . u_m
 *     u  <- cos |T| u + sin |T| T / |T|                                       until |T| < tol, at most max_iter times
 *     out = u * mean of the |x_m|
 *
 * Every step is rounded to the tensor's type, for which a tensor is read up to 3 * max_iter + 3 times. Tensors of more
 * than MOST_STEPWISE elements are read twice, and their steps taken in float64. Models without length have no direction,
 * but count in the mean length.
 *
 * @source Karcher 1977, "Riemannian center of mass and mollifier smoothing", https://doi.org/10.1002/cpa.3160300502
 */

import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import { type Block, defineMethod, number, type TensorFacts, type TensorMerge } from "./method.ts";
import type { KarcherSettings } from "./vectors/karcher-weights.ts";
import { clampCosine, roundingOf } from "./vectors/rounding.ts";
import { weightedKarcher } from "./vectors/weighted-karcher.ts";

/** Elements up to which every step is rounded. What fits in memory does not matter, lest bytes depend on it. */
const MOST_STEPWISE = 2 ** 26;

const { fround } = Math;

export const karcher = defineMethod({
  name: "karcher",
  title: "Karcher Mean",
  source: "https://en.wikipedia.org/wiki/Karcher_mean",
  base: "ordinary",
  arity: [1, Number.POSITIVE_INFINITY],
  lone: "merge",
  params: {
    max_iter: { ...number("merge", 10, [0, 10_000], "Most steps towards the mean."), whole: true },
    tol: number("merge", 1e-5, [0, 1], "Angles, steps and lengths below this count as 0."),
  },
  draws: () => 0,

  begin(facts, { max_iter, tol }, { kernels }) {
    if (facts.modelCount === 1) return { passes: [], apply: ({ models, out }) => out.set(models[0]!) };
    const settings = { steps: max_iter, tol };
    if (facts.n > MOST_STEPWISE) return weightedKarcher(facts, settings, kernels);
    return new KarcherMean(facts, settings, kernels);
  },
});

/** One step of the iteration, in numbers. */
interface Step {
  /** [M]: what each direction's part across u is weighted with, and its cosine; null where it is skipped. */
  readonly pulls: readonly (Pull | null)[];
  /** |T|, 0 before it is known. */
  readonly length: number;
  /** |u| after the step; 0 leaves u as it is. */
  readonly norm: number;
}

interface Pull {
  readonly cosine: number;
  readonly weight: number;
}

/** The mean under way. No vector outlives a block: u is computed anew from the inputs and the numbers of all steps. */
class KarcherMean implements TensorMerge {
  readonly passes: Iterable<(block: Block) => void>;
  readonly #facts: TensorFacts;
  readonly #settings: KarcherSettings;
  readonly #kernels: Kernels;
  readonly #round: (value: number) => number;
  readonly #units: readonly Float32Array[];
  readonly #mean: Float32Array;
  readonly #tangent: Float32Array;
  readonly #scratch: Float32Array;
  /** [M] lengths in float32. */
  #norms: readonly number[] = [];
  /** Indices of the models that have a direction, and the weight of each. */
  #valid: readonly number[] = [];
  #share = 0;
  /** |u| of the plain mean, undefined before it is known. */
  #startNorm: number | undefined;
  #steps: readonly Step[] = [];

  constructor(facts: TensorFacts, settings: KarcherSettings, kernels: Kernels) {
    const elements = Math.min(facts.n, BLOCK_ELEMENTS);
    this.#facts = facts;
    this.#settings = settings;
    this.#kernels = kernels;
    this.#round = roundingOf(facts.dtype);
    this.#units = Array.from({ length: facts.modelCount }, () => kernels.floats(elements));
    this.#mean = kernels.floats(elements);
    this.#tangent = kernels.floats(elements);
    this.#scratch = kernels.floats(elements);
    this.passes = this.#measure();
  }

  *#measure(): Generator<(block: Block) => void> {
    const { tol } = this.#settings;
    const squares = this.#units.map(() => this.#kernels.runningSum());
    yield ({ start, models }) => {
      for (const [m, model] of models.entries()) squares[m]!.addProducts(start, model, model);
    };
    this.#norms = squares.map((sum) => fround(Math.sqrt(sum.total())));
    this.#valid = [...this.#norms.keys()].filter((m) => this.#norms[m]! > tol);
    if (this.#valid.length === 0) return;
    const share = 1 / this.#norms.length;
    this.#share = share / this.#valid.reduce((sum) => sum + share, 0);
    this.#startNorm = yield* this.#norm((block) => this.#meanOf(block));
    for (let step = 0; step < this.#settings.steps; step++) {
      const pulls = yield* this.#pulls();
      const before = this.#steps;
      this.#steps = [...before, { pulls, length: 0, norm: 0 }];
      const length = yield* this.#norm((block) => this.#tangentOf(this.#meanOf(block, before), pulls));
      if (length < tol) {
        this.#steps = before;
        return;
      }
      this.#steps = [...before, { pulls, length, norm: 0 }];
      const norm = yield* this.#norm((block) => this.#meanOf(block));
      this.#steps = [...before, { pulls, length, norm: norm > tol ? norm : 0 }];
    }
  }

  readonly apply = (block: Block): void => {
    const { dtype } = this.#facts;
    if (this.#valid.length === 0) {
      block.out.fill(0);
      return;
    }
    const share = fround(1 / this.#norms.length);
    const scale = this.#norms.reduce((sum, norm) => fround(sum + fround(share * norm)), 0);
    this.#kernels.scale(dtype, this.#round(scale), this.#meanOf(block), block.out);
  };

  /** One pass that finds the length of a vector, in float32. */
  *#norm(vectorOf: (block: Block) => Float32Array): Generator<(block: Block) => void, number> {
    const squares = this.#kernels.runningSum();
    yield (block) => {
      const vector = vectorOf(block);
      squares.addProducts(block.start, vector, vector);
    };
    return fround(Math.sqrt(squares.total()));
  }

  /** One pass that finds the angles between u and the directions. */
  *#pulls(): Generator<(block: Block) => void, (Pull | null)[]> {
    const round = this.#round;
    const dots = this.#units.map(() => this.#kernels.runningSum());
    yield (block) => {
      const mean = this.#meanOf(block);
      for (const m of this.#valid) dots[m]!.addProducts(block.start, mean, this.#units[m]!.subarray(0, mean.length));
    };
    return dots.map((sum, m) => {
      if (!this.#valid.includes(m)) return null;
      const cosine = clampCosine(round(sum.total()));
      const angle = round(Math.acos(cosine));
      if (angle < this.#settings.tol) return null;
      return { cosine, weight: round(fround(this.#share) * round(angle / round(Math.sin(angle)))) };
    });
  }

  /** u after the given steps; fills in the directions, too. */
  #meanOf({ models }: Block, steps = this.#steps): Float32Array {
    const { dtype } = this.#facts;
    const kernels = this.#kernels;
    const mean = this.#mean.subarray(0, models[0]!.length).fill(0);
    const scratch = this.#scratch.subarray(0, mean.length);
    for (const m of this.#valid) {
      const unit = this.#units[m]!.subarray(0, mean.length);
      kernels.divideBy(dtype, this.#norms[m]!, models[m]!, unit);
      kernels.scale(dtype, this.#share, unit, scratch);
      kernels.add(dtype, mean, scratch, mean);
    }
    if (this.#startNorm === undefined) return mean;
    if (this.#startNorm < this.#settings.tol) mean.set(this.#units[this.#valid[0]!]!.subarray(0, mean.length));
    else kernels.divideBy(dtype, this.#startNorm, mean, mean);
    for (const step of steps) this.#advance(mean, step);
    return mean;
  }

  #advance(mean: Float32Array, { pulls, length, norm }: Step): void {
    const { dtype } = this.#facts;
    const kernels = this.#kernels;
    const tangent = this.#tangentOf(mean, pulls);
    kernels.divideBy(dtype, length, tangent, tangent);
    kernels.scale(dtype, this.#round(Math.sin(length)), tangent, tangent);
    kernels.scale(dtype, this.#round(Math.cos(length)), mean, mean);
    kernels.add(dtype, mean, tangent, mean);
    if (norm !== 0) kernels.divideBy(dtype, norm, mean, mean);
  }

  #tangentOf(mean: Float32Array, pulls: readonly (Pull | null)[]): Float32Array {
    const { dtype } = this.#facts;
    const kernels = this.#kernels;
    const tangent = this.#tangent.subarray(0, mean.length).fill(0);
    const across = this.#scratch.subarray(0, mean.length);
    for (const [m, pull] of pulls.entries()) {
      if (pull === null) continue;
      kernels.scale(dtype, pull.cosine, mean, across);
      kernels.subtract(dtype, this.#units[m]!.subarray(0, mean.length), across, across);
      kernels.scale(dtype, pull.weight, across, across);
      kernels.add(dtype, tangent, across, tangent);
    }
    return tangent;
  }
}
