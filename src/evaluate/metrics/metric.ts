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
}

/** A continuation whose probability was asked for. */
export interface ScoredTarget {
  readonly logprob: number;
  readonly greedy: boolean;
}

/**
 * The value of a metric for one item, by the task's output type. NaN means that the model gave nothing that can be
 * measured.
 */
export interface Measures {
  readonly generate_until?: (answer: WrittenAnswer) => number;
  readonly multiple_choice?: (answer: WeighedChoices) => number;
  readonly loglikelihood?: (answer: ScoredTarget) => number;
}

/**
 * How values of items become a score. A `proportion` is a mean of zeros and ones, in which NaN counts as zero; a
 * `perplexity` is exp(−mean) of log-probabilities, and NaN if any of them is.
 */
export type Aggregation = "proportion" | "perplexity";

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
  readonly aggregation: Aggregation;
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
