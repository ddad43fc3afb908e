import { defineChangesMethod } from "./changes-method.ts";
import { byRank } from "./sparsify/rank-sparsifier.ts";

/**
 * Drops changes at random, small ones more often, scales what is left, and adds it to the base.
 *
 * @source Deep et al. 2024, "DELLA-Merging", https://arxiv.org/abs/2406.11617
 */
export const dellaLinear = defineChangesMethod({
  name: "della_linear",
  title: "Linear DELLA",
  source: "https://arxiv.org/abs/2406.11617",
  sparsifier: byRank,
  elect: false,
  normalize: false,
  rescale: true,
});
