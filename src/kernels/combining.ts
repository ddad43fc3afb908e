import type { ComputeDtype } from "../tensor/dtype.ts";
import type { Consensus } from "./consensus.ts";

/** Kernels that make one array of those of all models; the rules are those of `Kernels`, and M ≤ MAX_INPUTS. */
export interface Combining {
  /**
   * out = (sum over m of weights[m] * inputs[m]) / divisor, rounded to the type once.
   *
   * Each product is added exactly and rounded to float32 (a fused multiply-add, on any processor); the division is in
   * float32. Weights are rounded to float32. There is at least one input, and its product is no -0.
   */
  weightedMean(dtype: ComputeDtype, sum: WeightedInputs & { readonly divisor: number }, out: Float32Array): void;
  /**
   * `weightedMean` of stored bfloat16, narrowed again.
   *
   * @param out - [2n] bytes, as the inputs are.
   * @returns how many of the results are infinite or not a number.
   */
  storedMean(sum: StoredInputs & { readonly divisor: number }, out: Uint8Array): number;
  /** out = sum over m of weights[m] * inputs[m], each product rounded, added up in float32. Weights lie on the type's grid. */
  weightedSum(dtype: ComputeDtype, sum: WeightedInputs, out: Float32Array): void;
  /** Adds up changes to a base, by vote or plainly; see `Consensus`. */
  applyChanges(consensus: Consensus, base: Float32Array, changes: readonly Float32Array[], out: Float32Array): void;
  /**
   * out = base + lambda * (sum over m of weights[m] * (factors[m] * inputs[m])) / divisor of stored bfloat16: `scale`, then `applyChanges` without a
   * vote, then narrowed again.
   *
   * @param out - [2n] bytes, as the inputs and the base are.
   * @returns how many of the results are infinite or not a number.
   */
  storedSum(sum: StoredChanges, out: Uint8Array): number;
  /** out = population variance of the inputs, which lie on the type's grid, entry by entry, in float64 and rounded at the end. */
  variance(dtype: ComputeDtype, inputs: readonly Float32Array[], out: Float32Array): void;
  /** out = t * mean of the inputs + (1 - t) * base, sums from left to right. t lies on the type's grid. */
  towardsMean(dtype: ComputeDtype, step: MeanStep, out: Float32Array): void;
  /** Adds changes that one model alone makes, and the mean of those that several make; see `Reinforcement`. */
  reinforce(how: Reinforcement, base: Float32Array, changes: readonly Float32Array[], out: Float32Array): void;
  /**
   * Counts for each model the entries larger than epsilon in magnitude that it changes alone, and with others.
   *
   * @param counts - [M][2], added to.
   */
  countActive(epsilon: number, changes: readonly Float32Array[], counts: Uint32Array): void;
  /**
   * out = k * other + (1 - k) * base with k = clamp(t / |base - other|, 0, 1): other where the two are near.
   *
   * The distance is at least 1e-6, rounded to the type, and t enters in float32.
   */
  nearSwap(dtype: ComputeDtype, pair: NearPair, out: Float32Array): void;
}

/** What `towardsMean` starts from, goes to and how far. */
export interface MeanStep {
  readonly base: Float32Array;
  readonly inputs: readonly Float32Array[];
  readonly t: number;
}

/** Arrays of all models, and a weight for each. */
export interface WeightedInputs {
  readonly inputs: readonly Float32Array[];
  readonly weights: readonly number[];
}

/** Little-endian bytes of all models, and a weight for each. */
export interface StoredInputs {
  readonly inputs: readonly Uint8Array[];
  readonly weights: readonly number[];
}

/** Little-endian bytes of changes to a base, and how they are added up; weights, divisor and lambda as in `Consensus`. */
export interface StoredChanges extends StoredInputs {
  /** [M] */
  readonly factors: readonly number[];
  readonly base: Uint8Array;
  readonly divisor: number;
  readonly lambda: number;
}

/**
 * How changes d_m are reinforced, an entry being active in a model where |d_m| > epsilon:
 *
 *     z_m = d_m where active, else 0
 *     out = base + sum over m of (factors[m] * z_m where m alone is active, z_m / (number of active) elsewhere)
 */
export interface Reinforcement {
  readonly dtype: ComputeDtype;
  /** On the type's grid. */
  readonly epsilon: number;
  /** [M], float32. */
  readonly factors: readonly number[];
  /** The type of all but the quotients: `dtype`, or float32. */
  readonly result: ComputeDtype;
}

/** What `nearSwap` mixes. */
export interface NearPair {
  readonly base: Float32Array;
  readonly other: Float32Array;
  readonly t: number;
}

/** The least distance that `nearSwap` divides by. */
export const LEAST_DISTANCE = 1e-6;
