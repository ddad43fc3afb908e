import { compareValues } from "../../evaluate/compare.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors } from "../errors.ts";
import { bestHoldoutValues, exportEvents, findRuns, type RunResult, readRun } from "../run-folder.ts";
import { formatTable } from "../text-table.ts";
import type { CliCommand } from "./command.ts";

interface RunsFlags {
  readonly json?: true;
}

const PERCENT_DIGITS = 1;

/** `merganser runs`: what earlier searches found, side by side. */
export const runs: CliCommand = {
  define(command, io) {
    command
      .argument("<action>", "list, show, compare or export")
      .argument("[folders...]", "folders of runs; list looks below them (default: runs)")
      .action((action: string, folders: readonly string[], flags: RunsFlags) => {
        const run = ACTIONS[action];
        if (run === undefined) throw cliErrors.unknown_action({ action, known: Object.keys(ACTIONS) });
        run(folders, flags, io);
      });
  },
};

const ACTIONS: Readonly<Record<string, (folders: readonly string[], flags: RunsFlags, io: CliIo) => void>> = {
  list(folders, { json }, io) {
    const found = (folders.length === 0 ? ["runs"] : folders).flatMap(findRuns);
    const rows = found.map((folder) => ({ folder, ...readRun(folder) }));
    if (json)
      io.print(JSON.stringify({ runs: rows.map(({ best: { recipe: _, ...best }, ...rest }) => ({ ...rest, best })) }));
    else if (rows.length === 0) io.print("no finished runs");
    else io.print(formatTable([HEADING, ...rows.map(({ folder, ...result }) => listRow(folder, result))]));
  },

  show(folders, { json }, io) {
    for (const folder of atLeast(1, folders)) {
      const result = readRun(folder);
      if (json) io.print(JSON.stringify(result));
      else io.print([formatTable([HEADING, listRow(folder, result)]), "", result.best.recipe.trimEnd()].join("\n"));
    }
  },

  compare(folders, { json }, io) {
    const [first, second] = atLeast(2, folders) as [string, string];
    const result = compareRuns(first, second);
    if (json) io.print(JSON.stringify(result));
    else
      io.print(
        `${first} minus ${second} on ${result.n} holdout items: ${points(result.difference)} ` +
          `[${points(result.low)} to ${points(result.high)}], p = ${result.p_value.toPrecision(2)}`,
      );
  },

  export(folders, _flags, io) {
    for (const folder of atLeast(1, folders)) for (const event of exportEvents(folder)) io.print(JSON.stringify(event));
  },
};

const HEADING = ["run", "search", "holdout", "95 % interval", "best parent", "holdout", "evaluations", "items", "seed"];

function listRow(
  folder: string,
  { best, best_parent: name, parents, evaluations, item_evaluations: items, seed }: RunResult,
): string[] {
  const parent = parents.find((one) => one.name === name)?.holdout;
  const interval = `${percent(best.holdout.low)} to ${percent(best.holdout.high)}`;
  return [
    ...[folder, percent(best.search.value), percent(best.holdout.value), interval],
    ...[name, parent ? percent(parent.value) : "–", String(evaluations), String(items), String(seed)],
  ];
}

/** The paired comparison of two runs' children. @throws cli/different_items */
export function compareRuns(first: string, second: string) {
  const [a, b] = [bestHoldoutValues(first), bestHoldoutValues(second)];
  const same = a.size === b.size && [...a.keys()].every((item) => b.has(item));
  if (!same) throw cliErrors.different_items({ first, second });
  const values = [...a.values()];
  const { difference, permutation, mcnemar } = compareValues(
    values,
    [...a.keys()].map((item) => b.get(item)!),
  );
  return {
    n: values.length,
    difference: difference.value,
    low: difference.low,
    high: difference.high,
    p_value: mcnemar ?? permutation,
  };
}

function atLeast(count: number, folders: readonly string[]): readonly string[] {
  if (folders.length < count) throw cliErrors.too_few_folders({ needed: count, got: folders.length });
  return folders;
}

function percent(share: number): string {
  return (100 * share).toFixed(PERCENT_DIGITS);
}

function points(share: number): string {
  return `${share >= 0 ? "+" : ""}${percent(share)}`;
}
