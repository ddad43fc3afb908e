/** A search over a toy world: recipes are scored by a formula on their weights instead of by running a model. */

import { parse } from "yaml";
import { createRandom } from "../../src/base/philox.ts";
import { METHODS } from "../../src/methods/index.ts";
import type { EventStore } from "../../src/search/event-store.ts";
import type { EvolveRun } from "../../src/search/evolve.ts";
import { type EvolveOutcome, toResultJson } from "../../src/search/evolve-outcome.ts";
import { parseSearchFile } from "../../src/search/search-file.ts";
import type { EvaluateRecipe, ScoredTask } from "../../src/search/task-evaluation.ts";

export const TOY_SEARCH = `base_model: toys/base
models: [toys/en, toys/ja]
merge_method: task_arithmetic
dtype: bfloat16
space:
  layer_groups: 2
  weight: { low: 0, high: 1.5, start: 0.2 }
optimiser: { name: cma_es, population: 5 }
tasks: [{ file: toy.yaml, metric: acc, limit: 40 }]
budget: { evaluations: 33 }
seed: 3
compare:
  - { name: even, merge_method: task_arithmetic, parameters: { weight: 0.5 } }
`;

export const TOY_TASK: ScoredTask = { name: "toy", metric: "acc", aggregation: "proportion", higherIsBetter: true };

interface ToyRecipe {
  readonly merge_method: string;
  readonly parameters?: { readonly weight?: number };
  readonly models?: readonly { readonly model: string; readonly parameters?: { readonly weight?: number } }[];
  readonly slices?: readonly {
    readonly sources: readonly { readonly model: string; readonly parameters?: { readonly weight: number } }[];
  }[];
}

/** Chance that an item is right: best at weights 0.9 and 0.6 in every group; parents have 0.13, 0.05 and 0.02. */
export function toyChance(recipeText: string): number {
  const recipe = parse(recipeText, { version: "1.1" }) as ToyRecipe;
  if (recipe.merge_method === "passthrough") {
    const known: Readonly<Record<string, number>> = { "toys/en": 0.13, "toys/ja": 0.05, "toys/base": 0.02 };
    return known[recipe.models![0]!.model]!;
  }
  const groups = recipe.slices?.map(({ sources }) => sources) ?? [recipe.models!];
  const losses = groups.map((sources) => {
    const weightOf = (model: string): number =>
      sources.find((source) => source.model === model)?.parameters?.weight ?? recipe.parameters?.weight ?? 0;
    return (weightOf("toys/en") - 0.9) ** 2 + (weightOf("toys/ja") - 0.6) ** 2;
  });
  return 0.6 * Math.exp(-losses.reduce((sum, loss) => sum + loss, 0));
}

const SPLITS = {
  search: { seed: 1, items: 40 },
  holdout: { seed: 2, items: 60 },
  final: { seed: 3, items: 50 },
} as const;

/** An item is right when its difficulty is below the recipe's chance. 40 search, 50 final and 60 holdout items. */
export const evaluateToy: EvaluateRecipe = async (recipeText, split, _signal, block = { index: 0, blocks: 1 }) => {
  const chance = toyChance(recipeText);
  const { seed, items: count } = SPLITS[split];
  const random = createRandom({ seed, counter: 0 });
  const all = Array.from({ length: count }, (_, i) => ({
    item: `test/${i}`,
    value: Number(random.nextUniform() < chance),
  }));
  const place = (i: number): number => Math.floor((i * count) / block.blocks);
  return [{ task: "toy", items: all.slice(place(block.index), place(block.index + 1)) }];
};

/** A run of the toy search. */
export function toyRun(store: EventStore, changes: Partial<EvolveRun> & { readonly text?: string } = {}): EvolveRun {
  const { text = TOY_SEARCH, ...rest } = changes;
  const context = { file: "toy-search.yaml", methods: METHODS, resolve: (path: string) => path };
  return {
    search: parseSearchFile(text, context).search,
    tasks: [TOY_TASK],
    layers: 4,
    inputs: { toys: "v1" },
    store,
    evaluateRecipe: evaluateToy,
    signal: new AbortController().signal,
    now: () => 0,
    ...rest,
  };
}

/** The toy's evaluation, or another one, and what it was asked: split and recipe of each call. */
export function countCalls(evaluate: EvaluateRecipe = evaluateToy): {
  readonly calls: string[];
  readonly evaluateRecipe: EvaluateRecipe;
} {
  const calls: string[] = [];
  const evaluateRecipe: EvaluateRecipe = async (recipe, split, signal) => {
    calls.push(`${split} ${recipe}`);
    return evaluate(recipe, split, signal);
  };
  return { calls, evaluateRecipe };
}

/** All that a run tells but the clock. */
export function timeless(outcome: EvolveOutcome): unknown {
  return { ...toResultJson(outcome), seconds: 0, candidates: outcome.candidates };
}
