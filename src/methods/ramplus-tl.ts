/**
 * Adds to the base what one model alone changes, reinforced, and the mean of what several change.
 *
 *     rho_m    = (entries that m changes with others) / (entries that m changes alone)
 *     lambda_m = 1 + r * clamp(rho_m, 0, alpha)                 factor on what m changes alone
 *
 * A change counts where it is larger than `epsilon`; the counts are those of one tensor. The result is float32.
 *
 * @source https://arxiv.org/abs/2601.13572
 */

import { BLOCK_ELEMENTS } from "../kernels/kernels.ts";
import { ANY_NUMBER, defineMethod, number } from "./method.ts";
import { vectorsFrom } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

export const ramplusTl = defineMethod({
  name: "ramplus_tl",
  title: "Reinforced Agent Merging Plus (Tensor-Local)",
  source: "https://arxiv.org/abs/2601.13572",
  base: "required",
  arity: [1, Number.POSITIVE_INFINITY],
  lone: "merge",
  result: "F32",
  params: {
    r: number("merge", 0.1, ANY_NUMBER, "How much a model's own changes grow with what it shares."),
    alpha: number("merge", 0.2, ANY_NUMBER, "Largest ratio of shared to own changes that counts."),
    epsilon: number("merge", 1e-5, [0, Number.MAX_VALUE], "Changes up to this size do not count."),
  },
  draws: () => 0,

  begin(facts, settings, { kernels }) {
    const { dtype, n, modelCount } = facts;
    const epsilon = roundingOf(dtype)(settings.epsilon);
    const read = vectorsFrom(facts, kernels, Math.min(n, BLOCK_ELEMENTS));
    const counts = kernels.counters(2 * modelCount);
    let factors: number[] | undefined;
    return {
      passes: [(block) => kernels.countActive(epsilon, read(block), counts)],
      apply: (block) => {
        factors ??= Array.from({ length: modelCount }, (_, m) => {
          const ratio = counts[2 * m + 1]! / Math.max(counts[2 * m]!, settings.epsilon);
          return Math.fround(1 + settings.r * Math.min(Math.max(ratio, 0), settings.alpha));
        });
        kernels.reinforce({ dtype, epsilon, factors, result: "F32" }, block.base!, read(block), block.out);
      },
    };
  },
});
