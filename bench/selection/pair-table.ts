/** The table that the studies share: every pair of the zoo's relatives, by every operator, on every task's search items. */

import { createRandom } from "../../src/base/philox.ts";
import { pairsOf } from "../../src/select/breed/breed-pool.ts";
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
