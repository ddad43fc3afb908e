/** The operators that the studies choose among; every one is symmetric in its two models. */

import type { Operator } from "../../src/select/breed/breed-settings.ts";

const FIXED = { mixing: "none" } as const;

/** Attention and MLP change places along the depth, as "Exploring Model Kinship" merged its models (arXiv 2410.12613). */
const PAPER_T = [
  { filter: "self_attn", value: [0, 0.5, 0.3, 0.7, 1] },
  { filter: "mlp", value: [1, 0.5, 0.7, 0.3, 0] },
  { value: 0.5 },
];

/** By the name that trees use. */
export const ZOO_OPERATORS: Readonly<Record<string, Operator>> = {
  linear: { mergeMethod: "linear", parameters: { weight: 0.5 }, base: "none", ...FIXED },
  slerp: { mergeMethod: "slerp", parameters: { t: 0.5 }, base: "first", ...FIXED },
  ties: { mergeMethod: "ties", parameters: { weight: 1, density: 0.5 }, base: "pool", ...FIXED },
  sum: { mergeMethod: "task_arithmetic", parameters: { weight: 1 }, base: "pool", ...FIXED },
  curve: { mergeMethod: "slerp", parameters: { t: PAPER_T }, base: "first", ...FIXED },
};

/** Those of the selector's study; `sum` and `curve` are used elsewhere. */
export const PAIR_OPERATORS = ["linear", "slerp", "ties", "sum"] as const;
