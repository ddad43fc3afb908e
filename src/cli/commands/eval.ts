import { writeFileSync } from "node:fs";
import { evaluateTask, type TaskResult } from "../../evaluate/evaluate-task.ts";
import { loadTask } from "../../evaluate/load-task.ts";
import { itemsToJsonl, resultsToJson } from "../../evaluate/results.ts";
import { type SplitName, selectItems } from "../../evaluate/splits.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors } from "../errors.ts";
import { type RunFlags, runSubject } from "../open-subject.ts";
import { repeated, wholeNumber } from "../options.ts";
import { startProgress } from "../progress.ts";
import { readText } from "../read-recipe.ts";
import { addRunOptions } from "../recipe-options.ts";
import { formatTable } from "../text-table.ts";
import type { CliCommand } from "./command.ts";

interface EvalFlags extends RunFlags {
  readonly task?: readonly string[];
  readonly split: SplitName;
  readonly limit?: number;
  readonly items?: string;
  readonly json?: true;
}

const SPLITS: readonly SplitName[] = ["search", "holdout", "all"];

/** `merganser eval`: scores a model or recipe on task files, with 95 % intervals. */
export const evaluate: CliCommand = {
  define(command, io) {
    addRunOptions(command)
      .option("--task <file>", "task file in lm-evaluation-harness' keys; may be given several times", repeated)
      .option("--split <name>", "search, holdout or all", parseSplit, "all")
      .option("--limit <n>", "items of each task at most, from the front", wholeNumber("--limit", 1))
      .option("--items <file>", "write every item's result to this JSONL file")
      .action(async (subject: string, flags: EvalFlags) => {
        const results = await evaluateSubject(subject, flags, io);
        if (flags.items !== undefined) writeFileSync(flags.items, itemsToJsonl(results));
        io.print(flags.json ? JSON.stringify(resultsToJson(results)) : describeResults(results));
      });
  },
};

function parseSplit(text: string): SplitName {
  const split = SPLITS.find((name) => name === text);
  if (split === undefined) {
    throw cliErrors.bad_usage({ message: `--split: "${text}" is not a split; choose one of ${SPLITS.join(", ")}` });
  }
  return split;
}

async function evaluateSubject(subject: string, flags: EvalFlags, io: CliIo): Promise<readonly TaskResult[]> {
  if (flags.task === undefined) throw cliErrors.bad_usage({ message: "nothing to score on: give --task FILE" });
  const tasks = flags.task.map((file) => loadTask(file, { readText }));
  const limit = flags.limit === undefined ? {} : { limit: flags.limit };
  const selected = tasks.map((task) => ({ task, items: selectItems(task, { split: flags.split, ...limit }) }));
  await using engine = await runSubject(subject, flags, io);
  const bar = startProgress(io, "items");
  const results: TaskResult[] = [];
  for (const { task, items } of selected) {
    const onProgress = (p: { done: number; total: number }): void => bar.update({ ...p, label: task.name });
    results.push(await evaluateTask(task, items, engine, { signal: io.signal, onProgress }));
  }
  bar.end();
  return results;
}

function describeResults(results: readonly TaskResult[]): string {
  const { tasks } = resultsToJson(results);
  const rows = Object.entries(tasks).flatMap(([task, metrics]) =>
    Object.entries(metrics).map(([metric, { value, n, low, high }]) => [
      task,
      metric,
      fixed(value),
      `${fixed(low)} – ${fixed(high)}`,
      String(n),
    ]),
  );
  return formatTable([["task", "metric", "score", "95 % interval", "items"], ...rows]);
}

/** A score that could not be computed has no number. */
function fixed(value: number | null): string {
  return value === null ? "–" : value.toFixed(4);
}
