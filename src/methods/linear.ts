/**
 * Weighted average of the models.
 *
 *     out = (sum over m of weight_m * x_m) / (sum over m of weight_m)
 *
 * Products are added in the order of the models, each sum rounded to float32 once (a fused multiply-add), and the result
 * is rounded to the tensor's type once. Weights that add up to 0 give infinities and NaN, as in mergekit.
 *
 * @source Wortsman et al. 2022, "Model soups", https://arxiv.org/abs/2203.05482
 */

import { ANY_NUMBER, defineMethod, flag, requiredNumber } from "./method.ts";

export const linear = defineMethod({
  name: "linear",
  title: "Linear",
  source: "https://arxiv.org/abs/2203.05482",
  base: "ordinary",
  arity: [1, Number.POSITIVE_INFINITY],
  lone: "merge",
  params: {
    weight: requiredNumber("model", ANY_NUMBER, "Share of the model in the sum."),
    normalize: flag("merge", true, "Divide by the sum of the weights."),
  },
  draws: () => 0,

  begin({ dtype }, { weight, normalize }, { kernels }) {
    const divisor = normalize ? weight.reduce((sum, w) => Math.fround(sum + Math.fround(w)), 0) : 1;
    return {
      passes: [],
      apply: ({ models, out }) => kernels.weightedMean(dtype, { inputs: models, weights: weight, divisor }, out),
      ...(dtype === "BF16" && {
        applyStored: ({ models }, out) => kernels.storedMean({ inputs: models, weights: weight, divisor }, out),
      }),
    };
  },
});
