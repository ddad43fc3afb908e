import { defineChangesMethod } from "./changes-method.ts";
import { largest } from "./sparsify/magnitude-sparsifier.ts";

/**
 * Trims each model's small changes, lets the models vote on a sign for every entry, averages those who agree.
 *
 * The paper has no weights and leaves the sign of 0 open; here, as in mergekit, it is a plus.
 *
 * @source Yadav et al. 2023, "TIES-Merging", https://arxiv.org/abs/2306.01708
 */
export const ties = defineChangesMethod({
  name: "ties",
  title: "TIES",
  source: "https://arxiv.org/abs/2306.01708",
  sparsifier: largest,
  elect: true,
  normalize: true,
  rescale: false,
});
