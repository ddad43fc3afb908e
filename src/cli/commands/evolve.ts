import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { evolve as runEvolve } from "../../search/evolve.ts";
import { type EvolveOutcome, toResultJson } from "../../search/evolve-outcome.ts";
import { openRunStore } from "../../store/run-store.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors, cliStops } from "../errors.ts";
import { startEvolveProgress } from "../evolve-progress.ts";
import { describeOutcome } from "../evolve-table.ts";
import { size, wholeNumber } from "../options.ts";
import { writeRunFiles } from "../run-files.ts";
import { openSearch, type SearchOverrides } from "../search-run.ts";
import type { CliCommand } from "./command.ts";

interface EvolveFlags extends SearchOverrides {
  readonly out?: string;
  readonly resume?: true;
  readonly memory: number;
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
      .option("--seed <n>", "seed of the search, instead of the file's", wholeNumber("--seed", 0))
      .option(
        "--threads <n>",
        "threads that compute (default: chosen by the models' size)",
        wholeNumber("--threads", 1),
      )
      .option("--memory <size>", "memory for writing the best model", size("--memory"), 2 ** 30)
      .option("--resume", "go on with an interrupted run")
      .action(async (file: string, flags: EvolveFlags) => {
        const out = flags.out ?? join("runs", basename(file).replace(/\.ya?ml$/i, ""));
        const outcome = await runSearchFile(file, out, flags, io);
        if (flags.json) io.print(JSON.stringify(toResultJson(outcome)));
        else io.print(describeOutcome(outcome, out));
      });
  },
};

const STORE_FILE = "run.db";

async function runSearchFile(file: string, out: string, flags: EvolveFlags, io: CliIo): Promise<EvolveOutcome> {
  await using run = openSearch(file, flags);
  const storePath = join(out, STORE_FILE);
  if (flags.resume && !existsSync(storePath)) throw cliErrors.no_run({ path: out });
  if (!flags.resume && existsSync(storePath)) throw cliErrors.run_exists({ path: out });
  mkdirSync(out, { recursive: true });
  using store = openRunStore(storePath);
  const progress = startEvolveProgress(io);
  try {
    const { search, tasks, layers, layerFacts, inputs, evaluateRecipe } = run;
    const outcome = await runEvolve({
      ...{ search, tasks, layers, layerFacts, inputs, evaluateRecipe, store },
      signal: io.signal,
      now: io.now,
      onProgress: progress.update,
    });
    progress.end();
    await writeRunFiles({ out, outcome, run, memoryBytes: flags.memory, io });
    return outcome;
  } catch (error) {
    progress.end();
    throw io.signal.aborted ? cliStops.interrupted({ path: out }) : error;
  }
}
