import { defineChangesMethod } from "./changes-method.ts";
import { random } from "./sparsify/random-sparsifier.ts";

/**
 * Drops changes at random, scales what is left, and adds it to the base.
 *
 * @source Yu et al. 2023, "Language Models are Super Mario", https://arxiv.org/abs/2311.03099
 */
export const dareLinear = defineChangesMethod({
  name: "dare_linear",
  title: "Linear DARE",
  source: "https://arxiv.org/abs/2311.03099",
  sparsifier: random,
  elect: false,
  normalize: false,
  rescale: true,
});
