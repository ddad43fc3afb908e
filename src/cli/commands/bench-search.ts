import { join } from "node:path";
import type { CliIo } from "../cli-io.ts";
import { BOUND_OPTION, type ExactForm, FORM_OPTION } from "../model-hold.ts";
import { wholeNumber } from "../options.ts";
import { memoryBound } from "../recipe-options.ts";
import { type ArmResult, runArms, summarizeArms } from "../search-comparison.ts";
import { formatTable } from "../text-table.ts";
import type { CliCommand } from "./command.ts";

interface BenchFlags {
  readonly presets: string;
  readonly seeds: number;
  readonly items: number;
  readonly out: string;
  readonly threads?: number;
  readonly memory: number;
  readonly weights?: ExactForm;
  readonly json?: true;
}

/** `merganser bench-search`: which way to search finds the better child at equal cost. */
export const benchSearch: CliCommand = {
  define(command, io) {
    command
      .argument(
        "<search>",
        "search file; its models, tasks and base count for every preset, and it is an arm itself as `file`",
      )
      .requiredOption(
        "--presets <names>",
        "presets to compare, with commas between; `file` is the search file as it is",
      )
      .requiredOption("--items <n>", "item evaluations of each run", wholeNumber("--items", 1))
      .option("--seeds <n>", "runs of each preset", wholeNumber("--seeds", 1), 5)
      .option("--out <dir>", "folder of the runs; runs that are there are not run again", join("runs", "bench-search"))
      .option("--threads <n>", "threads that compute", wholeNumber("--threads", 1))
      .option(...BOUND_OPTION)
      .option(...FORM_OPTION)
      .action(async (file: string, flags: BenchFlags) => {
        const presets = flags.presets.split(",").map((name) => name.trim());
        const { seeds, items, out, memory, threads, weights } = flags;
        const wishes = { weights, bound: memoryBound(command) };
        const arms = await runArms(
          { file, presets, seeds, items, out, memory, wishes, ...(threads === undefined ? {} : { threads }) },
          io,
        );
        printSummary(arms, flags, io);
      });
  },
};

function printSummary(arms: readonly ArmResult[], { json, items }: BenchFlags, io: CliIo): void {
  const summary = summarizeArms(arms);
  if (json) {
    io.print(JSON.stringify({ items, ...summary }));
    return;
  }
  const percent = (share: number): string => (100 * share).toFixed(1);
  const rows = summary.presets.map(({ preset, holdout, search, seeds }) => [
    ...[preset, String(seeds), percent(search), percent(holdout.mean)],
    ...[`${percent(holdout.low)} to ${percent(holdout.high)}`, percent(search - holdout.mean)],
  ]);
  const heading = ["preset", "seeds", "search", "holdout", "95 % interval over seeds", "optimism"];
  const pairs = summary.pairs.map(
    ({ first, second, difference, p_value: p }) =>
      `${first} minus ${second}: ${percent(difference)} points, p = ${p.toPrecision(2)}`,
  );
  io.print([formatTable([heading, ...rows]), "", ...pairs].join("\n"));
}
