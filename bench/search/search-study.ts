/** Runs the arms of the study at one budget, each with several seeds. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type ArmResult, type ComparisonSummary, summarizeArms } from "../../src/cli/search-comparison.ts";
import { openSearch } from "../../src/cli/search-run.ts";
import { evolve } from "../../src/search/evolve.ts";
import { toResultJson } from "../../src/search/evolve-outcome.ts";
import { openRunStore } from "../../src/store/run-store.ts";
import { rememberScores } from "./remembered-scores.ts";
import { ZOO_ARMS } from "./zoo-arms.ts";

/** What is run. */
export interface StudyPlan {
  readonly out: string;
  readonly arms: readonly string[];
  readonly seeds: readonly number[];
  /** Item evaluations of each run. */
  readonly items: number;
}

/** What is kept of a run; `values` are the child's holdout items. */
type StoredRun = {
  readonly result: ArmResult["result"];
  readonly values: readonly (readonly [string, number])[];
};

/** Runs what is not there yet, seed by seed, and adds everything up. */
export async function studySearch(plan: StudyPlan, note: (line: string) => void): Promise<ComparisonSummary> {
  const results: ArmResult[] = [];
  for (const seed of plan.seeds)
    for (const preset of plan.arms) {
      const { result, values } = await runArm(plan, preset, seed, note);
      results.push({ preset, result, values: new Map(values) });
    }
  return summarizeArms(results);
}

async function runArm({ out, items }: StudyPlan, arm: string, seed: number, note: (line: string) => void) {
  const folder = join(out, `${arm}-${items}`);
  const [file, done] = [join(folder, `seed-${seed}.yaml`), join(folder, `seed-${seed}.json`)];
  if (existsSync(done)) return JSON.parse(readFileSync(done, "utf8")) as StoredRun;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, stringify({ ...ZOO_ARMS[arm], budget: { item_evaluations: items }, seed }));
  const startMs = performance.now();
  const cpuStart = process.cpuUsage();
  await using run = openSearch(file, {});
  using store = openRunStore(join(folder, `seed-${seed}.db`));
  const subject = JSON.stringify([run.inputs, run.search.finalists?.items ?? 0]);
  const evaluateRecipe = rememberScores(join(out, "scores.jsonl"), subject, run.evaluateRecipe);
  const signal = new AbortController().signal;
  const outcome = await evolve({ ...run, evaluateRecipe, store, signal, now: () => performance.now() });
  const [scored] = await evaluateRecipe(outcome.best.recipeText, "holdout", signal);
  const result = toResultJson(outcome) as unknown as StoredRun["result"];
  const kept: StoredRun = { result, values: scored!.items.map(({ item, value }) => [item, value]) };
  writeFileSync(done, JSON.stringify(kept));
  const { user, system } = process.cpuUsage(cpuStart);
  const { search, holdout } = outcome.best;
  note(
    `${arm} seed ${seed}: search ${search.value.toFixed(3)}, holdout ${holdout.value.toFixed(3)}, ` +
      `${outcome.evaluations} candidates, ${outcome.itemEvaluations} items, ` +
      `${Math.round((performance.now() - startMs) / 1000)} s, processor ${Math.round((user + system) / 1e6)} s`,
  );
  return kept;
}
