import { basename, join } from "node:path";
import { toResultJson } from "../../search/evolve-outcome.ts";
import { type EvolveFlags, evolveFile } from "../evolve-run.ts";
import { describeOutcome } from "../evolve-table.ts";
import { BOUND_OPTION, FORM_OPTION } from "../model-hold.ts";
import { size, wholeNumber } from "../options.ts";
import { memoryBound } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface EvolveCommandFlags extends EvolveFlags {
  readonly out?: string;
  readonly json?: true;
}

/** `merganser evolve`: searches for a better recipe, keeps what it learned, and writes the best child. */
export const evolve: CliCommand = {
  define(command, io) {
    command
      .argument("<search>", "search file")
      .option("--out <dir>", "folder of the run (default: runs/ and the file's name)")
      .option(
        "--evaluations <n>",
        "candidates to evaluate, instead of the file's budget",
        wholeNumber("--evaluations", 1),
      )
      .option(
        "--cache <size>",
        "memory for what candidates have in common: states of prompts, merged tensors (default: 1GiB for layer orders, else none)",
        size("--cache"),
      )
      .option("--no-cache", "compute everything anew for each candidate")
      .option("--seed <n>", "seed of the search, instead of the file's", wholeNumber("--seed", 0))
      .option(
        "--threads <n>",
        "threads that compute (default: chosen by the models' size)",
        wholeNumber("--threads", 1),
      )
      .option(...BOUND_OPTION)
      .option(...FORM_OPTION)
      .option("--queue <url>", "have candidates evaluated by the workers of a Redis server (merganser worker)")
      .option("--resume", "go on with an interrupted run")
      .action(async (file: string, flags: EvolveCommandFlags) => {
        const out = flags.out ?? join("runs", basename(file).replace(/\.ya?ml$/i, ""));
        const outcome = await evolveFile(file, out, { ...flags, bound: memoryBound(command) }, io);
        if (flags.json) io.print(JSON.stringify(toResultJson(outcome)));
        else io.print(describeOutcome(outcome, out));
      });
  },
};
