/** One run of breeding on the zoo: foundation models drawn by a seed, every child scored on the search items. */

import type { Json } from "../../src/base/canonical-json.ts";
import { createRandom } from "../../src/base/philox.ts";
import { type BreedOutcome, breed } from "../../src/select/breed/breed.ts";
import type { BreedStore } from "../../src/select/breed/breed-pool.ts";
import { meanOf } from "../../src/select/features/statistics.ts";
import type { MergeTree } from "./merge-tree.ts";
import type { ZooBench } from "./zoo-bench.ts";
import { ZOO_OPERATORS } from "./zoo-operators.ts";

/** What a model is worth is the mean over some tasks: of four kinds, or the one that no model of the zoo was trained for. */
export const BREED_TASKS: Readonly<Record<string, readonly string[]>> = {
  four: ["gsm-en", "ja-qa", "ja-trans", "code"],
  composite: ["gsm-ja"],
};
export const FOUNDATION = 4;
/** Merges that each strategy may make. */
export const BUDGET = 20;

/** How the partner of an exploration merge is chosen, or that there is none. */
export type Arm = "greedy" | "kinship" | "printed";

/** A run and how its models came to be. */
export interface Path {
  readonly goal: Goal;
  readonly arm: Arm;
  readonly seed: number;
  readonly outcome: BreedOutcome;
  readonly trees: ReadonlyMap<string, MergeTree>;
}

/** What is bred for, and by which operator. */
export interface Goal {
  /** Key of `BREED_TASKS`. */
  readonly tasks: string;
  readonly operator: string;
}

/** The paper's SLERP, and TIES, which is better at the composite task. */
export const GOALS: readonly Goal[] = [
  { tasks: "four", operator: "curve" },
  { tasks: "four", operator: "ties" },
  { tasks: "composite", operator: "curve" },
  { tasks: "composite", operator: "ties" },
];

/** Best score, foundation included, when so many children have been scored; a run that has ended stays where it is. */
export function bestAfter({ outcome }: Path, merges: number): number {
  const scores = outcome.models.map(({ score }) => score ?? Number.NEGATIVE_INFINITY);
  return Math.max(...scores.slice(0, FOUNDATION + merges));
}

/** Runs one path. Early stop is off, so that what it would have saved can be read from the whole. */
export async function runPath(bench: ZooBench, goal: Goal, arm: Arm, seed: number): Promise<Path> {
  const trees = new Map<string, MergeTree>();
  const models = drawFoundation(bench.models, seed);
  for (const model of models) trees.set(model, model);
  const outcome = await breed({
    settings: {
      strategy: arm === "greedy" ? "greedy" : "kinship",
      models,
      operator: ZOO_OPERATORS[goal.operator]!,
      topK: 3,
      exploration: arm === "printed" ? "highest" : "lowest",
      // No kinship is above 1; but it is figured after each generation.
      earlyStop: { kinship: 1, unimproved: false, from: 1 },
      merges: BUDGET,
      generations: 20,
      archiveSize: 12,
      seed,
    },
    inputs: null,
    store: memoryStore(),
    signal: new AbortController().signal,
    async merge(name, { parents }) {
      const [a, b] = parents.map((parent) => trees.get(parent)!) as [MergeTree, MergeTree];
      trees.set(name, { operator: goal.operator, parents: [a, b] });
    },
    evaluate: async (name) => ({ score: await scoreTree(bench, goal, trees.get(name)!, "search"), values: [] }),
    kinship: (a, b) => bench.kinship(trees.get(a)!, trees.get(b)!),
  });
  return { goal, arm, seed, outcome, trees };
}

/** Mean over the goal's tasks. */
export async function scoreTree(
  bench: ZooBench,
  goal: Goal,
  tree: MergeTree,
  split: "search" | "holdout",
): Promise<number> {
  const scores: number[] = [];
  for (const task of BREED_TASKS[goal.tasks]!) scores.push(meanOf(await bench.values(tree, task, split)));
  return meanOf(scores);
}

function drawFoundation(models: readonly string[], seed: number): readonly string[] {
  const random = createRandom({ seed: 500 + seed, counter: 0 });
  return models
    .map((model) => ({ model, at: random.nextUniform() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, FOUNDATION)
    .map(({ model }) => model);
}

function memoryStore(): BreedStore {
  const events: { seq: number; kind: string; payload: Json }[] = [];
  return {
    appendEvent: (kind, payload) => events.push({ seq: events.length + 1, kind, payload }),
    events: () => events,
  };
}
