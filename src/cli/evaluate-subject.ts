import type { Command } from "commander";
import type { FirstLook } from "../engine/first-look.ts";
import { isQuantised } from "../engine/matrix-type.ts";
import type { TaskResult } from "../evaluate/evaluate-task.ts";
import { createModelEvaluator, type EvaluatorOptions, type TaskScores } from "../evaluate/evaluator.ts";
import { type SplitName, selectItems } from "../evaluate/splits.ts";
import { loadTasks, type TaskGroup } from "../evaluate/task-group.ts";
import { createCommandEvaluator } from "../remote/command-evaluator.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { type EvaluationFlags, openEvaluated } from "./evaluated-subject.ts";
import { repeated, wholeNumber } from "./options.ts";
import { startProgress } from "./progress.ts";
import { addRunnerOptions, openFolder, openServed, type RunnerFlags, wordsOf } from "./served-subject.ts";
import { taskFiles } from "./task-files.ts";

/** Flags that say what is asked. */
export interface TaskFlags extends EvaluationFlags, RunnerFlags {
  readonly task?: readonly string[];
  readonly split: SplitName;
  readonly limit?: number;
}

/** What evaluating a model gave. */
export interface SubjectResults {
  readonly results: readonly TaskScores[];
  readonly groups: readonly TaskGroup[];
  /** Undefined for exact weights. */
  readonly look: FirstLook | undefined;
  readonly cost: {
    readonly requests: number;
    readonly tokens: number;
    /** Requests whose answers were known. */
    readonly remembered: number;
    /** Items whose prompts lost their beginning. */
    readonly truncated: number;
    readonly seconds: number;
  };
}

const SPLITS: readonly SplitName[] = ["search", "holdout", "all"];

/** Adds the flags of commands that evaluate on task files. */
export function addTaskOptions(command: Command): Command {
  return addRunnerOptions(command)
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
  if (isQuantised(flags.weights) && (flags.server ?? flags.command) !== undefined)
    throw cliErrors.bad_usage({ message: `--weights ${flags.weights} is for our engine, not for another runner` });
  // What is wrong with the tasks shows before a model is looked for.
  const plain = flags.applyChatTemplate === true ? undefined : loadTasks(flags.task, taskFiles);
  if (flags.command !== undefined) return evaluateByCommand(argument, flags.command, flags, io);
  await using subject =
    flags.server === undefined ? openEvaluated(argument, flags, io) : await openServed(argument, flags, io);
  const { tasks, groups } = plain ?? loadTasks(flags.task, taskFiles, { chat: subject.chat });
  const limit = flags.limit === undefined ? {} : { limit: flags.limit };
  const selected = tasks.map((task) => ({ task, items: selectItems(task, { split: flags.split, ...limit }) }));
  const startMs = io.now();
  const bar = startProgress(io, "items");
  const onProgress: EvaluatorOptions["onProgress"] = ({ done, total, task }) =>
    bar.update({ done, total, label: task });
  const results = await createModelEvaluator(subject.model).evaluate(selected, { signal: io.signal, onProgress });
  bar.end();
  const items = results.flatMap(({ result }) => result!.items);
  return {
    results,
    groups,
    look: subject.firstLook(),
    cost: {
      requests: items.reduce((sum, { cost }) => sum + cost.requests, 0),
      tokens: items.reduce((sum, { cost }) => sum + cost.tokens, 0),
      remembered: subject.model.remembered,
      truncated: items.filter(({ truncated }) => truncated).length,
      seconds: (io.now() - startMs) / 1000,
    },
  };
}

async function evaluateByCommand(
  argument: string,
  command: string,
  flags: TaskFlags,
  io: CliIo,
): Promise<SubjectResults> {
  if (flags.limit !== undefined || flags.split !== "all")
    throw cliErrors.bad_usage({
      message: "--command: which items are asked is the program's business; leave out --split and --limit",
    });
  const { tasks, groups } = loadTasks(flags.task!, taskFiles);
  const startMs = io.now();
  using folder = await openFolder(argument, flags, io);
  const evaluator = createCommandEvaluator({ command: wordsOf(command), model: folder.path, onLine: io.note });
  const selected = tasks.map((task) => ({ task, items: [] }));
  const results = await evaluator.evaluate(selected, { signal: io.signal });
  const seconds = (io.now() - startMs) / 1000;
  return { results, groups, look: undefined, cost: { requests: 0, tokens: 0, remembered: 0, truncated: 0, seconds } };
}

/** The items' results. @throws cli/bad_usage where a program gave scores alone */
export function itemResults(results: readonly TaskScores[]): readonly TaskResult[] {
  return results.map(({ result }) => {
    if (result !== undefined) return result;
    throw cliErrors.bad_usage({ message: "--command gives scores alone; items need the engine or a server" });
  });
}
