/** Task files that name several tasks: `group`, `task` and `aggregate_metric_list`. */

import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { evaluateErrors, throwProblems } from "./errors.ts";
import { type LoadOptions, taskOf } from "./load-task.ts";
import type { Task } from "./task.ts";
import { problemsOf } from "./task-keys.ts";
import { besideFile, readTaskSource, type TaskIo, type TaskSource } from "./task-source.ts";

/** Tasks that are scored together. */
export interface TaskGroup {
  readonly name: string;
  readonly title: string;
  /** Names of all tasks in it, those of inner groups too. */
  readonly members: readonly string[];
  /** What is scored; undefined for every score that all members share, each task weighing the same. */
  readonly aggregates: readonly GroupAggregate[] | undefined;
}

/** A metric that a group has a score of. */
export interface GroupAggregate {
  readonly metric: string;
  /** Pipelines; undefined for all. */
  readonly filters: readonly string[] | undefined;
  /** Whether a task weighs as many times as it has items. */
  readonly weightBySize: boolean;
}

/** What task files hold. */
export interface TaskSet {
  readonly tasks: readonly Task[];
  /** Outer groups before inner ones. */
  readonly groups: readonly TaskGroup[];
}

/** Groups in groups that are followed. */
const MAX_DEPTH = 8;

const AGGREGATE = z.strictObject({
  metric: z.string("the name of a metric"),
  aggregation: z.literal("mean", '"mean"').default("mean"),
  weight_by_size: z.boolean("true or false").default(true),
  filter_list: z.union([z.string(), z.array(z.string())], "a name or a list of names").optional(),
});

const MEMBER = z.union([z.string(), z.looseObject({})], "a file, or a mapping");

const GROUP_KEYS = z.strictObject({
  group: z.string("a text"),
  group_alias: z.string("a text").optional(),
  task: z.union([z.string(), z.array(MEMBER).min(1)], "a file, or a list of files and mappings"),
  aggregate_metric_list: z.union([AGGREGATE, z.array(AGGREGATE)], "a list of mappings, each with a metric").optional(),
  metadata: z.unknown().optional(),
});

/**
 * Reads task files, each of which holds a task or a group of tasks. A group names its members by files beside it, with or
 * without ".yaml"; a mapping is such a file with keys of its own in `task`, a task of its own, or an inner group.
 *
 * @throws as `loadTask`, and evaluate/same_name for two tasks of one name
 */
export function loadTasks(paths: readonly string[], io: TaskIo, options: LoadOptions = {}): TaskSet {
  const reader = new Reader(io, options);
  for (const path of paths) reader.read(readTaskSource(path, io), path, 0);
  const names = reader.tasks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw evaluateErrors.same_name({ task: twice });
  return reader;
}

class Reader implements TaskSet {
  readonly tasks: Task[] = [];
  readonly groups: TaskGroup[] = [];
  readonly #io: TaskIo;
  readonly #options: LoadOptions;

  constructor(io: TaskIo, options: LoadOptions) {
    this.#io = io;
    this.#options = options;
  }

  /** @returns the names of the tasks that were read. */
  read(source: TaskSource, path: string, depth: number): readonly string[] {
    if (source.keys["group"] !== undefined) return this.#readGroup(source, path, depth);
    const task = taskOf(source, { path, io: this.#io, ...this.#options });
    this.tasks.push(task);
    return [task.name];
  }

  #readGroup(source: TaskSource, path: string, depth: number): readonly string[] {
    const keys = checkGroup(source);
    if (depth >= MAX_DEPTH) {
      const what = `a group at a depth of more than ${MAX_DEPTH}`;
      throw evaluateErrors.not_supported({ where: source.at(["group"]), what, fix: "name its tasks in the outer one" });
    }
    const at = this.groups.length;
    const members = [keys.task].flat().flatMap((member, i) => {
      const where = Array.isArray(keys.task) ? ["task", i] : ["task"];
      if (typeof member === "string") return this.#readFile(member, source, where, depth);
      const { task, ...own } = member as { readonly [key: string]: Json };
      const isFile = typeof task === "string" && own["dataset_path"] === undefined && own["group"] === undefined;
      if (isFile) return this.#readFile(task, source, where, depth, own);
      return this.read(inlineSource(source, where, member as TaskSource["keys"]), path, depth + 1);
    });
    const aggregates = keys.aggregate_metric_list === undefined ? undefined : [keys.aggregate_metric_list].flat();
    this.groups.splice(at, 0, {
      name: keys.group,
      title: keys.group_alias ?? keys.group,
      members,
      aggregates: aggregates?.map(({ metric, weight_by_size, filter_list }) => ({
        metric,
        filters: filter_list === undefined ? undefined : [filter_list].flat(),
        weightBySize: weight_by_size,
      })),
    });
    return members;
  }

  #readFile(
    name: string,
    group: TaskSource,
    where: (string | number)[],
    depth: number,
    own: TaskSource["keys"] = {},
  ): readonly string[] {
    const file = besideFile(group.fileOf("task"), /\.ya?ml$/i.test(name) ? name : `${name}.yaml`);
    const source = this.#readNamed(file, group.at(where));
    return this.read(withKeys(source, group, where, own), file, depth + 1);
  }

  #readNamed(file: string, where: string): TaskSource {
    try {
      return readTaskSource(file, this.#io);
    } catch (cause) {
      const isThisFile = cause instanceof CodedError && cause.code === "evaluate/file_missing";
      if (isThisFile && cause.message.startsWith(`${file}: `))
        throw evaluateErrors.file_missing({ where, path: file }, cause);
      throw cause;
    }
  }
}

function checkGroup(source: TaskSource): z.infer<typeof GROUP_KEYS> {
  const checked = GROUP_KEYS.safeParse(source.keys);
  if (!checked.success) throwProblems(checked.error.issues.flatMap((issue) => problemsOf(issue, source)));
  return checked.data!;
}

/** A member's file with keys that the group gives it. */
function withKeys(
  file: TaskSource,
  group: TaskSource,
  where: readonly (string | number)[],
  own: TaskSource["keys"],
): TaskSource {
  const isOwn = (key: string | number | undefined): boolean => Object.hasOwn(own, String(key));
  return {
    keys: { ...file.keys, ...own },
    at: (path) => (isOwn(path[0]) ? group.at([...where, ...path]) : file.at(path)),
    fileOf: (key) => (isOwn(key) ? group.fileOf("task") : file.fileOf(key)),
  };
}

/** A task that stands in the group's own file. */
function inlineSource(group: TaskSource, where: readonly (string | number)[], keys: TaskSource["keys"]): TaskSource {
  return { keys, at: (path) => group.at([...where, ...path]), fileOf: () => group.fileOf("task") };
}
