/** What is searched in the study of searches: ways to a better merge of the zoo's math-en and ja, as keys of search files. */

import { resolve } from "node:path";
import type { Json } from "../../src/base/canonical-json.ts";

/** Keys of a search file; the study adds budget and seed. */
export type ArmKeys = { readonly [key: string]: Json };

const ZOO = resolve(import.meta.dirname, "../../zoo");
const model = (name: string): string => `${ZOO}/models/${name}`;
const task = (name: string, rest: ArmKeys = {}): Json => ({
  ...{ file: `${ZOO}/tasks/${name}/${name}.yaml`, metric: "exact_match", limit: 120 },
  ...rest,
});

const SHARED: ArmKeys = {
  dtype: "bfloat16",
  tasks: [task("gsm-ja")],
  racing: { blocks: 4 },
  final: { candidates: 5, items: 80 },
};

const FIXED: Json = [
  { name: "linear", merge_method: "linear", parameters: { weight: 0.5 } },
  {
    ...{ name: "slerp", merge_method: "slerp", base_model: model("math-en"), models: [model("ja")] },
    parameters: { t: 0.5 },
  },
  { name: "task arithmetic", merge_method: "task_arithmetic", parameters: { weight: 1, normalize: false } },
  { name: "ties", merge_method: "ties", parameters: { weight: 1, density: 0.5, normalize: false } },
  { name: "dare_ties", merge_method: "dare_ties", parameters: { weight: 1, density: 0.5, normalize: false } },
];

const PARAMETERS: ArmKeys = {
  ...SHARED,
  base_model: model("base"),
  models: [model("math-en"), model("ja")],
  merge_method: "task_arithmetic",
  parameters: { normalize: false },
  space: { layer_groups: 1, weight: { low: 0, high: 1.5, start: 0.8 } },
  optimiser: { name: "cma_es", sigma: 0.2, population: 6 },
};

/** The groups of the zoo's own reference search. */
const FOUR_GROUPS: ArmKeys = {
  ...PARAMETERS,
  space: { layer_groups: 4, weight: { low: 0, high: 1.5, start: 0.8 } },
  optimiser: { name: "cma_es", sigma: 0.2, population: 10 },
};

const SCALE = { low: 0.7, high: 1.3, start: 1 };
const ORDERS: Json = { kind: "dis", scale: SCALE };
const SLOTS: Json = { kind: "path", repeats: 2, scale: SCALE, start_first: 0.95, start_others: 0.05 };
const DEFAULT_OPTIMISER: Json = { name: "conditional_hybrid", population: 12 };
const paths = (space: Json, optimiser: Json): ArmKeys => ({
  ...SHARED,
  ...{ models: [model("math-en"), model("ja")], space, optimiser },
});

/** Optimisers that are compared on layer orders, with as many candidates a generation. */
const OPTIMISERS: readonly ArmKeys[] = [
  { name: "conditional_hybrid", population: 12 },
  { name: "cma_es", population: 12 },
  { name: "cat_cma", population: 12 },
  { name: "one_plus_one_ea", population: 6 },
];

/** Every arm, by name. */
export const ZOO_ARMS: Readonly<Record<string, ArmKeys>> = {
  parameters: { ...PARAMETERS, compare: FIXED },
  "parameters-unraced": without(["racing"], PARAMETERS),
  "parameters-4-groups": FOUR_GROUPS,
  "parameters-4-groups-unraced": without(["racing"], FOUR_GROUPS),
  control: { ...PARAMETERS, models: [model("math-en"), model("code")] },
  "control-4-groups": { ...FOUR_GROUPS, models: [model("math-en"), model("code")] },
  path: paths(ORDERS, DEFAULT_OPTIMISER),
  slots: paths(SLOTS, DEFAULT_OPTIMISER),
  hybrid: hybrid(PARAMETERS, DEFAULT_OPTIMISER),
  front: {
    ...without(["racing", "final"], PARAMETERS),
    optimiser: { name: "nsga2", population: 10 },
    tasks: [
      task("gsm-ja", { limit: 40, objective: "gsm-ja" }),
      ...["gsm-en", "ja-qa", "ja-trans", "ja-num", "ja-expr", "recall-en", "code"].map((name) =>
        task(name, { limit: 10, objective: "others" }),
      ),
    ],
  },
  ...Object.fromEntries(
    OPTIMISERS.flatMap((optimiser) => [
      [`path-${String(optimiser["name"])}`, paths(ORDERS, optimiser)],
      [`slots-${String(optimiser["name"])}`, paths(SLOTS, optimiser)],
      [`hybrid-${String(optimiser["name"])}`, hybrid(PARAMETERS, optimiser)],
      [`hybrid-4-groups-${String(optimiser["name"])}`, hybrid(FOUR_GROUPS, optimiser)],
    ]),
  ),
};

function hybrid(first: ArmKeys, optimiser: Json): ArmKeys {
  return { ...first, next: { space: ORDERS, optimiser, models: [model("ja")], share: 0.5 } };
}

function without(names: readonly string[], keys: ArmKeys): ArmKeys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !names.includes(name)));
}
