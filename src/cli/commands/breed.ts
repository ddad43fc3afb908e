import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Score } from "../../evaluate/score.ts";
import { type BreedOutcome, breed as runBreed } from "../../select/breed/breed.ts";
import type { PoolModel } from "../../select/breed/breed-pool.ts";
import { drawLineage } from "../../select/breed/lineage-graph.ts";
import { openRunStore } from "../../store/run-store.ts";
import { describeBreeding, toBreedJson } from "../breed-output.ts";
import { dropChildren, openBreeding } from "../breed-run.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors, cliStops } from "../errors.ts";
import { BOUND_OPTION, type ExactForm, FORM_OPTION, type HoldWishes } from "../model-hold.ts";
import { wholeNumber } from "../options.ts";
import { memoryBound } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface BreedFlags {
  readonly out?: string;
  readonly resume?: true;
  readonly keep: "all" | "best";
  readonly threads?: number;
  readonly memory: number;
  readonly weights?: ExactForm;
  readonly json?: true;
}

/** `merganser breed`: merges a pool generation by generation, keeps what it learned, and scores the best on unseen items. */
export const breed: CliCommand = {
  define(command, io) {
    command
      .argument("<breeding>", "breeding file")
      .option("--out <dir>", "folder of the run (default: runs/ and the file's name)")
      .option("--keep <which>", "all children, or the best alone when the run is over", parseKeep, "all")
      .option(
        "--threads <n>",
        "threads that compute (default: chosen by the models' size)",
        wholeNumber("--threads", 1),
      )
      .option(...BOUND_OPTION)
      .option(...FORM_OPTION)
      .option("--resume", "go on with an interrupted run")
      .action(async (file: string, flags: BreedFlags) => {
        const out = flags.out ?? join("runs", basename(file).replace(/\.ya?ml$/i, ""));
        const { outcome, holdout } = await runFile(file, out, { ...flags, bound: memoryBound(command) }, io);
        const json = toBreedJson(outcome, holdout);
        writeFileSync(join(out, "lineage.svg"), drawLineage(outcome.models, outcome.best.name));
        writeFileSync(join(out, "result.json"), `${JSON.stringify(json, null, 2)}\n`);
        io.print(flags.json ? JSON.stringify(json) : describeBreeding(outcome, holdout, out));
      });
  },
};

function parseKeep(text: string): "all" | "best" {
  if (text === "all" || text === "best") return text;
  throw cliErrors.bad_usage({ message: `--keep: "${text}" is neither all nor best` });
}

/** Scores by task on the holdout items, by model. */
type Holdout = ReadonlyMap<string, ReadonlyMap<string, Score>>;

async function runFile(
  file: string,
  out: string,
  flags: BreedFlags & HoldWishes,
  io: CliIo,
): Promise<{ readonly outcome: BreedOutcome; readonly holdout: Holdout }> {
  const { threads, memory: memoryBytes, weights, bound } = flags;
  await using run = openBreeding(file, { out, threads, memoryBytes, weights, bound, io });
  const storePath = join(out, "run.db");
  if (flags.resume && !existsSync(storePath)) throw cliErrors.no_run({ path: out });
  if (!flags.resume && existsSync(storePath)) throw cliErrors.run_exists({ path: out });
  mkdirSync(join(out, "models"), { recursive: true });
  using store = openRunStore(storePath);
  try {
    const { settings, inputs, merge, evaluate, kinship } = run;
    const onModel = (model: PoolModel): void => io.note(describeModel(model));
    const outcome = await runBreed({ settings, inputs, store, merge, evaluate, kinship, signal: io.signal, onModel });
    const holdout = new Map<string, ReadonlyMap<string, Score>>();
    for (const { name } of new Set([outcome.bestFoundation, outcome.best]))
      holdout.set(name, await run.scores(name, "holdout"));
    const children = outcome.models.filter(({ parents }) => parents.length > 0).map(({ name }) => name);
    if (flags.keep === "best") dropChildren(run, children, [outcome.best.name]);
    return { outcome, holdout };
  } catch (error) {
    throw io.signal.aborted ? cliStops.interrupted({ path: out }) : error;
  }
}

function describeModel({ name, parents, score, failure }: PoolModel): string {
  const of = parents.length === 0 ? "" : ` = ${parents.join(" × ")}`;
  return `${name}${of}: ${score === undefined ? `failed: ${failure}` : score.toFixed(4)}`;
}
