import { defineChangesMethod } from "./changes-method.ts";

/**
 * Adds the models' changes to the base, weighted.
 *
 * @source Ilharco et al. 2022, "Editing Models with Task Arithmetic", https://arxiv.org/abs/2212.04089
 */
export const taskArithmetic = defineChangesMethod({
  name: "task_arithmetic",
  title: "Task Arithmetic",
  source: "https://arxiv.org/abs/2212.04089",
  elect: false,
  normalize: false,
  rescale: false,
});
