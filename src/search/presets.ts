/** Searches as papers describe them, as the keys of a search file. A file that names one adds its models and tasks. */

import type { Json } from "../base/canonical-json.ts";

/** A search under a name. */
export interface Preset {
  /** Where it comes from. */
  readonly source: string;
  /** Where it departs from there; undefined where it does not. */
  readonly deviation?: string;
  readonly keys: { readonly [key: string]: Json };
}

const MATRICES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
const AKIBA = "https://arxiv.org/abs/2403.13187";
const NILOY = "https://arxiv.org/abs/2605.12326";
const SU = "https://arxiv.org/abs/2502.04030";
const TENSORS =
  "one number for each matrix of each layer and one for the layer's norms, instead of one for every tensor";

const PATHS = {
  space: { kind: "path", repeats: 3, scales: "pair", start_first: 0.9, start_others: 0.5 },
  optimiser: { name: "cma_es", sigma: 0.2, population: 128 },
} as const;
const PATH_EVALUATIONS = 12_800;
const PARAMETERS = {
  merge_method: "dare_ties",
  parameters: { normalize: false },
  space: {
    layer_groups: 1,
    weight: { low: 0, high: 1, start: 0.5 },
    density: { low: 0, high: 1, start: 0.5 },
  },
  optimiser: { name: "cma_es", sigma: 1 / 6 },
} as const;
const PARAMETER_EVALUATIONS = 1000;
const PATH_DEVIATION =
  "scales from 0.1 to 1.9 that begin at 1, and a first step of 0.2 of the range: the paper gives neither";

/** Every preset, by name. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  "sakana-ps": {
    source: AKIBA,
    keys: { ...PARAMETERS, budget: { evaluations: PARAMETER_EVALUATIONS } },
  },
  "sakana-dfs": {
    source: AKIBA,
    deviation: PATH_DEVIATION,
    keys: { ...PATHS, budget: { evaluations: PATH_EVALUATIONS } },
  },
  "sakana-hybrid": {
    source: AKIBA,
    deviation: `${PATH_DEVIATION}; all models join the best merge where \`next.models\` does not name the paper's one`,
    keys: {
      ...PARAMETERS,
      budget: { evaluations: PARAMETER_EVALUATIONS + PATH_EVALUATIONS },
      next: { ...PATHS, share: PATH_EVALUATIONS / (PARAMETER_EVALUATIONS + PATH_EVALUATIONS) },
    },
  },
  "niloy-unstructured": {
    source: NILOY,
    deviation: TENSORS,
    keys: {
      merge_method: "task_arithmetic",
      parameters: { normalize: false },
      space: { layer_groups: "each", components: MATRICES, weight: { low: 0.2, high: 0.8 } },
      optimiser: { name: "random", population: 15 },
      budget: { evaluations: 15 },
    },
  },
  "niloy-structured": {
    source: NILOY,
    deviation: `${TENSORS}; every tensor is included with chance 1/2, instead of a chance drawn from 0.3 to 0.7`,
    keys: {
      merge_method: "task_arithmetic",
      parameters: { normalize: false },
      space: { layer_groups: "each", components: MATRICES, weight: { low: 0.3, high: 0.7, off: 0 } },
      optimiser: { name: "random", population: 15 },
      budget: { evaluations: 15 },
    },
  },
  "niloy-structured-cma": {
    source: NILOY,
    deviation: `${TENSORS}; which tensors are included is searched too, instead of drawn once`,
    keys: {
      merge_method: "task_arithmetic",
      parameters: { normalize: false },
      space: { layer_groups: "each", components: MATRICES, weight: { low: 0.1, high: 0.9, off: 0 } },
      optimiser: { name: "cma_es", sigma: 0.25, population: 8 },
      budget: { evaluations: 120 },
    },
  },
  lfs: {
    source: SU,
    deviation:
      "a conditional optimiser instead of SMAC, and racing in blocks that double instead of Hyperband with eta 3; numbers matter only while their method is chosen; ties keeps one minus the mask rate, from 0.01 to 1",
    keys: {
      space: {
        kind: "methods",
        layer_groups: 4,
        components: ["self_attn", "mlp"],
        methods: {
          linear: { weight: { low: 0, high: 1 } },
          task_arithmetic: { parameters: { weight: 1 }, lambda: { low: 0, high: 1 } },
          ties: {
            parameters: { weight: 1 },
            density: { low: 0.01, high: 1, start: 0.9, shared: true },
            lambda: { low: 0, high: 1 },
          },
          slerp: { t: { low: 0, high: 1, softmax: true } },
        },
      },
      optimiser: { name: "conditional_hybrid" },
      start: "parents",
      racing: { blocks: 4, keep: 0.5 },
      budget: { evaluations: 500 },
    },
  },
  m3: {
    source: "https://arxiv.org/abs/2502.15434",
    deviation:
      "alpha 1 where the file's `space` says nothing else (the paper has 0.4 to 2, by method); seven draws, of which validation chooses, and the even mix before them: the paper does not say how a draw is chosen",
    keys: {
      merge_method: "linear",
      space: { layer_groups: 1, weight: { beta: 1 } },
      optimiser: { name: "random", population: 7 },
      budget: { evaluations: 8 },
    },
  },
  dis: {
    source: SU,
    deviation: "CatCMA instead of SMAC, and scales from 0.05 instead of 0",
    keys: {
      space: { kind: "dis", repeats: 1, scale: { low: 0.05, high: 2, start: 1 }, most_layers: 50 },
      optimiser: { name: "cat_cma" },
      budget: { evaluations: 500 },
    },
  },
  recycle: {
    source: "https://arxiv.org/abs/2412.04144",
    deviation: "softmax of numbers from -3 to 3 and a first step of 0.3: the paper gives neither",
    keys: {
      merge_method: "linear",
      parameters: { normalize: false },
      space: { layer_groups: 1, weight: { low: -3, high: 3, start: 0, softmax: true } },
      optimiser: { name: "cma_es", sigma: 0.05 },
      budget: { evaluations: 200 },
    },
  },
};

type Keys = { readonly [key: string]: unknown };

/**
 * Puts a preset's keys under those of a file. The file's own keys count; `optimiser` and `next` are joined key by key,
 * `space` only where the file keeps the preset's kind of space. How a preset shares its budget goes with that budget. A
 * key that has nothing in the file (null) takes the preset's away.
 *
 * @param value - the file's mapping, with or without `preset`.
 */
export function applyPreset(value: Keys, preset: Preset): Keys {
  const { preset: _, ...own } = value;
  const joined = withoutNothing(joinKeys(own, preset.keys));
  const { next } = preset.keys;
  if (!isMapping(next) || own["next"] === null) return joined;
  const { share: _share, ...rest } = next;
  const theirs = own["budget"] === undefined ? next : rest;
  return { ...joined, next: isMapping(own["next"]) ? joinKeys(own["next"], theirs) : (own["next"] ?? theirs) };
}

function withoutNothing(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null));
}

function joinKeys(own: Keys, under: Keys): Keys {
  const joined = Object.fromEntries(
    ["optimiser", "space"].flatMap((key) => {
      const [mine, theirs] = [own[key], under[key]];
      if (!isMapping(mine) || !isMapping(theirs)) return [];
      const marker = key === "optimiser" ? "name" : "kind";
      const isOther = mine[marker] !== undefined && mine[marker] !== theirs[marker];
      return [[key, isOther ? mine : { ...theirs, ...mine }] as const];
    }),
  );
  return { ...under, ...own, ...joined };
}

function isMapping(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
