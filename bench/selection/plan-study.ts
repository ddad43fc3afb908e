/** SimMerge's multi-way question on the zoo: is a planned merge of three or four models better than an unplanned one? */

import { createRandom } from "../../src/base/philox.ts";
import { bootstrapInterval } from "../../src/evaluate/bootstrap.ts";
import { meanOf } from "../../src/select/features/statistics.ts";
import type { Example } from "../../src/select/learn/example.ts";
import { fitSelector, type Selector } from "../../src/select/learn/selector.ts";
import { planSequence, type SequencePlan } from "../../src/select/plan-sequence.ts";
import { chooseLearner } from "./choose-learner.ts";
import type { MergeTree } from "./merge-tree.ts";
import { tableExamples } from "./pair-table.ts";
import type { ZooBench } from "./zoo-bench.ts";
import { openZooFeatures, type ZooFeatures } from "./zoo-features.ts";

/** The first ten draws were looked at while the planner was made; it is judged by others. */
const SEEDS = Array.from({ length: 10 }, (_, i) => 10 + i);
const SIZES = [3, 4] as const;
const BEAM = 8;
/** Fewer than the other studies have, since every plan is a merge of its own. */
export const PLAN_TASKS = ["gsm-ja", "gsm-en", "ja-qa", "code"];
/** Of each of these tasks, for plans. */
export const HOLDOUT_ITEMS = 200;
/** The operator that is best where one must do for all: see the selector's study. */
const FIXED = "slerp";
/** Where the planner also measures intermediate merges, which takes two passes over the probes for each. */
const MEASURED = { size: 3, seeds: [10, 11] };

const MEASURED_POLICY = "planned on measured merges";

/** Holdout scores of one set of models on one task, each of one merge. */
interface Case {
  readonly seed: number;
  readonly size: number;
  readonly task: string;
  readonly models: readonly string[];
  readonly plan: SequencePlan;
  /** By policy. */
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * Draws models for each seed, learns from all pairs but those among them, and plans their order and operators for each task.
 * The plan, the plain mean and the best fixed operator in the drawn order are scored on the holdout items.
 */
export async function studyPlans(bench: ZooBench, note: (line: string) => void): Promise<unknown> {
  await using features = await openZooFeatures(bench.path);
  const examples = await tableExamples(bench, features.featuresOf);
  const cases: Case[] = [];
  for (const seed of SEEDS) {
    const drawn = drawModels(bench.models, seed);
    const seen = examples.filter(({ pair }) => !pair.every((name) => drawn.includes(name)));
    const selector = fitSelector(chooseLearner(seen), seen);
    for (const size of SIZES) {
      for (const task of PLAN_TASKS) {
        cases.push(await runCase({ bench, selector, features, seed, task, models: drawn.slice(0, size) }));
      }
      const own = cases.filter((one) => one.seed === seed && one.size === size);
      note(`seed ${seed}, ${size} models: ${JSON.stringify(meansOf(own))}`);
    }
  }
  return SIZES.map((size) =>
    summarise(
      cases.filter((one) => one.size === size),
      size,
      examples,
    ),
  );
}

function drawModels(models: readonly string[], seed: number): readonly string[] {
  const random = createRandom({ seed: 900 + seed, counter: 0 });
  return models
    .map((model) => ({ model, at: random.nextUniform() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, Math.max(...SIZES))
    .map(({ model }) => model);
}

interface CaseParts {
  readonly bench: ZooBench;
  readonly selector: Selector;
  readonly features: ZooFeatures;
  readonly seed: number;
  readonly task: string;
  readonly models: readonly string[];
}

async function runCase({ bench, selector, features, seed, task, models }: CaseParts): Promise<Case> {
  const known = new Map<string, number>();
  for (const model of models) known.set(model, meanOf(await bench.values(model, task, "search")));
  const size = models.length;
  const { featuresOf, recompute } = features;
  const planning = { selector, task, models: known, featuresOf, size, beam: BEAM, mayBeShorter: false };
  const [plan] = await planSequence(planning);
  const [measured] =
    size === MEASURED.size && MEASURED.seeds.includes(seed) ? await planSequence({ ...planning, recompute }) : [];
  const trees: Readonly<Record<string, MergeTree>> = {
    planned: treeOf(plan!),
    ...(measured === undefined ? {} : { [MEASURED_POLICY]: treeOf(measured) }),
    mean: { mean: models },
    [FIXED]: inTurn(models, FIXED),
  };
  const scores: Record<string, number> = {};
  for (const [policy, tree] of Object.entries(trees))
    scores[policy] = meanOf(await bench.values(tree, task, "holdout", HOLDOUT_ITEMS));
  return { seed, size, task, models, plan: plan!, scores };
}

/** The merge that a plan describes. */
export function treeOf({ first, steps }: SequencePlan): MergeTree {
  return steps.reduce<MergeTree>((made, { model, operator }) => ({ operator, parents: [made, model] }), first);
}

function inTurn(models: readonly string[], operator: string): MergeTree {
  return models.slice(1).reduce<MergeTree>((made, model) => ({ operator, parents: [made, model] }), models[0]!);
}

function meansOf(cases: readonly Case[]): Readonly<Record<string, number>> {
  const policies = Object.keys(cases.at(-1)!.scores);
  return Object.fromEntries(policies.map((policy) => [policy, meanOf(cases.map(({ scores }) => scores[policy]!))]));
}

function summarise(cases: readonly Case[], size: number, examples: readonly Example[]): unknown {
  const means = meansOf(cases);
  const seeds = [...Map.groupBy(cases, ({ seed }) => seed).values()];
  const measured = cases.filter(({ scores }) => MEASURED_POLICY in scores);
  return {
    size,
    measured: measured.length === 0 ? null : { cases: measured.length, ...meansOf(measured) },
    cases: cases.length,
    learned_from_pairs: new Set(examples.map(({ pair }) => pair.join(" "))).size,
    means,
    planned_ahead_of: Object.keys(means)
      .filter((policy) => policy !== "planned")
      .map((policy) => {
        const ahead = ({ scores }: Case): number => scores["planned"]! - scores[policy]!;
        const bySeed = seeds.map((own) => meanOf(own.map(ahead)));
        return {
          policy,
          mean: meanOf(bySeed),
          ...bootstrapInterval(bySeed, meanOf, { resamples: 10_000 }),
          seeds_ahead: bySeed.filter((difference) => difference > 0).length,
          better: cases.filter((one) => ahead(one) > 0).length,
          worse: cases.filter((one) => ahead(one) < 0).length,
        };
      }),
    by_task: Object.fromEntries(PLAN_TASKS.map((task) => [task, meansOf(cases.filter((one) => one.task === task))])),
    predicted: meanOf(cases.map(({ plan }) => plan.score)),
  };
}
