import { workerMemory } from "../../merge/worker-memory.ts";
import { startMergeThreads } from "../../merge/worker-pool.ts";
import type { CliIo } from "../cli-io.ts";
import type { MergeFlags } from "../merge-run.ts";
import { addMergekitOptions, type MergekitThreads, mergekitNotes, withThreads } from "../mergekit-options.ts";
import { shardSize, size, wholeNumber } from "../options.ts";
import { addRecipeOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

/** `merganser merge`: writes a recipe's result as a Hugging Face folder. */
export const merge: CliCommand = {
  define(command, io) {
    addMergekitOptions(addRecipeOptions(command))
      .argument("<recipe>", "recipe in mergekit's YAML")
      .argument("<out>", "folder to write; it appears complete or not at all")
      .option("--threads <n>", "worker threads (default: all cores)", wholeNumber("--threads", 1))
      .option("--memory <size>", "memory to stay within", size("--memory"), 2 ** 30)
      .option(
        "--out-shard-size <size>",
        "largest weight file; 5B are 5 GB, as mergekit spells it",
        shardSize("--out-shard-size"),
        5e9,
      )
      .option("--overwrite", "replace the folder if it exists")
      .option(
        "-I, --intermediate-dir <dir>",
        "also write the named merges of a recipe of several documents, as DIR/NAME",
      )
      .option("--check", "read a plain text with the merge and its parents, however large they are")
      .option("--no-check", "do not read a text with small merges")
      .option("--download", "first get models that are on the hub and not in the local cache")
      .option("--resume", "go on with an interrupted merge into the same folder")
      .action((recipe: string, out: string, flags: MergeFlags & MergekitThreads) => {
        for (const line of mergekitNotes(command)) io.note(line);
        return startMerge(recipe, out, withThreads(flags), io);
      });
  },
};

/** Threads load their code while this one loads what plans the merge. */
async function startMerge(recipe: string, out: string, flags: MergeFlags, io: CliIo): Promise<void> {
  const threads = flags.threads ?? io.cores;
  await using started = startMergeThreads(threads, workerMemory({ memoryBytes: flags.memory, threads }));
  if (flags.download === true) {
    const { downloadMissing } = await import("../download-missing.ts");
    await downloadMissing([recipe], io, ({ model, path }) => io.note(`${model}  ${path}`));
  }
  const { runMerge } = await import("../merge-run.ts");
  await runMerge(recipe, out, { ...flags, started }, io);
}
