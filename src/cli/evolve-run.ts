import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { evolve as runEvolve } from "../search/evolve.ts";
import type { EvolveOutcome } from "../search/evolve-outcome.ts";
import { openRunStore } from "../store/run-store.ts";
import type { CliIo } from "./cli-io.ts";
import { describeReuse } from "./describe-reuse.ts";
import { cliErrors, cliStops } from "./errors.ts";
import { startEvolveProgress } from "./evolve-progress.ts";
import { writeRunFiles } from "./run-files.ts";
import { STORE_FILE } from "./run-store-file.ts";
import { openSearch, type SearchOverrides } from "./search-run.ts";
import { placeHere, placeOnQueue } from "./spread-run.ts";

/** How a search file is run. */
export interface EvolveFlags extends SearchOverrides {
  readonly resume?: true;
  /** Address of a queue whose workers evaluate the candidates. @default this process does */
  readonly queue?: string;
  /** For writing the best model. */
  readonly memory: number;
}

/**
 * Runs a search file in a folder, or goes on with the run that is there, and writes what it found.
 *
 * @throws cli/no_run, cli/run_exists, cli/interrupted, queue/work_lost, queue/unreachable, and what is wrong with the file or the run.
 */
export async function evolveFile(file: string, out: string, flags: EvolveFlags, io: CliIo): Promise<EvolveOutcome> {
  await using run = openSearch(file, flags);
  const storePath = join(out, STORE_FILE);
  if (flags.resume && !existsSync(storePath)) throw cliErrors.no_run({ path: out });
  if (!flags.resume && existsSync(storePath)) throw cliErrors.run_exists({ path: out });
  mkdirSync(out, { recursive: true });
  using store = openRunStore(storePath);
  const progress = startEvolveProgress(io);
  try {
    const { search, tasks, layers, layerFacts, inputs, laterInputs, starts, nextStarts } = run;
    await using place =
      flags.queue === undefined
        ? placeHere(run.evaluateRecipe)
        : await placeOnQueue(flags.queue, { store, setup: run.setup() }, io);
    const { evaluateRecipe, isSpread, broken } = place;
    const outcome = await runEvolve({
      ...{ search, tasks, layers, layerFacts, inputs, laterInputs, evaluateRecipe, isSpread, store },
      ...(starts === undefined ? {} : { starts }),
      ...(nextStarts === undefined ? {} : { nextStarts }),
      signal: AbortSignal.any([io.signal, broken]),
      now: io.now,
      onProgress: progress.update,
    });
    progress.end();
    const shared = describeReuse(run.reuse);
    if (shared !== undefined) io.note(`shared between candidates: ${shared}`);
    await writeRunFiles({ out, outcome, run, memoryBytes: flags.memory, io });
    return outcome;
  } catch (error) {
    progress.end();
    throw io.signal.aborted ? cliStops.interrupted({ path: out }) : error;
  }
}
