import { formatSize } from "../../base/size.ts";
import { mergeRecipe } from "../../merge/merge-recipe.ts";
import { size, wholeNumber } from "../options.ts";
import { formatDuration, startProgress } from "../progress.ts";
import { readGoodRecipe } from "../read-recipe.ts";
import { addRecipeOptions, type RecipeFlags, recipeOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface MergeFlags extends RecipeFlags {
  readonly threads?: number;
  readonly memory: number;
  readonly overwrite?: true;
  readonly resume?: true;
  readonly outShardSize: number;
  readonly json?: true;
}

/** `merganser merge`: writes a recipe's result as a Hugging Face folder. */
export const merge: CliCommand = {
  define(command, io) {
    addRecipeOptions(command)
      .argument("<recipe>", "recipe in mergekit's YAML")
      .argument("<out>", "folder to write; it appears complete or not at all")
      .option("--threads <n>", "worker threads (default: all cores)", wholeNumber("--threads", 1))
      .option("--memory <size>", "memory to stay within", size("--memory"), 2 ** 30)
      .option("--out-shard-size <size>", "largest weight file", size("--out-shard-size"), 5e9)
      .option("--overwrite", "replace the folder if it exists")
      .option("--resume", "go on with an interrupted merge into the same folder")
      .action(async (recipe: string, out: string, flags: MergeFlags) => {
        const startMs = io.now();
        const plan = readGoodRecipe(recipe, recipeOptions(flags), io);
        const bar = startProgress(io, "bytes");
        const report = await mergeRecipe(plan, {
          outPath: out,
          threads: flags.threads ?? io.cores,
          memoryBytes: flags.memory,
          overwrite: flags.overwrite === true,
          resume: flags.resume === true,
          maxShardBytes: flags.outShardSize,
          signal: io.signal,
          onProgress: ({ tensor, doneBytes, totalBytes }) =>
            bar.update({ done: doneBytes, total: totalBytes, label: tensor }),
        }).finally(() => bar.end());
        const seconds = (io.now() - startMs) / 1000;
        if (flags.json) io.print(JSON.stringify({ ...report, seconds }));
        else {
          const rate = `${formatSize(report.bytes / seconds)}/s`;
          const amount = `${report.tensors} tensors, ${formatSize(report.bytes)}`;
          io.print(`${report.path}: ${amount} in ${formatDuration(seconds)} (${rate}); verified`);
        }
      });
  },
};
