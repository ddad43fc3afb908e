import type { ComputeDtype } from "../../tensor/dtype.ts";
import {
  LEAST_DISTANCE,
  type MeanStep,
  type NearPair,
  type Reinforcement,
  type StoredChanges,
  type StoredInputs,
  type WeightedInputs,
} from "../combining.ts";
import { roundToGrid } from "../grid.ts";
import { fusedMultiplyAdd } from "./fused.ts";
import { narrow } from "./narrow.ts";
import { widen } from "./widen.ts";

const { fround } = Math;

/** See `Combining.weightedMean`. */
export function weightedMean(
  dtype: ComputeDtype,
  { inputs, weights, divisor }: WeightedInputs & { readonly divisor: number },
  out: Float32Array,
): void {
  const singles = weights.map(fround);
  const d = fround(divisor);
  for (let i = 0; i < out.length; i++) {
    let sum = fround(singles[0]! * inputs[0]![i]!) + 0;
    for (let m = 1; m < inputs.length; m++) sum = fusedMultiplyAdd(singles[m]!, inputs[m]![i]!, sum);
    out[i] = roundToGrid(dtype, fround(sum / d));
  }
}

/** See `Combining.storedMean`. */
export function storedMean(
  { inputs, weights, divisor }: StoredInputs & { readonly divisor: number },
  out: Uint8Array,
): number {
  const [mean, ...models] = [out, ...inputs].map((bytes) => new Float32Array(bytes.length / 2));
  for (const [m, values] of models.entries()) widen("BF16", inputs[m]!, values);
  weightedMean("BF16", { inputs: models, weights, divisor }, mean!);
  return narrow("BF16", mean!, out);
}

/** See `Combining.storedSum`. */
export function storedSum({ inputs, weights, factors, base, divisor, lambda }: StoredChanges, out: Uint8Array): number {
  const round = (value: number): number => roundToGrid("BF16", Math.fround(value));
  const [result, start, ...changes] = [out, base, ...inputs].map((bytes) => new Float32Array(bytes.length / 2));
  for (const [m, values] of [start!, ...changes].entries()) widen("BF16", m === 0 ? base : inputs[m - 1]!, values);
  for (let i = 0; i < result!.length; i++) {
    const terms = changes.map((change, m) => round(weights[m]! * round(fround(factors[m]!) * change[i]!)));
    const sum = round(terms.reduce((total, term) => fround(total + term), 0));
    result![i] = round(start![i]! + round(fround(lambda) * round(sum / divisor)));
  }
  return narrow("BF16", result!, out);
}

/** See `Combining.weightedSum`. */
export function weightedSum(dtype: ComputeDtype, { inputs, weights }: WeightedInputs, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let m = 0; m < inputs.length; m++) {
      sum = fround(sum + roundToGrid(dtype, fround(weights[m]! * inputs[m]![i]!)));
    }
    out[i] = roundToGrid(dtype, sum);
  }
}

/** See `Combining.variance`. */
export function variance(dtype: ComputeDtype, inputs: readonly Float32Array[], out: Float32Array): void {
  const of = dtype === "F32" ? varianceByMean : varianceBySums;
  for (let i = 0; i < out.length; i++) out[i] = roundToGrid(dtype, of(inputs.map((input) => input[i]!)));
}

function varianceByMean(values: readonly number[]): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / values.length;
}

/** Of 16-bit numbers the sums are exact, and equal numbers have a variance of 0. */
function varianceBySums(values: readonly number[]): number {
  const n = values.length;
  const sum = values.reduce((total, x) => total + x, 0);
  const squares = values.reduce((total, x) => total + x * x, 0);
  return (n * squares - sum * sum) * (1 / (n * n));
}

/** See `Combining.towardsMean`. */
export function towardsMean(dtype: ComputeDtype, { base, inputs, t }: MeanStep, out: Float32Array): void {
  const round = (value: number): number => roundToGrid(dtype, fround(value));
  const rest = round(1 - t);
  for (let i = 0; i < out.length; i++) {
    const sum = inputs.slice(1).reduce((before, input) => round(before + input[i]!), inputs[0]![i]!);
    out[i] = round(round(t * round(sum / inputs.length)) + round(rest * base[i]!));
  }
}

/** See `Combining.reinforce`. */
export function reinforce(
  { dtype, epsilon, factors, result }: Reinforcement,
  base: Float32Array,
  changes: readonly Float32Array[],
  out: Float32Array,
): void {
  for (let i = 0; i < out.length; i++) {
    const sharers = changes.filter((change) => Math.abs(change[i]!) > epsilon).length;
    let sum = 0;
    for (const [m, change] of changes.entries()) {
      const z = change[i]! * Number(Math.abs(change[i]!) > epsilon);
      const term =
        sharers > 1 ? roundToGrid(dtype, fround(z / sharers)) : roundToGrid(result, fround(z * fround(factors[m]!)));
      sum = fround(sum + term);
    }
    out[i] = roundToGrid(result, fround(base[i]! + roundToGrid(result, sum)));
  }
}

/** See `Combining.countActive`. */
export function countActive(epsilon: number, changes: readonly Float32Array[], counts: Uint32Array): void {
  for (let i = 0; i < (changes[0]?.length ?? 0); i++) {
    const active = changes.map((change) => Math.abs(change[i]!) > epsilon);
    const shared = active.filter(Boolean).length > 1;
    for (const [m, own] of active.entries()) if (own) counts[2 * m + Number(shared)]!++;
  }
}

/** See `Combining.nearSwap`. */
export function nearSwap(dtype: ComputeDtype, { base, other, t }: NearPair, out: Float32Array): void {
  const round = (value: number): number => roundToGrid(dtype, fround(value));
  const least = roundToGrid(dtype, LEAST_DISTANCE);
  for (let i = 0; i < out.length; i++) {
    const [b, x] = [base[i]!, other[i]!];
    const distance = Math.max(Math.abs(round(b - x)), least);
    const k = Math.min(Math.max(round(round(1 / distance) * fround(t)), 0), 1);
    out[i] = round(round(k * x) + round(round(1 - k) * b));
  }
}
