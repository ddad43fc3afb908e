/** SimMerge's question on the zoo: does a selector that never saw a pair choose its operator better than a fixed rule? */

import { createRandom, type Random } from "../../src/base/philox.ts";
import { bootstrapInterval } from "../../src/evaluate/bootstrap.ts";
import { meanOf } from "../../src/select/features/statistics.ts";
import { type Example, gapClosed, pairKey } from "../../src/select/learn/example.ts";
import { fitSelector, predictScores } from "../../src/select/learn/selector.ts";
import { chooseLearner } from "./choose-learner.ts";
import { tableExamples } from "./pair-table.ts";
import type { ZooBench } from "./zoo-bench.ts";
import { openZooFeatures } from "./zoo-features.ts";
import { PAIR_OPERATORS } from "./zoo-operators.ts";

const SEEDS = 10;
/** Of the pairs: what each seed learns nothing from. */
const LEFT_OUT = 0.3;
/** Or of the models, with all their pairs. */
const LEFT_OUT_MODELS = 3;

/** The operators that are chosen among: SimMerge's, as the specification has them, and with the sum of the changes. */
const SETS: readonly (readonly string[])[] = [PAIR_OPERATORS.slice(0, 3), PAIR_OPERATORS];

/** One pair and task that was left out, with what each policy scores on it. */
interface Choice {
  readonly seed: number;
  readonly pair: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly gaps: Readonly<Record<string, number>>;
}

/** How a policy did over all seeds. */
interface PolicyRow {
  readonly policy: string;
  readonly score: number;
  readonly regret: number;
  readonly hits: number;
  readonly gap_closed: number;
  /** Selector minus this one: mean and 95 % interval, pairs drawn anew. */
  readonly selector_ahead?: { readonly mean: number; readonly low: number; readonly high: number };
  /** Seeds in which the selector's mean score was higher. */
  readonly seeds_ahead?: number;
}

type LeaveOut = (pairs: readonly (readonly [string, string])[], random: Random) => ReadonlySet<string>;

/** Compares the policies on pairs that were left out, of models that are known from other pairs. */
export function studySelector(bench: ZooBench, note: (line: string) => void): Promise<unknown> {
  return study(bench, note, leavePairs);
}

/** Compares the policies on all pairs of models that were left out, with each other and with the models that were seen. */
export function studyNewModels(bench: ZooBench, note: (line: string) => void): Promise<unknown> {
  return study(bench, note, leaveModels);
}

/** One selector serves both sets of operators, since each operator has its own head. */
async function study(bench: ZooBench, note: (line: string) => void, leaveOut: LeaveOut): Promise<unknown> {
  await using features = await openZooFeatures(bench.path);
  const all = await tableExamples(bench, features.featuresOf);
  const learners: string[] = [];
  const choices = SETS.map((): Choice[] => []);
  for (let seed = 0; seed < SEEDS; seed++) {
    const { learner, tested } = runSeed(all, seed, leaveOut);
    learners.push(learner);
    for (const [i, own] of tested.entries()) choices[i]!.push(...own);
    note(`seed ${seed}: ${learner}, ${SETS.map((set, i) => shareClosed(tested[i]!, set).toFixed(3)).join(", ")}`);
  }
  return SETS.map((set, i) => summarise(choices[i]!, set, learners));
}

function runSeed(
  examples: readonly Example[],
  seed: number,
  leaveOut: LeaveOut,
): { readonly learner: string; readonly tested: readonly (readonly Choice[])[] } {
  const random = createRandom({ seed: 1000 + seed, counter: 0 });
  const pairs = new Map(examples.map(({ pair }) => [pairKey(pair), pair]));
  const left = leaveOut([...pairs.values()], random);
  const seen = examples.filter(({ pair }) => !left.has(pairKey(pair)));
  const learner = chooseLearner(seen);
  const selector = fitSelector(learner, seen);
  const byTask = meansByTask(seen);
  const questions = Map.groupBy(
    examples.filter(({ pair }) => left.has(pairKey(pair))),
    ({ pair, task }) => `${pairKey(pair)} ${task}`,
  );
  const tested = SETS.map((operators) =>
    [...questions.values()].map((options) => {
      const own = options.filter(({ operator }) => operators.includes(operator));
      const predicted = predictScores(selector, own[0]!).filter(({ operator }) => operators.includes(operator));
      return toChoice(seed, own, { selector: predicted[0]!.operator, "best of the task": bestOf(byTask, own) });
    }),
  );
  return { learner, tested };
}

function leavePairs(pairs: readonly (readonly [string, string])[], random: Random): ReadonlySet<string> {
  const drawn = inRandomOrder(pairs.map(pairKey), random);
  return new Set(drawn.slice(0, Math.round(LEFT_OUT * drawn.length)));
}

function leaveModels(pairs: readonly (readonly [string, string])[], random: Random): ReadonlySet<string> {
  const drawn = inRandomOrder([...new Set(pairs.flat())].toSorted(), random).slice(0, LEFT_OUT_MODELS);
  return new Set(pairs.filter((pair) => pair.some((name) => drawn.includes(name))).map(pairKey));
}

