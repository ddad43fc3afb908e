import { type Features, swapFeatures } from "../features/pair-features.ts";

/** A merge that was made and scored, with what was known before. */
export interface Example {
  /** The ordered pair. */
  readonly pair: readonly [string, string];
  readonly task: string;
  readonly operator: string;
  /** Of the pair, from weights and probes. */
  readonly features: Features;
  /** Scores of the two models on the task; higher is better. */
  readonly parents: readonly [number, number];
  readonly score: number;
}

/** What is known of a merge before it is made. */
export type Question = Omit<Example, "score" | "operator">;

/**
 * Everything that a selector sees of a question: similarities, the parents' scores, and which task it is.
 *
 * Figures are turned so that the better parent is a: most operators do not care which comes first, and with few examples a
 * selector would learn an order from chance.
 */
export function inputFeatures({ features, parents: [a, b], task }: Question): Features {
  const turned = b > a ? swapFeatures(features) : features;
  return { ...turned, parent_best: Math.max(a, b), parent_gap: Math.abs(a - b), [`task:${task}`]: 1 };
}

/**
 * How much of the way from the auxiliary model to the expert a merge keeps: 1 as good as the better parent, 0 as the other;
 * NaN where the parents are equally good.
 *
 *     (merged − auxiliary) / (expert − auxiliary)
 */
export function gapClosed([a, b]: readonly [number, number], score: number): number {
  const [expert, auxiliary] = [Math.max(a, b), Math.min(a, b)];
  return expert - auxiliary < 0.02 ? Number.NaN : (score - auxiliary) / (expert - auxiliary);
}

/** The name of an unordered pair. */
export function pairKey([a, b]: readonly [string, string]): string {
  return [a, b].toSorted().join(" | ");
}
