/** What can be said of a pair before any merge was made: rules from published experience, each with its reason. */

import type { Features } from "../features/pair-features.ts";

/** How promising a pair is without any data of one's own. */
export interface Advice {
  /** Higher is more promising; comparable within one pool alone. */
  readonly promise: number;
  /** The kind of operator that suits the pair. */
  readonly suggestion: "none" | "average" | "task vectors" | "sparse task vectors";
  /** Sentences, the most important first. */
  readonly reasons: readonly string[];
}

/** Rules start to hold from here; docs/support.md states them. */
const NEAR_DUPLICATE = 0.95;
const AKIN = 0.5;
const UNEQUAL = Math.log(3);
const DISAGREE = 0.5;

/**
 * Advises on a pair by kinship, the ratio of the changes' norms and the agreement of their signs.
 *
 * - A model that holds infinities or NaN gives merges that do.
 * - Near-duplicates gain nothing. Low kinship goes with large gains (and large losses), high kinship with none:
 *   "Exploring Model Kinship", https://arxiv.org/abs/2410.12613.
 * - Where one change is several times larger, plain averages drown the smaller one: scale task vectors instead.
 * - Where signs agree no more often than by chance, changes interfere: trim and vote (TIES,
 *   https://arxiv.org/abs/2306.01708).
 */
export function adviseOnPair(features: Features): Advice {
  const kinship = features["change_cosine"] ?? Number.NaN;
  const ratio = features["change_ratio"] ?? Number.NaN;
  const agreement = features["sign_agreement"] ?? Number.NaN;
  const broken = features["broken_tensors"] ?? 0;
  if (broken > 0) {
    const reason = `infinities or NaN in ${broken} tensors of the two models, which a merge would have as well`;
    return { promise: 0, suggestion: "none", reasons: [reason] };
  }
  if (Number.isNaN(kinship)) {
    return { promise: 0, suggestion: "none", reasons: ["one of the models is the base, or they share no tensors"] };
  }
  if (kinship >= NEAR_DUPLICATE) {
    return {
      promise: 0,
      suggestion: "none",
      reasons: [`near-duplicates (kinship ${kinship.toFixed(2)}): nothing to gain`],
    };
  }
  const isUnequal = Math.abs(ratio) > UNEQUAL;
  const interferes = agreement <= DISAGREE + 0.02;
  const reasons = [
    kinship < AKIN
      ? `kinship ${kinship.toFixed(2)}: the models learned different things, so there is much to gain`
      : `kinship ${kinship.toFixed(2)}: the models learned much the same, so little is to gain and little to lose`,
    ...(isUnequal
      ? [
          `one model changed ${Math.exp(Math.abs(ratio)).toFixed(1)} times as much as the other, which an average would drown`,
        ]
      : []),
    ...(interferes
      ? [`signs agree in ${(agreement * 100).toFixed(0)} % of the weights, as by chance: trim and vote`]
      : []),
  ];
  const suggestion = interferes ? "sparse task vectors" : isUnequal ? "task vectors" : "average";
  const promise = (1 - Math.abs(kinship)) * (isUnequal ? 0.8 : 1);
  return { promise, suggestion, reasons };
}