function inRandomOrder(names: readonly string[], random: Random): readonly string[] {
  return names
    .map((name) => ({ name, at: random.nextUniform() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name);
}

function toChoice(seed: number, options: readonly Example[], chosen: Readonly<Record<string, string>>): Choice {
  const { parents, pair } = options[0]!;
  const all = Object.fromEntries(options.map(({ operator, score }) => [operator, score]));
  const scores = {
    ...all,
    ...Object.fromEntries(Object.entries(chosen).map(([policy, operator]) => [policy, all[operator]!])),
    random: meanOf(Object.values(all)),
    oracle: Math.max(...Object.values(all)),
  };
  const gaps = Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, gapClosed(parents, score)]));
  return { seed, pair: pairKey(pair), scores, gaps };
}

/** By task and operator: the mean score among the pairs that were seen. */
function meansByTask(examples: readonly Example[]): ReadonlyMap<string, number> {
  const groups = Map.groupBy(examples, ({ task, operator }) => `${task} ${operator}`);
  return new Map([...groups].map(([key, own]) => [key, meanOf(own.map(({ score }) => score))]));
}

/** A fixed rule that knows the task: the operator that did best on it among the pairs that were seen. */
function bestOf(means: ReadonlyMap<string, number>, options: readonly Example[]): string {
  const worth = ({ task, operator }: Example): number => means.get(`${task} ${operator}`)!;
  return options.reduce((best, next) => (worth(next) > worth(best) ? next : best)).operator;
}

function meanScore(choices: readonly Choice[], policy: string): number {
  return meanOf(choices.map(({ scores }) => scores[policy]!));
}

/** (selector − best fixed) / (oracle − best fixed), where the best fixed operator is known only afterwards. */
function shareClosed(choices: readonly Choice[], operators: readonly string[]): number {
  const fixed = Math.max(...operators.map((operator) => meanScore(choices, operator)));
  return (meanScore(choices, "selector") - fixed) / (meanScore(choices, "oracle") - fixed);
}

function summarise(choices: readonly Choice[], operators: readonly string[], learners: readonly string[]): unknown {
  const shares = [...Map.groupBy(choices, ({ seed }) => seed).values()].map((own) => shareClosed(own, operators));
  const pairs = new Set(choices.map(({ pair }) => pair));
  return {
    operators,
    pairs: pairs.size,
    choices: choices.length,
    learners,
    share_closed: meanOf(shares),
    share_closed_by_seed: shares,
    share_closed_interval: shareInterval(choices, operators),
    policies: ["selector", "best of the task", ...operators, "random", "oracle"].map((policy) =>
      policyRow(choices, policy),
    ),
  };
}

function policyRow(choices: readonly Choice[], policy: string): PolicyRow {
  const { oracle } = { oracle: meanScore(choices, "oracle") };
  const score = meanScore(choices, policy);
  const row = {
    policy,
    score,
    regret: oracle - score,
    hits: meanOf(choices.map(({ scores }) => (scores[policy]! >= scores["oracle"]! ? 1 : 0))),
    gap_closed: meanOf(choices.map(({ gaps }) => gaps[policy]!).filter((gap) => !Number.isNaN(gap))),
  };
  if (policy === "selector" || policy === "oracle") return row;
  const ahead = ({ scores }: Choice): number => scores["selector"]! - scores[policy]!;
  const byPair = [...Map.groupBy(choices, ({ pair }) => pair).values()].map((own) => meanOf(own.map(ahead)));
  const bySeed = [...Map.groupBy(choices, ({ seed }) => seed).values()].map((own) => meanOf(own.map(ahead)));
  return {
    ...row,
    selector_ahead: { mean: meanOf(byPair), ...bootstrapInterval(byPair, meanOf, { resamples: 10_000 }) },
    seeds_ahead: bySeed.filter((difference) => difference > 0).length,
  };
}

/** 95 % of the share when pairs are drawn anew, all questions of a pair together. */
function shareInterval(choices: readonly Choice[], operators: readonly string[]): readonly [number, number] {
  const pairs = [...Map.groupBy(choices, ({ pair }) => pair).values()].map((own) =>
    Object.fromEntries(
      ["selector", "oracle", ...operators].map((policy) => [
        policy,
        own.reduce((sum, { scores }) => sum + scores[policy]!, 0),
      ]),
    ),
  );
  const random = createRandom({ seed: 5, counter: 0 });
  const shares = Array.from({ length: 4000 }, () => {
    const drawn = pairs.map(() => pairs[random.nextBelow(pairs.length)]!);
    const total = (policy: string): number => drawn.reduce((sum, own) => sum + own[policy]!, 0);
    const fixed = Math.max(...operators.map(total));
    return (total("selector") - fixed) / (total("oracle") - fixed);
  }).toSorted((a, b) => a - b);
  return [shares[100]!, shares[3899]!];
}
