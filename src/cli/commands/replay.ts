import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LOCK_FILE, type Lock } from "../../merge/lineage.ts";
import { mergeRecipe } from "../../merge/merge-recipe.ts";
import { compareLocks, readLock } from "../../merge/read-lock.ts";
import type { CliIo } from "../cli-io.ts";
import { CheckFailed } from "../errors.ts";
import { size, wholeNumber } from "../options.ts";
import { startProgress } from "../progress.ts";
import { readGoodRecipe } from "../read-recipe.ts";
import { addRecipeOptions, type RecipeFlags, recipeOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface ReplayFlags extends RecipeFlags {
  readonly threads?: number;
  readonly memory: number;
  readonly overwrite?: true;
  readonly outShardSize: number;
  readonly json?: true;
}

/** `merganser replay`: repeats a merge and says whether its inputs and its result are still the same bytes. */
export const replay: CliCommand = {
  define(command, io) {
    addRecipeOptions(command)
      .argument("<merged>", `a merged folder, or the ${LOCK_FILE} in it; the lock's seed counts`)
      .argument("<out>", "folder to write the repeated merge to")
      .option("--threads <n>", "worker threads (default: all cores)", wholeNumber("--threads", 1))
      .option("--memory <size>", "memory to stay within", size("--memory"), 2 ** 30)
      .option("--out-shard-size <size>", "largest weight file", size("--out-shard-size"), 5e9)
      .option("--overwrite", "replace the folder if it exists")
      .action(async (merged: string, out: string, flags: ReplayFlags) => {
        const { lock, recipePath } = readLock(merged);
        const path = await repeat({ lock, recipePath, out, flags }, io);
        const again = JSON.parse(readFileSync(join(path, LOCK_FILE), "utf8")) as Lock;
        const differences = compareLocks(lock, again);
        report({ path, original: resolve(dirname(recipePath)), content: again.content, differences }, flags, io);
        if (differences.length > 0) throw new CheckFailed();
      });
  },
};

interface Repetition {
  readonly lock: Lock;
  readonly recipePath: string;
  readonly out: string;
  readonly flags: ReplayFlags;
}

async function repeat({ lock, recipePath, out, flags }: Repetition, io: CliIo): Promise<string> {
  const plan = readGoodRecipe(recipePath, { ...recipeOptions(flags), seed: lock.seed }, io);
  const bar = startProgress(io, "bytes");
  const { path } = await mergeRecipe(plan, {
    outPath: out,
    threads: flags.threads ?? io.cores,
    memoryBytes: flags.memory,
    overwrite: flags.overwrite === true,
    resume: false,
    // Contents can be compared only where they are named by the same hash.
    lockFormat: lock.format,
    maxShardBytes: flags.outShardSize,
    signal: io.signal,
    onProgress: ({ tensor, doneBytes, totalBytes }) =>
      bar.update({ done: doneBytes, total: totalBytes, label: tensor }),
  }).finally(() => bar.end());
  return path;
}

interface Finding {
  readonly path: string;
  readonly original: string;
  readonly content: string;
  readonly differences: readonly string[];
}

function report({ path, original, content, differences }: Finding, { json }: ReplayFlags, io: CliIo): void {
  if (json) io.print(JSON.stringify({ path, content, same: differences.length === 0, differences }));
  else if (differences.length === 0) io.print(`${path}: the same bytes as ${original} (${content})`);
  else for (const difference of differences) io.print(`${path}: ${difference}`);
}
