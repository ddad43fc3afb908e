import { createRandom } from "../../base/philox.ts";
import { selectErrors } from "../errors.ts";
import { meanOf, quantile } from "../features/statistics.ts";
import { type Example, gapClosed, pairKey } from "./example.ts";
import { fitSelector, LEARNERS, predictScores, type Selector } from "./selector.ts";

/** How a way of choosing operators does on pairs that were not learned from. */
export interface Policy {
  /** `selector`, `random`, `oracle`, or an operator. */
  readonly name: string;
  /** Mean score of what it chooses. */
  readonly score: number;
  /** Mean of the oracle's score minus its own, ≥ 0. */
  readonly regret: number;
  /** Mean share of the gap between the parents that is closed; NaN where no pair has a gap. */
  readonly gapClosed: number;
  /** Share of the questions in which it chooses the best operator (or one that is as good). */
  readonly hits: number;
}

/** What validation found. */
export interface Validation {
  readonly learner: string;
  /** Mean squared error of each learner on left-out pairs. */
  readonly errors: Readonly<Record<string, number>>;
  readonly policies: readonly Policy[];
  /** (selector − best fixed operator) / (oracle − best fixed operator); NaN where a fixed operator is always best. */
  readonly closed: number;
  readonly pairs: number;
  readonly folds: number;
}

/** A learned selector and how well it may be trusted. */
export interface FittedSelector {
  readonly selector: Selector;
  readonly validation: Validation;
}

/** Fewer pairs than this cannot be learned from and left out at once. */
const LEAST_PAIRS = 4;
const COVERAGE = 0.9;
const MOST_FOLDS = 10;

/**
 * Learns a selector: each learner is fitted while a tenth of the pairs is left out, in turn; the one with the least error on
 * them is fitted again on everything. Its interval is the quantile of the errors on left-out pairs.
 *
 * @param seed - of the order in which pairs are left out.
 * @throws select/too_few_merges
 */
export function learnSelector(examples: readonly Example[], seed: number): FittedSelector {
  const folds = foldPairs(examples, seed);
  const held = Object.keys(LEARNERS).map((learner) => ({
    learner,
    predicted: predictLeftOut(learner, examples, folds),
  }));
  const errors = held.map(({ learner, predicted }) => {
    const squares = examples.map((example, i) => (predicted[i]! - example.score) ** 2);
    return [learner, meanOf(squares)] as const;
  });
  const best = errors.reduce((least, next) => (next[1] < least[1] ? next : least))[0];
  const predicted = held.find(({ learner }) => learner === best)!.predicted;
  const selector = fitSelector(best, examples, spreads(examples, predicted));
  const policies = comparePolicies(examples, predicted);
  return {
    selector,
    validation: {
      learner: best,
      errors: Object.fromEntries(errors),
      policies,
      closed: shareClosed(policies),
      pairs: new Set(examples.map(({ pair }) => pairKey(pair))).size,
      folds: folds.length,
    },
  };
}

/** Names of the pairs that are left out together. */
function foldPairs(examples: readonly Example[], seed: number): readonly ReadonlySet<string>[] {
  const pairs = [...new Set(examples.map(({ pair }) => pairKey(pair)))].toSorted();
  if (pairs.length < LEAST_PAIRS) throw selectErrors.too_few_merges({ pairs: pairs.length, needed: LEAST_PAIRS });
  const random = createRandom({ seed, counter: 0 });
  for (let i = pairs.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [pairs[i], pairs[j]] = [pairs[j]!, pairs[i]!];
  }
  const count = Math.min(MOST_FOLDS, pairs.length);
  return Array.from({ length: count }, (_, fold) => new Set(pairs.filter((_, i) => i % count === fold)));
}

/** [n] the score that each example's own operator is predicted to have, by a selector that never saw the pair. */
function predictLeftOut(
  learner: string,
  examples: readonly Example[],
  folds: readonly ReadonlySet<string>[],
): number[] {
  const predicted = examples.map(() => Number.NaN);
  for (const fold of folds) {
    const selector = fitSelector(
      learner,
      examples.filter(({ pair }) => !fold.has(pairKey(pair))),
    );
    for (const [i, example] of examples.entries()) {
      if (!fold.has(pairKey(example.pair))) continue;
      const own = predictScores(selector, example).find(({ operator }) => operator === example.operator);
      predicted[i] = own?.score ?? (example.parents[0] + example.parents[1]) / 2;
    }
  }
  return predicted;
}

