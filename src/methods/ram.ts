/**
 * Adds to the base what one model alone changes in full, and the mean of what several change.
 *
 * A change counts where it is larger than `epsilon`. Every step is rounded to the tensor's type.
 *
 * @source https://arxiv.org/abs/2601.13572
 */

import { BLOCK_ELEMENTS } from "../kernels/kernels.ts";
import { defineMethod, number } from "./method.ts";
import { vectorsFrom } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

export const ram = defineMethod({
  name: "ram",
  title: "Reinforced Agent Merging",
  source: "https://arxiv.org/abs/2601.13572",
  base: "required",
  arity: [1, Number.POSITIVE_INFINITY],
  lone: "merge",
  params: {
    epsilon: number("merge", 1e-5, [0, Number.MAX_VALUE], "Changes up to this size do not count."),
  },
  draws: () => 0,

  begin(facts, { epsilon }, { kernels }) {
    const { dtype, n, modelCount } = facts;
    const read = vectorsFrom(facts, kernels, Math.min(n, BLOCK_ELEMENTS));
    const factors = Array<number>(modelCount).fill(1);
    const how = { dtype, epsilon: roundingOf(dtype)(epsilon), factors, result: dtype };
    return {
      passes: [],
      apply: (block) => kernels.reinforce(how, block.base!, read(block), block.out),
    };
  },
});
