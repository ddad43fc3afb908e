/**
 * Keeps each entry with the probability `density`, as drawn from the merge's random stream.
 *
 * With a norm, what is left is scaled back to the norm of the whole. The paper divides by the density instead.
 *
 * @source Yu et al. 2023, "Language Models are Super Mario", https://arxiv.org/abs/2311.03099
 */

import { roundToGrid } from "../../kernels/grid.ts";
import { NormRatio } from "./norm-ratio.ts";
import type { ChangeBlock, Sparsifier } from "./sparsifier.ts";

export const random: Sparsifier = {
  densities: [0, Number.MAX_VALUE],
  params: {},
  draws: () => true,
  begin({ density, norm }, tools) {
    const { dtype, kernels } = tools;
    // As in mergekit, masks and norms are bfloat16 for bfloat16 and float32 for all else.
    const working = dtype === "BF16" ? "BF16" : "F32";
    const keep = roundToGrid(working, density);
    const scratch = kernels.floats(Math.min(tools.n, tools.blockElements));
    let factor = 1;
    const measure = function* (): Generator<(block: ChangeBlock) => void> {
      if (norm === undefined) return;
      const ratio = new NormRatio(norm, working, kernels);
      const words = tools.random();
      yield ({ start, change: { values, base } }) => {
        const difference = scratch.subarray(0, values.length);
        kernels.subtract(dtype, values, base, difference);
        ratio.addBefore(start, difference);
        words.dropOut(difference, keep);
        ratio.addAfter(start, difference);
      };
      factor = ratio.factor();
    };
    const words = tools.random();
    return {
      passes: measure(),
      apply: ({ change: { values, base } }, out) => {
        kernels.subtract(dtype, values, base, out);
        words.dropOut(out, keep);
        if (factor !== 1) kernels.scale(dtype, factor, out, out);
      },
    };
  },
};
