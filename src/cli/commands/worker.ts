import { hostname } from "node:os";
import { repeated, wholeNumber } from "../options.ts";
import { createPathMap } from "../path-map.ts";
import { serveEvaluations } from "../worker-run.ts";
import type { CliCommand } from "./command.ts";

interface WorkerFlags {
  readonly queue: string;
  readonly map?: readonly string[];
  readonly threads?: number;
  readonly idle?: number;
  readonly json?: true;
}

/** `merganser worker`: evaluates candidates of searches that run elsewhere. */
export const worker: CliCommand = {
  define(command, io) {
    command
      .requiredOption("--queue <url>", "the Redis server that the searches were given: redis://HOST:PORT")
      .option("--map <from=to>", "where a folder of the search's machine lies on this one; may be repeated", repeated)
      .option(
        "--threads <n>",
        "threads that compute (default: chosen by the models' size)",
        wholeNumber("--threads", 1),
      )
      .option("--idle <seconds>", "end when there was no work for so long (default: never)", wholeNumber("--idle", 1))
      .action(async ({ queue: url, map: maps = [], threads, idle, json }: WorkerFlags) => {
        createPathMap(maps);
        const name = `${hostname()}:${process.pid}`;
        const idleMs = idle === undefined ? undefined : 1000 * idle;
        const { evaluated, failed } = await serveEvaluations({ url, name, setup: { maps, threads }, idleMs, io });
        if (json) io.print(JSON.stringify({ evaluated, failed }));
        else io.print(`${evaluated} evaluations, ${failed} of them of candidates that failed`);
      });
  },
};
