import { createRandom } from "../base/philox.ts";
import { bcaInterval, bootstrapInterval } from "./bootstrap.ts";
import type { Aggregation } from "./metrics/metric.ts";
import { wilsonInterval } from "./wilson.ts";

/** A figure with its 95 % interval: the shape of scores everywhere. */
export interface Score {
  /** NaN where it cannot be said. */
  readonly value: number;
  /** Items it rests on. */
  readonly n: number;
  readonly low: number;
  readonly high: number;
}

/** Computes the figure of a sample, as it stands in a score. @param values - [n], n ≥ 1. */
export function aggregate(values: readonly number[], aggregation: Aggregation): number {
  if (aggregation === "perplexity") return Math.exp(-mean(values));
  if (aggregation === "mean") return mean(values);
  if (aggregation === "median") return upperMedian(values);
  if (aggregation === "nanmean") return mean(values.filter((value) => !Number.isNaN(value)));
  return mean(values.map((value) => (Number.isNaN(value) ? 0 : value)));
}

/**
 * Returns the score of the items' values: with Wilson's interval for proportions, a bootstrap interval for the rest.
 *
 * @param values - [n], n ≥ 1; NaN for failed items, see `Aggregation`.
 */
export function scoreOf(values: readonly number[], aggregation: Aggregation): Score {
  const n = values.length;
  const value = aggregate(values, aggregation);
  if (aggregation === "proportion") return { value, n, ...wilsonInterval(Math.round(value * n), n) };
  if (Number.isNaN(value)) return { value, n, low: Number.NaN, high: Number.NaN };
  const known = aggregation === "nanmean" ? values.filter((each) => !Number.isNaN(each)) : values;
  return { value, n, ...bootstrapInterval(known, (sample) => aggregate(sample, aggregation)) };
}

/** Resamples of a pooled score, as many as `bootstrapInterval` draws. */
const RESAMPLES = 2000;

/**
 * Returns the score that is made of sums over the items, with a BCa bootstrap interval over the items.
 *
 * @param parts - [n] of the items' parts, n ≥ 1.
 * @complexity O(2000 · n · length of the parts).
 */
export function pooledScore(parts: readonly (readonly number[])[], pool: (sums: readonly number[]) => number): Score {
  const n = parts.length;
  const width = Math.max(...parts.map((part) => part.length));
  const sumOf = (indices: Iterable<number>): Float64Array => {
    const sums = new Float64Array(width);
    for (const index of indices) for (const [k, part] of parts[index]!.entries()) sums[k]! += part;
    return sums;
  };
  const poolOf = (sums: Float64Array): number => pool([...sums]);
  const total = sumOf(parts.keys());
  const value = poolOf(total);
  if (Number.isNaN(value)) return { value, n, low: Number.NaN, high: Number.NaN };
  const random = createRandom({ seed: 0, counter: 0 });
  const replicates = Array.from({ length: RESAMPLES }, () => poolOf(sumOf(parts.map(() => random.nextBelow(n)))));
  const leftOut = parts.map((part) => poolOf(total.map((sum, k) => sum - (part[k] ?? 0))));
  const finite = replicates.filter((replicate) => !Number.isNaN(replicate));
  if (n === 1 || finite.length === 0) return { value, n, low: value, high: value };
  return {
    value,
    n,
    ...bcaInterval(
      value,
      finite,
      leftOut.map((each) => (Number.isNaN(each) ? value : each)),
    ),
  };
}

/** Returns the arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function upperMedian(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
