import { defineChangesMethod } from "./changes-method.ts";
import { byRank } from "./sparsify/rank-sparsifier.ts";

/**
 * Drops changes at random, small ones more often, scales what is left, and averages what has the elected sign.
 *
 * @source Deep et al. 2024, "DELLA-Merging", https://arxiv.org/abs/2406.11617
 */
export const della = defineChangesMethod({
  name: "della",
  title: "DELLA",
  source: "https://arxiv.org/abs/2406.11617",
  sparsifier: byRank,
  elect: true,
  normalize: true,
  rescale: true,
});
