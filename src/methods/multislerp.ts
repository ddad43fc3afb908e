/**
 * Spherical weighted mean of any number of models, or of their changes to a base if there is one, in one step from the
 * normalised mean of their directions.
 *
 *     u_m = x_m / |x_m|,  m = sum w_m u_m, normalised          the place on the sphere where the tangent plane touches
 *     T   = sum w_m (u_m - (u_m . m) m)                        the weighted mean in that plane
 *     out = (cos |T| m + sin |T| T / |T|) * sum w_m |x_m|
 *
 * Every step is rounded to the tensor's type. Where the directions cancel, or no model has one, the weighted models are
 * added up, where mergekit does so for two and stops for more.
 *
 * @source https://goddard.blog/posts/multislerp-wow-what-a-cool-idea
 */

import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import {
  ANY_NUMBER,
  type Block,
  defineMethod,
  flag,
  number,
  requiredNumber,
  type TensorFacts,
  type TensorMerge,
} from "./method.ts";
import { vectorsFrom } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

export const multislerp = defineMethod({
  name: "multislerp",
  title: "Multi-SLERP",
  source: "https://goddard.blog/posts/multislerp-wow-what-a-cool-idea",
  base: "optional",
  arity: [1, Number.POSITIVE_INFINITY],
  lone: "copy",
  params: {
    weight: requiredNumber("model", ANY_NUMBER, "Share of the model in the mean."),
    normalize_weights: flag("merge", true, "Divide the weights by their sum."),
    eps: number("merge", 1e-8, [0, 1], "Added to lengths before they divide."),
  },
  draws: () => 0,

  begin(facts, settings, { kernels }) {
    if (facts.modelCount === 1) return { passes: [], apply: ({ models, out }) => out.set(models[0]!) };
    const round = roundingOf(facts.dtype);
    const weights = weightsOf(settings.weight, settings.normalize_weights, round);
    return new TangentMean(facts, { weights, eps: round(settings.eps) }, kernels);
  },
});

function weightsOf(weights: readonly number[], normalize: boolean, round: (value: number) => number): number[] {
  const own = weights.map(round);
  if (!normalize) return own;
  const sum = round(own.reduce((total, weight) => Math.fround(total + weight), 0));
  return own.map((weight) => round(weight / sum));
}

/** The mean under way. Vectors are computed anew in every pass from the lengths and cosines that earlier ones found. */
class TangentMean implements TensorMerge {
  readonly passes: Iterable<(block: Block) => void>;
  readonly #facts: TensorFacts;
  readonly #kernels: Kernels;
  /** [M], on the type's grid. */
  readonly #weights: readonly number[];
  readonly #eps: number;
  readonly #round: (value: number) => number;
  readonly #read: (block: Block) => readonly Float32Array[];
  readonly #units: readonly Float32Array[];
  readonly #middle: Float32Array;
  readonly #scratch: Float32Array;
  #norms: readonly number[] = [];
  #middleNorm = 0;
  #cosines: readonly number[] = [];
  #tangentNorm = 0;

  constructor(facts: TensorFacts, { weights, eps }: { weights: readonly number[]; eps: number }, kernels: Kernels) {
    const elements = Math.min(facts.n, BLOCK_ELEMENTS);
    this.#facts = facts;
    this.#kernels = kernels;
    this.#weights = weights;
    this.#eps = eps;
    this.#round = roundingOf(facts.dtype);
    this.#read = vectorsFrom(facts, kernels, elements);
    this.#units = weights.map(() => kernels.floats(elements));
    this.#middle = kernels.floats(elements);
    this.#scratch = kernels.floats(elements);
    this.passes = this.#measure();
  }

