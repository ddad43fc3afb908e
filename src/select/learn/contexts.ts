import type { Random } from "../../base/philox.ts";
import type { BanditPolicy, BanditState, Option, RatedOption } from "../bandit.ts";
import { learnReward, rateOptions } from "../bandit.ts";
import type { Features } from "../features/pair-features.ts";
import { type Example, gapClosed, inputFeatures, type Question } from "./example.ts";
import type { Reason } from "./selector.ts";
import { fitScaling, type Scaling, toVector } from "./standardise.ts";

/** The few figures that a bandit learns from: with more, every context would be new to it. */
const CONTEXT = [
  "kl_ab_mean",
  "kl_ba_mean",
  "activation_mean",
  "change_cosine",
  "change_ratio",
  "sign_agreement",
  "parent_best",
  "parent_gap",
];

/** A merge that could be made next. */
export interface Candidate extends Question {
  readonly operator: string;
}

/** A candidate and why it may be worth it. */
export interface RatedCandidate {
  readonly candidate: Candidate;
  readonly rated: RatedOption;
  /** The figures that moved the expected reward most, with what each adds to it. */
  readonly why: readonly Reason[];
}

/** Figures that are named as reasons. */
const REASONS = 3;

/** What a bandit goes by. */
export interface BanditRound {
  /** Merges that were made, in order; the bandit learns from all of them. */
  readonly examples: readonly Example[];
  readonly candidates: readonly Candidate[];
  readonly policy: BanditPolicy;
  readonly random: Random;
}

/**
 * Rates the merges that could be made next, the best first: arms are operators; partners and tasks are in the context. An
 * operator or task that is new starts with an empty arm or figure.
 *
 * The reward is the share of the parents' gap that a merge closes, cut to [0, 1]; where the parents are equally good, 0.5
 * plus ten times what the merge is better by.
 */
export function rateCandidates({ examples, candidates, policy, random }: BanditRound): readonly RatedCandidate[] {
  const few = (question: Question): Features => {
    const all = inputFeatures(question);
    return Object.fromEntries(
      Object.entries(all).filter(([name]) => CONTEXT.includes(name) || name.startsWith("task:")),
    );
  };
  const scaling = fitScaling([...examples, ...candidates].map(few));
  const optionOf = (question: Question, arm: string, id: string): Option => ({
    id,
    arm,
    context: withBias(scaling, few(question)),
  });
  const state = examples.reduce<BanditState>(
    (learned, example) =>
      learnReward(learned, optionOf(example, example.operator, ""), rewardOf(example), policy.ridge),
    { arms: {} },
  );
  const options = candidates.map((candidate, i) => optionOf(candidate, candidate.operator, String(i)));
  return rateOptions(state, policy, options, random).map((rated) => {
    const candidate = candidates[Number(rated.id)]!;
    return { candidate, rated, why: reasonsOf(scaling.names, few(candidate), rated.parts) };
  });
}

/** @param parts - the first is of the bias, which is no figure. */
function reasonsOf(names: readonly string[], features: Features, parts: readonly number[]): readonly Reason[] {
  return names
    .map((feature, k) => ({ feature, value: features[feature] ?? Number.NaN, effect: parts[k + 1]! }))
    .filter(({ effect }) => effect !== 0)
    .toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, REASONS);
}

function withBias(scaling: Scaling, features: Features): readonly number[] {
  return [1, ...toVector(scaling, features)];
}

/** What a merge was worth, in [0, 1]. */
export function rewardOf({ parents, score }: Example): number {
  const gap = gapClosed(parents, score);
  const reward = Number.isNaN(gap) ? 0.5 + 10 * (score - Math.max(...parents)) : gap;
  return Math.min(1, Math.max(0, reward));
}
