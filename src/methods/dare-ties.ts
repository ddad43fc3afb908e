import { defineChangesMethod } from "./changes-method.ts";
import { random } from "./sparsify/random-sparsifier.ts";

/**
 * Drops changes at random, scales what is left, and adds to the base what has the elected sign.
 *
 * @source Yu et al. 2023, "Language Models are Super Mario", https://arxiv.org/abs/2311.03099
 */
export const dareTies = defineChangesMethod({
  name: "dare_ties",
  title: "DARE TIES",
  source: "https://arxiv.org/abs/2311.03099",
  sparsifier: random,
  elect: true,
  normalize: false,
  rescale: true,
});
