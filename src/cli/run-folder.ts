/** Reads what finished runs left in their folders. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import { openRunStore } from "../store/run-store.ts";
import { cliErrors } from "./errors.ts";
import { STORE_FILE } from "./run-store-file.ts";

const SCORE = z.object({ value: z.number(), n: z.number(), low: z.number(), high: z.number() });
const RESULT = z.object({
  tasks: z.array(z.object({ name: z.string(), metric: z.string() })),
  parents: z.array(z.object({ name: z.string(), search: SCORE.nullable(), holdout: SCORE.nullable() })),
  best: z.object({ search: SCORE, holdout: SCORE, evaluation: z.number().nullable(), recipe: z.string() }),
  best_parent: z.string(),
  evaluations: z.number(),
  item_evaluations: z.number(),
  seconds: z.number(),
  seed: z.number(),
});

/** A finished run's result.json, as far as other commands use it. */
export type RunResult = z.infer<typeof RESULT>;

/** Folders of finished runs below a folder, itself counted, in order. */
export function findRuns(folder: string): readonly string[] {
  if (existsSync(join(folder, "result.json"))) return [folder];
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map(({ name }) => name)
    .toSorted()
    .flatMap((name) => findRuns(join(folder, name)));
}

/** @throws cli/not_a_run */
export function readRun(folder: string): RunResult {
  const path = join(folder, "result.json");
  if (!existsSync(path)) throw cliErrors.not_a_run({ path: folder, problem: "it has no result.json" });
  try {
    return RESULT.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw cliErrors.not_a_run({ path: folder, problem: "its result.json cannot be read" }, error);
  }
}

/** Values of the best child's holdout items, by `task item`. @throws cli/not_a_run, and what opening the log throws */
export function bestHoldoutValues(folder: string): ReadonlyMap<string, number> {
  const { best, tasks } = readRun(folder);
  using store = openStore(folder);
  const recipe = sha256(best.recipe);
  const rows = tasks.flatMap(({ name }) =>
    [...store.results(recipe, name)]
      .filter(([item]) => item.startsWith("holdout/"))
      .map(([item, result]) => [`${name} ${item}`, (result as { readonly value: number | null }).value ?? 0] as const),
  );
  return new Map(rows.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every event of a run, and the items of every evaluation. @throws as `bestHoldoutValues` */
export function exportEvents(folder: string): readonly Json[] {
  const { tasks } = readRun(folder);
  using store = openStore(folder);
  return store.events().map(({ seq, kind, payload }): Json => {
    if (kind !== "evaluated") return { seq, kind, ...(payload as { readonly [key: string]: Json }) };
    const { recipe, split } = payload as { readonly recipe: string; readonly split: string };
    const items = tasks.map(({ name }): readonly [string, Json] => [
      name,
      Object.fromEntries([...store.results(recipe, name)].filter(([item]) => item.startsWith(`${split}/`))),
    ]);
    return { seq, kind, ...(payload as { readonly [key: string]: Json }), results: Object.fromEntries(items) };
  });
}

function openStore(folder: string): ReturnType<typeof openRunStore> {
  const path = join(folder, STORE_FILE);
  if (!existsSync(path)) throw cliErrors.not_a_run({ path: folder, problem: `it has no ${STORE_FILE}` });
  return openRunStore(path);
}