  *#measure(): Generator<(block: Block) => void> {
    const squares = this.#weights.map(() => this.#kernels.runningSum());
    yield (block) => {
      for (const [m, vector] of this.#read(block).entries()) squares[m]!.addProducts(block.start, vector, vector);
    };
    this.#norms = squares.map((sum) => this.#round(Math.sqrt(sum.total())));

    const middleSquares = this.#kernels.runningSum();
    yield (block) => {
      const middle = this.#middleOf(this.#unitsOf(block));
      middleSquares.addProducts(block.start, middle, middle);
    };
    this.#middleNorm = this.#round(Math.sqrt(middleSquares.total()));
    if (this.#cancels()) return;

    const dots = this.#weights.map(() => this.#kernels.runningSum());
    yield (block) => {
      const units = this.#unitsOf(block);
      const middle = this.#middleOf(units);
      for (const [m, unit] of units.entries()) {
        this.#kernels.multiply(this.#facts.dtype, unit, middle, unit);
        dots[m]!.addValues(block.start, unit);
      }
    };
    this.#cosines = dots.map((sum) => this.#round(sum.total()));

    const tangentSquares = this.#kernels.runningSum();
    yield (block) => {
      const units = this.#unitsOf(block);
      const tangent = this.#tangentOf(units, this.#middleOf(units));
      tangentSquares.addProducts(block.start, tangent, tangent);
    };
    this.#tangentNorm = this.#round(this.#round(Math.sqrt(tangentSquares.total())) + this.#eps);
  }

  readonly apply = (block: Block): void => {
    const { dtype } = this.#facts;
    const kernels = this.#kernels;
    if (this.#cancels()) kernels.weightedSum(dtype, { inputs: this.#read(block), weights: this.#weights }, block.out);
    else this.#moveAlong(block);
    if (block.base !== undefined) kernels.add(dtype, block.out, block.base, block.out);
  };

  /** Goes from the middle in the direction of the tangent, and gives the result the mean length. */
  #moveAlong(block: Block): void {
    const { out } = block;
    const { dtype } = this.#facts;
    const kernels = this.#kernels;
    const angle = this.#tangentNorm;
    const units = this.#unitsOf(block);
    const middle = this.#middleOf(units);
    const tangent = this.#tangentOf(units, middle);
    // In float16 eps is 0, and so is the angle between equal models.
    if (angle !== 0) kernels.scale(dtype, this.#round(this.#round(Math.sin(angle)) / angle), tangent, tangent);
    kernels.scale(dtype, this.#round(Math.cos(angle)), middle, out);
    kernels.add(dtype, out, tangent, out);
    const length = this.#norms.reduce((sum, norm, m) => Math.fround(sum + this.#round(norm * this.#weights[m]!)), 0);
    kernels.scale(dtype, this.#round(length), out, out);
  }

  /** Whether the directions add up to nothing, so that there is no middle; then the models are added as they are. */
  #cancels(): boolean {
    return this.#middleNorm < this.#eps || this.#middleNorm === 0;
  }

  #unitsOf(block: Block): Float32Array[] {
    return this.#read(block).map((vector, m) => {
      const unit = this.#units[m]!.subarray(0, vector.length);
      const length = this.#round(this.#norms[m]! + this.#eps);
      this.#kernels.divideBy(this.#facts.dtype, length === 0 ? 1 : length, vector, unit);
      return unit;
    });
  }

  /** The weighted sum of the unit vectors, of length 1 as soon as its length is known. */
  #middleOf(units: readonly Float32Array[]): Float32Array {
    const { dtype } = this.#facts;
    const middle = this.#middle.subarray(0, units[0]!.length);
    this.#kernels.weightedSum(dtype, { inputs: units, weights: this.#weights }, middle);
    if (this.#middleNorm !== 0) this.#kernels.divideBy(dtype, this.#middleNorm, middle, middle);
    return middle;
  }

  /** The weighted sum of what of the unit vectors is not along the middle; overwrites them. */
  #tangentOf(units: readonly Float32Array[], middle: Float32Array): Float32Array {
    const { dtype } = this.#facts;
    const tangent = this.#scratch.subarray(0, middle.length);
    for (const [m, unit] of units.entries()) {
      this.#kernels.scale(dtype, this.#cosines[m]!, middle, tangent);
      this.#kernels.subtract(dtype, unit, tangent, unit);
    }
    this.#kernels.weightedSum(dtype, { inputs: units, weights: this.#weights }, tangent);
    return tangent;
  }
}
