/**
 * Keeps each entry with the probability `density`, as drawn from the merge's random stream.
 *
 * With a norm, what is left is scaled back to the norm of the whole. The paper divides by the density instead.
 *
 * @source Yu et al. 2023, "Language Models are Super Mario", https://arxiv.org/abs/2311.03099
 */

import { roundToGrid } from "../../kernels/grid.ts";
import { dropAtRandom, workingDtype } from "./drop-at-random.ts";
import type { Sparsifier } from "./sparsifier.ts";

export const random: Sparsifier = {
  densities: [0, Number.MAX_VALUE],
  params: {},
  draws: () => true,
  begin(settings, tools) {
    const keep = roundToGrid(workingDtype(tools.dtype), settings.density);
    return dropAtRandom(settings, tools, (changes, words) => words.dropOut(changes, keep));
  },
};