/** By operator; of n errors the ⌈(n + 1)·0.9⌉-th, so that the coverage holds for a new pair too. */
function spreads(examples: readonly Example[], predicted: readonly number[]): Record<string, number> {
  const operators = [...new Set(examples.map(({ operator }) => operator))];
  const errorsOf = (operator: string): number[] =>
    examples.flatMap((example, i) => (example.operator === operator ? [Math.abs(example.score - predicted[i]!)] : []));
  return Object.fromEntries(
    operators.map((operator) => {
      const errors = errorsOf(operator);
      return [operator, quantile(errors, Math.min(1, (COVERAGE * (errors.length + 1)) / errors.length))];
    }),
  );
}

/** All examples of one pair and task: what is chosen among. */
interface Choice {
  readonly options: readonly { readonly example: Example; readonly predicted: number }[];
  readonly bestScore: number;
}

/** Compares the selector with every fixed operator, with chance, and with knowing the outcome. */
function comparePolicies(examples: readonly Example[], predicted: readonly number[]): readonly Policy[] {
  const operators = [...new Set(examples.map(({ operator }) => operator))].toSorted();
  const groups = Map.groupBy(examples.keys(), (i) => `${examples[i]!.task} ${pairKey(examples[i]!.pair)}`);
  const choices: Choice[] = [...groups.values()]
    .map((indices) => indices.map((i) => ({ example: examples[i]!, predicted: predicted[i]! })))
    .filter((options) => options.length === operators.length)
    .map((options) => ({ options, bestScore: Math.max(...options.map(({ example }) => example.score)) }));
  const policy = (name: string, choose: (choice: Choice) => Example): Policy => scorePolicy(name, choices, choose);
  return [
    policy("selector", ({ options }) => options.reduce((a, b) => (b.predicted > a.predicted ? b : a)).example),
    ...operators.map((name) =>
      policy(name, ({ options }) => options.find(({ example }) => example.operator === name)!.example),
    ),
    chance(choices),
    policy("oracle", ({ options }) => options.reduce((a, b) => (b.example.score > a.example.score ? b : a)).example),
  ];
}

function scorePolicy(name: string, choices: readonly Choice[], choose: (choice: Choice) => Example): Policy {
  const chosen = choices.map(choose);
  return {
    name,
    score: meanOf(chosen.map(({ score }) => score)),
    regret: meanOf(chosen.map(({ score }, i) => choices[i]!.bestScore - score)),
    gapClosed: meanOf(
      chosen.map(({ parents, score }) => gapClosed(parents, score)).filter((gap) => !Number.isNaN(gap)),
    ),
    hits: meanOf(chosen.map(({ score }, i) => (score >= choices[i]!.bestScore ? 1 : 0))),
  };
}

/** The mean over operators, which is what a random choice can expect. */
function chance(choices: readonly Choice[]): Policy {
  const count = choices[0]?.options.length ?? 0;
  const each = Array.from({ length: count }, (_, k) =>
    scorePolicy("random", choices, ({ options }) => options[k]!.example),
  );
  const over = (of: (policy: Policy) => number): number => meanOf(each.map(of));
  return {
    name: "random",
    score: over((p) => p.score),
    regret: over((p) => p.regret),
    gapClosed: over((p) => p.gapClosed),
    hits: over((p) => p.hits),
  };
}

function shareClosed(policies: readonly Policy[]): number {
  const scoreOf = (name: string): number => policies.find((policy) => policy.name === name)!.score;
  const fixed = Math.max(
    ...policies.filter(({ name }) => !["selector", "random", "oracle"].includes(name)).map(({ score }) => score),
  );
  const gap = scoreOf("oracle") - fixed;
  return gap > 1e-12 ? (scoreOf("selector") - fixed) / gap : Number.NaN;
}
