import { z } from "zod";
import { selectErrors } from "../errors.ts";
import { boostedTrees } from "./boosted-trees.ts";
import { type Example, inputFeatures, type Question } from "./example.ts";
import { mlp } from "./mlp.ts";
import type { Regressor } from "./regressor.ts";
import { ridge } from "./ridge.ts";
import { fitScaling, type Scaling, toVector } from "./standardise.ts";

/** The learners there are; the one that does best on pairs it has not seen is taken. */
export const LEARNERS: Readonly<Record<string, Regressor<unknown>>> = Object.fromEntries(
  [
    ridge(0.03),
    ridge(0.3),
    ridge(3),
    boostedTrees({ trees: 60, depth: 2, rate: 0.1, leaf: 3 }),
    mlp({ hidden: [16], epochs: 300, rate: 0.01, decay: 0.05, seed: 1 }),
  ].map((learner) => [learner.name, learner as Regressor<unknown>]),
);

/** One learned head for each operator: plain data. */
export interface Selector {
  readonly version: 1;
  readonly learner: string;
  readonly scaling: Scaling;
  /** By operator: state of the learner, which predicts the gain over the parents' mean. */
  readonly heads: Readonly<Record<string, unknown>>;
  /** By operator: half width of the interval that holds 90 % of the scores of pairs that were not learned from. */
  readonly spread: Readonly<Record<string, number>>;
  readonly examples: number;
}

/** What is expected of a merge. */
export interface Prediction {
  readonly operator: string;
  readonly score: number;
  /** 90 % interval, calibrated on pairs that were left out. */
  readonly low: number;
  readonly high: number;
}

/** Fits one head for each operator among the examples. @param spread - as `Selector.spread` has it. */
export function fitSelector(learner: string, examples: readonly Example[], spread: Selector["spread"] = {}): Selector {
  const teacher = LEARNERS[learner]!;
  const scaling = fitScaling(examples.map(inputFeatures));
  const operators = [...new Set(examples.map(({ operator }) => operator))].toSorted();
  const heads = operators.map((operator) => {
    const own = examples.filter((example) => example.operator === operator);
    const inputs = own.map((example) => toVector(scaling, inputFeatures(example)));
    return [
      operator,
      teacher.fit(
        inputs,
        own.map((example) => example.score - parentMean(example)),
      ),
    ] as const;
  });
  return { version: 1, learner, scaling, heads: Object.fromEntries(heads), spread, examples: examples.length };
}

function parentMean({ parents: [a, b] }: Question): number {
  return (a + b) / 2;
}

/** Predicts the score of each operator, the best first. */
export function predictScores(selector: Selector, question: Question): readonly Prediction[] {
  const input = toVector(selector.scaling, inputFeatures(question));
  return Object.keys(selector.heads)
    .map((operator) => {
      const score = parentMean(question) + predictGain(selector, operator, input);
      const half = selector.spread[operator] ?? Number.NaN;
      return { operator, score, low: score - half, high: score + half };
    })
    .toSorted((a, b) => b.score - a.score);
}

function predictGain({ learner, heads }: Selector, operator: string, input: readonly number[]): number {
  return LEARNERS[learner]!.predict(heads[operator], input);
}

/** A figure that spoke for or against. */
export interface Reason {
  readonly feature: string;
  /** NaN where it is missing. */
  readonly value: number;
  /** How much the predicted score would fall if the figure were as in the average pair. */
  readonly effect: number;
}

/** Says which figures moved a prediction most, by putting each back to its average. */
export function explainPrediction(
  selector: Selector,
  question: Question,
  operator: string,
  count = 3,
): readonly Reason[] {
  const features = inputFeatures(question);
  const input = toVector(selector.scaling, features);
  const whole = predictGain(selector, operator, input);
  return selector.scaling.names
    .map((feature, k) => {
      const without = input.map((value, i) => (i === k ? 0 : value));
      return {
        feature,
        value: features[feature] ?? Number.NaN,
        effect: whole - predictGain(selector, operator, without),
      };
    })
    .toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, count)
    .filter(({ effect }) => effect !== 0);
}

const SCHEMA = z.object({
  version: z.literal(1),
  learner: z.string().refine((name) => Object.hasOwn(LEARNERS, name), "its learner is not known"),
  scaling: z.object({ names: z.array(z.string()), means: z.array(z.number()), deviations: z.array(z.number()) }),
  heads: z.record(z.string(), z.unknown()),
  spread: z.record(z.string(), z.number()),
  examples: z.number(),
});

/** Reads a stored selector. @throws select/unreadable_selector */
export function parseSelector(text: string, file: string): Selector {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw selectErrors.unreadable_selector({ file, reason: "no JSON" }, error);
  }
  const read = SCHEMA.safeParse(value);
  if (read.success) return read.data;
  throw selectErrors.unreadable_selector({ file, reason: read.error.issues[0]!.message });
}
