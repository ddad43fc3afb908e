import type { z } from "zod";
import type { Place } from "../place.ts";

/** A text that was asked for. */
export interface WrittenAnswer {
  /** After the filters. */
  readonly response: string;
  /** Any of them is right; at least one. */
  readonly references: readonly string[];
}

/** Continuations that were weighed against each other. All lists have the length of `choices`. */
export interface WeighedChoices {
  readonly choices: readonly string[];
  /** Natural logarithms; NaN where the model gave none. */
  readonly logprobs: readonly number[];
  /** Whether greedy decoding would have written the choice. */
  readonly greedy: readonly boolean[];
  /** Indices of the right choices; at least one. */
  readonly right: readonly number[];
  /** Log-probabilities of the choices after nothing at all; only there for metrics that say `needsUnconditional`. */
  readonly unconditional?: readonly number[];
}

/** A continuation whose probability was asked for. */
export interface ScoredTarget {
  readonly logprob: number;
  readonly greedy: boolean;
}

/** A whole text whose probability was asked for. */
export interface ScoredText {
  readonly logprob: number;
  readonly text: string;
}

/** What a pooled metric says of an item: a figure of its own, and what it adds to the sums that make the score. */
export interface Tally {
  readonly value: number;
  /** Added up over the items, entry by entry; shorter lists count as padded with zeros. */
  readonly parts: readonly number[];
}

/**
 * The value of a metric for one item, by the task's output type. NaN means that the model gave nothing that can be
 * measured.
 */
export interface Measures {
  readonly generate_until?: (answer: WrittenAnswer) => number | Tally;
  readonly multiple_choice?: (answer: WeighedChoices) => number | Tally;
  readonly loglikelihood?: (answer: ScoredTarget) => number | Tally;
  readonly loglikelihood_rolling?: (answer: ScoredText) => number | Tally;
}

/**
 * How values of items become a score. A `proportion` is a mean of zeros and ones, in which NaN counts as zero; a `mean`
 * is NaN if any value is, a `nanmean` leaves those out; a `median` is the upper of two middle values; a `perplexity` is
 * exp(−mean) of log-probabilities, and NaN if any of them is.
 */
export type Aggregation = "proportion" | "mean" | "nanmean" | "median" | "perplexity";

/** A metric, as a plugin. `O` is its settings. */
export interface Metric<O = unknown> {
  /** The name in task files, as in lm-evaluation-harness. */
  readonly name: string;
  /** What it measures, in one sentence. */
  readonly title: string;
  /** Where it is defined. */
  readonly source: string;
  /** Settings in `metric_list` beside those that all metrics have; a strict object. */
  readonly settings: z.ZodType<O>;
  /** Of the items' values. Where there is `pool`, the score is not this, but comparisons of items are. */
  readonly aggregation: Aggregation;
  /** The score, from the sums of all items' parts; for metrics that are more than a mean over items. */
  readonly pool?: (sums: readonly number[]) => number;
  /** What lm-evaluation-harness calls the aggregation. @default "mean" */
  readonly aggregationName?: string;
  /** Whether choices are to be scored after nothing at all too. @default false */
  readonly needsUnconditional?: boolean;
  readonly higherIsBetter: boolean;
  /** @throws evaluate errors for settings that do not work. */
  begin(settings: O, at: Place): Measures;
}

/** A metric with its settings forgotten: what the registry holds. */
export interface AnyMetric extends Omit<Metric, "begin"> {
  begin(settings: unknown, at: Place): Measures;
}

/** Identity at run time; at compile time it ties `begin` to the declared settings. */
export function defineMetric<O>(metric: Metric<O>): AnyMetric {
  return metric as AnyMetric;
}

/** lm-evaluation-harness, which defines most metrics by its code. */
export const HARNESS = "https://github.com/EleutherAI/lm-evaluation-harness";
