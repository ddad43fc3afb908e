/** Plans that also choose their models among the whole zoo, beside the plain mean of the models that they chose. */

import { createRandom } from "../../src/base/philox.ts";
import { bootstrapInterval } from "../../src/evaluate/bootstrap.ts";
import { meanOf } from "../../src/select/features/statistics.ts";
import { pairKey } from "../../src/select/learn/example.ts";
import { fitSelector } from "../../src/select/learn/selector.ts";
import { modelsOf, planSequence } from "../../src/select/plan-sequence.ts";
import { tableExamples } from "./pair-table.ts";
import { HOLDOUT_ITEMS, PLAN_TASKS, treeOf } from "./plan-study.ts";
import type { ZooBench } from "./zoo-bench.ts";
import { openZooFeatures } from "./zoo-features.ts";

const SEEDS = 10;
const SIZES = [3, 4];
const LEARNER = "trees(60x2)";
/** Of the pairs: what each seed learns from. */
const SEEN = 0.7;

/** Plans one merge of each size for each task, ten times from other pairs. */
export async function studyChosenPlans(bench: ZooBench, note: (line: string) => void): Promise<unknown> {
  await using features = await openZooFeatures(bench.path);
  const examples = await tableExamples(bench, features.featuresOf);
  const rows: { seed: number; size: number; task: string; planned: number; mean: number; best: number }[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = createRandom({ seed: 1500 + seed, counter: 0 });
    const seen = new Set(
      [...new Set(examples.map(({ pair }) => pairKey(pair)))].filter(() => random.nextUniform() < SEEN),
    );
    const selector = fitSelector(
      LEARNER,
      examples.filter(({ pair }) => seen.has(pairKey(pair))),
    );
    for (const task of PLAN_TASKS) {
      const models = new Map<string, number>();
      for (const model of bench.models) models.set(model, meanOf(await bench.values(model, task, "search")));
      const score = async (tree: Parameters<ZooBench["values"]>[0]): Promise<number> =>
        meanOf(await bench.values(tree, task, "holdout", HOLDOUT_ITEMS));
      const best = await score([...models].reduce((a, b) => (b[1] > a[1] ? b : a))[0]);
      for (const size of SIZES) {
        const planning = {
          selector,
          task,
          models,
          featuresOf: features.featuresOf,
          size,
          beam: 8,
          mayBeShorter: false,
        };
        const plan = (await planSequence(planning))[0]!;
        const planned = await score(treeOf(plan));
        rows.push({ seed, size, task, planned, mean: await score({ mean: modelsOf(plan) }), best });
      }
    }
    note(JSON.stringify(rows.filter((row) => row.seed === seed)));
  }
  return SIZES.map((size) => {
    const own = rows.filter((row) => row.size === size);
    const bySeed = [...Map.groupBy(own, ({ seed }) => seed).values()].map((group) =>
      meanOf(group.map(({ planned, mean }) => planned - mean)),
    );
    return {
      size,
      planned: meanOf(own.map(({ planned }) => planned)),
      mean: meanOf(own.map(({ mean }) => mean)),
      best_model: meanOf(own.map(({ best }) => best)),
      ahead: { mean: meanOf(bySeed), ...bootstrapInterval(bySeed, meanOf, { resamples: 10_000 }) },
      better: own.filter(({ planned, mean }) => planned > mean).length,
      worse: own.filter(({ planned, mean }) => planned < mean).length,
      cases: own.length,
    };
  });
}
