import { bootstrapInterval } from "./bootstrap.ts";
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

/** Computes the figure of a sample, as it stands in a score. */
export function aggregate(values: readonly number[], aggregation: Aggregation): number {
  if (aggregation === "perplexity") return Math.exp(-mean(values));
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
  return { value, n, ...bootstrapInterval(values, (sample) => aggregate(sample, aggregation)) };
}

/** Returns the arithmetic mean. @param values - [n], n ≥ 1. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
