import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mergeRecipe } from "../merge/merge-recipe.ts";
import { type EvolveOutcome, toResultJson } from "../search/evolve-outcome.ts";
import { renderReport } from "../search/report.ts";
import type { CliIo } from "./cli-io.ts";
import { describeReuse, reuseToJson } from "./describe-reuse.ts";
import type { SearchRun } from "./search-run.ts";
import { VERSION } from "./version.ts";

/** What a finished run leaves behind. */
export interface RunFiles {
  /** Folder of the run. */
  readonly out: string;
  readonly outcome: EvolveOutcome;
  readonly run: SearchRun;
  /** For writing the best model. */
  readonly memoryBytes: number;
  readonly io: CliIo;
}

const NEVER_SPLIT = 0;

/**
 * Writes best/recipe.yaml, best/model/, report.html and, last, result.json: a run that has one is complete.
 *
 * Each file appears whole or not at all, and writing them again gives the same, so a run killed here can be resumed; what candidates
 * shared is counted anew by whoever resumes it.
 */
export async function writeRunFiles({ out, outcome, run, memoryBytes, io }: RunFiles): Promise<void> {
  const best = join(out, "best");
  mkdirSync(best, { recursive: true });
  writeWhole(join(best, "recipe.yaml"), outcome.best.recipeText);
  await mergeRecipe(run.plan(outcome.best.recipeText), {
    outPath: join(best, "model"),
    threads: io.cores,
    memoryBytes,
    overwrite: true,
    resume: false,
    maxShardBytes: NEVER_SPLIT,
    signal: io.signal,
  });
  writeWhole(
    join(out, "report.html"),
    renderReport({
      search: run.search,
      outcome,
      layers: run.layers,
      version: VERSION,
      shared: describeReuse(run.reuse),
    }),
  );
  const result = { ...toResultJson(outcome), ...reuseToJson(run.reuse) };
  writeWhole(join(out, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
}
