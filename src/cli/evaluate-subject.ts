import type { Command } from "commander";
import { evaluateTask, type TaskResult } from "../evaluate/evaluate-task.ts";
import { type SplitName, selectItems } from "../evaluate/splits.ts";
import { loadTasks, type TaskGroup } from "../evaluate/task-group.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { type EvaluationFlags, openEvaluated } from "./evaluated-subject.ts";
import { repeated, wholeNumber } from "./options.ts";
import { startProgress } from "./progress.ts";
import { taskFiles } from "./task-files.ts";

/** Flags that say what is asked. */
export interface TaskFlags extends EvaluationFlags {
  readonly task?: readonly string[];
  readonly split: SplitName;
  readonly limit?: number;
}

/** What evaluating a model gave. */
export interface SubjectResults {
  readonly results: readonly TaskResult[];
  readonly groups: readonly TaskGroup[];
  readonly cost: {
    readonly requests: number;
    readonly tokens: number;
    /** Requests whose answers were known. */
    readonly remembered: number;
    readonly seconds: number;
  };
}

const SPLITS: readonly SplitName[] = ["search", "holdout", "all"];

/** Adds the flags of commands that evaluate on task files. */
export function addTaskOptions(command: Command): Command {
  return command
    .option("--task <file>", "task file in lm-evaluation-harness' keys; may be given several times", repeated)
    .option("--split <name>", "search, holdout or all", parseSplit, "all")
    .option("--limit <n>", "items of each task at most, from the front", wholeNumber("--limit", 1))
    .option("--apply-chat-template", "write prompts in the model's chat template")
    .option("--fewshot-as-multiturn", "few-shot examples as turns of the chat")
    .option("--system-instruction <text>", "what the chat begins with")
    .option("--no-cache", "ask again what earlier commands have asked");
}

function parseSplit(text: string): SplitName {
  const split = SPLITS.find((name) => name === text);
  if (split === undefined) {
    throw cliErrors.bad_usage({ message: `--split: "${text}" is not a split; choose one of ${SPLITS.join(", ")}` });
  }
  return split;
}

/** Evaluates one model or recipe on all tasks. @throws cli/bad_usage, and what opening, loading and asking raise */
export async function evaluateSubject(argument: string, flags: TaskFlags, io: CliIo): Promise<SubjectResults> {
  if (flags.task === undefined) throw cliErrors.bad_usage({ message: "nothing to score on: give --task FILE" });
  // What is wrong with the tasks shows before a model is looked for.
  if (flags.applyChatTemplate !== true) loadTasks(flags.task, taskFiles);
  await using subject = openEvaluated(argument, flags, io);
  const { tasks, groups } = loadTasks(flags.task, taskFiles, { chat: subject.chat });
  const limit = flags.limit === undefined ? {} : { limit: flags.limit };
  const selected = tasks.map((task) => ({ task, items: selectItems(task, { split: flags.split, ...limit }) }));
  const startMs = io.now();
  const bar = startProgress(io, "items");
  const results: TaskResult[] = [];
  for (const { task, items } of selected) {
    const onProgress = (p: { done: number; total: number }): void => bar.update({ ...p, label: task.name });
    results.push(await evaluateTask(task, items, subject.model, { signal: io.signal, onProgress }));
  }
  bar.end();
  const costs = results.flatMap(({ items }) => items.map(({ cost }) => cost));
  return {
    results,
    groups,
    cost: {
      requests: costs.reduce((sum, { requests }) => sum + requests, 0),
      tokens: costs.reduce((sum, { tokens }) => sum + tokens, 0),
      remembered: subject.model.remembered,
      seconds: (io.now() - startMs) / 1000,
    },
  };
}
