import type { CodedError } from "../base/errors.ts";
import type { ChatFormat } from "./chat-format.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { evaluateErrors, throwProblems } from "./errors.ts";
import { createFewShotSampler } from "./few-shot.ts";
import { createPrompts } from "./prompts.ts";
import { beginScoring } from "./scoring.ts";
import { selectItems } from "./splits.ts";
import type { Task } from "./task.ts";
import { checkTaskKeys, type TaskKeys } from "./task-keys.ts";
import { readTaskSource, type TaskIo, type TaskSource } from "./task-source.ts";

/**
 * Reads a task file, checks it, and prepares its first item, so that what is wrong with it shows before any model runs.
 *
 * Problems of the file's keys are reported together, as `evaluate/several_problems` if there is more than one. Data
 * files are relative to the task file.
 *
 * @throws the codes of `evaluateErrors` that concern task files and their data.
 */
export function loadTask(path: string, io: TaskIo, options: LoadOptions = {}): Task {
  return taskOf(readTaskSource(path, io), { path, io, ...options });
}

/** Settings of loading. */
export interface LoadOptions {
  /** Writes prompts as turns of a chat. @default plain text */
  readonly chat?: ChatFormat | undefined;
}

/** Where a task comes from. */
export interface TaskOrigin extends LoadOptions {
  readonly path: string;
  readonly io: TaskIo;
}

/** Makes a task of its keys. @throws as `loadTask` */
export function taskOf(source: TaskSource, { path, io, chat }: TaskOrigin): Task {
  const problems: CodedError[] = [];
  const keys = checkTaskKeys(source, problems);
  throwProblems(problems);
  const task = assemble(path, { keys: keys!, source, io, chat });
  task.prepare(selectItems(task, { split: "all", limit: 1 })[0]!);
  return task;
}

interface Parts {
  readonly keys: TaskKeys;
  readonly source: TaskSource;
  readonly io: TaskIo;
  readonly chat: ChatFormat | undefined;
}

function assemble(path: string, { keys, source, io, chat }: Parts): Task {
  const dataset = openDataset(keys, source, io);
  const problems = [...splitProblems(keys, source, dataset)];
  const scoring = beginScoring(keys, source, problems);
  throwProblems(problems);
  return {
    name: keys.task,
    title: keys.task_alias ?? keys.task,
    path,
    keys,
    outputType: keys.output_type,
    scoring,
    prepare: createPrompts(keys, source, {
      sampler: createFewShotSampler(keys, dataset, source),
      needsUnconditional: scoring.metrics.some(({ metric }) => metric.needsUnconditional === true),
      chat,
    }),
    readSplit: (name) => dataset.read(name),
  };
}

const SPLIT_KEYS = [
  "test_split",
  "validation_split",
  "training_split",
  "fewshot_split",
  "search_split",
  "holdout_split",
] as const;

function splitProblems(keys: TaskKeys, source: TaskSource, dataset: Dataset): readonly CodedError[] {
  const known = dataset.splits;
  const unknown = SPLIT_KEYS.flatMap((key) => {
    const split = keys[key];
    if (split === undefined || known.includes(split)) return [];
    return [evaluateErrors.unknown_split({ where: source.at([key]), key, split, known })];
  });
  const missing = (key: string, expected: string): CodedError =>
    evaluateErrors.bad_value({ where: source.at([key]), key, got: "nothing", expected });
  if ((keys.search_split === undefined) !== (keys.holdout_split === undefined)) {
    const [absent, present] =
      keys.search_split === undefined ? ["search_split", "holdout_split"] : ["holdout_split", "search_split"];
    return [...unknown, missing(absent, `the name of a split, since "${present}" is given`)];
  }
  const scored = keys.test_split ?? keys.validation_split ?? keys.search_split;
  if (scored !== undefined) return unknown;
  return [...unknown, missing("test_split", `the name of the split to score (known: ${known.join(", ")})`)];
}
