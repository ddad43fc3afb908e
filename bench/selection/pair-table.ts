/** The table that the studies share: every pair of the zoo's relatives, by every operator, on every task's search items. */

import { createRandom } from "../../src/base/philox.ts";
import { pairsOf } from "../../src/select/breed/breed-pool.ts";
import type { Features } from "../../src/select/features/pair-features.ts";
import { meanOf } from "../../src/select/features/statistics.ts";
import type { Example } from "../../src/select/learn/example.ts";
import { type MergeTree, treeName } from "./merge-tree.ts";
import { ZOO_TASKS, type ZooBench } from "./zoo-bench.ts";
import { PAIR_OPERATORS } from "./zoo-operators.ts";

/** Measures what is missing of the table: an interrupted run goes on where it was. */
export async function fillTable(bench: ZooBench, note: (line: string) => void): Promise<void> {
  for (const model of bench.models) for (const task of ZOO_TASKS) await bench.values(model, task, "search");
  const pairs = zooPairs(bench.models);
  for (const [i, parents] of pairs.entries()) {
    for (const operator of PAIR_OPERATORS) {
      for (const task of ZOO_TASKS) await bench.values({ operator, parents }, task, "search");
    }
    note(`${i + 1} of ${pairs.length} pairs: ${parents.join(" × ")}`);
  }
}

/** All pairs in a fixed order that is not that of the names, so that a table that is not full yet is a fair sample. */
export function zooPairs(models: readonly string[]): readonly (readonly [string, string])[] {
  const random = createRandom({ seed: 7, counter: 0 });
  return pairsOf(models)
    .map((pair) => ({ pair, at: random.nextUniform() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ pair }) => pair);
}

/** The table as examples to learn from; pairs that are not complete are left out. */
export async function tableExamples(
  bench: ZooBench,
  featuresOf: (a: string, b: string) => Features,
): Promise<readonly Example[]> {
  const scoreOf = async (tree: MergeTree, task: string): Promise<number> =>
    meanOf(await bench.values(tree, task, "search"));
  const examples: Example[] = [];
  for (const pair of zooPairs(bench.models).filter((parents) => isComplete(bench, parents))) {
    const features = featuresOf(...pair);
    for (const task of ZOO_TASKS) {
      const parents = [await scoreOf(pair[0], task), await scoreOf(pair[1], task)] as const;
      for (const operator of PAIR_OPERATORS) {
        const score = await scoreOf({ operator, parents: pair }, task);
        examples.push({ pair, task, operator, features, parents, score });
      }
    }
  }
  return examples;
}

/** Whether the table has every outcome of a pair by some operators. */
export function isComplete(
  bench: ZooBench,
  parents: readonly [string, string],
  operators: readonly string[] = PAIR_OPERATORS,
): boolean {
  return operators.every((operator) =>
    ZOO_TASKS.every((task) => bench.scores.get({ tree: treeName({ operator, parents }), task, split: "search" })),
  );
}
