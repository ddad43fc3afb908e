/**
 * Whole evaluations against lm-evaluation-harness: FOLDER/lm_eval holds task files, their data, and per model what the
 * harness asked, was answered, and scored.
 *
 * Every task is evaluated twice: on the recorded answers, which checks prompts, filters and metrics; and on the model
 * itself where FOLDER/models has it (`llama_chat` is models/llama/chat), which checks the engine's answers too.
 */

import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "../../src/engine/engine.ts";
import { type Answer, evaluateTask, type ItemResult, type TaskResult } from "../../src/evaluate/evaluate-task.ts";
import { taskFiles } from "../../src/cli/task-files.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import type { Task } from "../../src/evaluate/task.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { LanguageModel } from "../../src/model/language-model.ts";
import { openModel } from "../../src/model/open-model.ts";
import type { GoldenFailure, GoldenReport, GoldenRunner } from "./golden-report.ts";
import { ReplayModel } from "./replay-model.ts";

/** One item as the harness logs it; values of metrics stand beside the other keys. */
interface Sample {
  readonly filter: string;
  readonly arguments: readonly (readonly [string, unknown])[];
  readonly resps: readonly (readonly (string | number | readonly [number, boolean])[])[];
  readonly filtered: readonly unknown[];
  readonly [metric: string]: unknown;
}

interface Expected {
  readonly model: string;
  /** By task: `metric,filter`. */
  readonly results?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** Largest difference of a log-probability, summed over a continuation, between float32 programs. */
const LOGPROB_TOLERANCE = 1e-3;

/** Checks every task of every recorded model. */
export const checkTasks: GoldenRunner = async (folder) => {
  const tasks = readTasks(join(folder, "lm_eval"));
  const failures: GoldenFailure[] = [];
  const notes: string[] = [];
  let checked = 0;
  for (const path of globSync("lm_eval/expected_*.json", { cwd: folder }).toSorted()) {
    const expected = JSON.parse(readFileSync(join(folder, path), "utf8")) as Expected;
    for (const [name, samples] of Object.entries(expected.samples)) {
      const id = `${expected.model}/${name}`;
      const task = tasks.get(name);
      if (task === undefined) {
        checked++;
        failures.push({ id, why: "no task file has this name" });
        continue;
      }
      checked += samples.length;
      const scores = expected.results?.[name] ?? {};
      failures.push(...(await compare(`${id}/replay`, { task, samples, scores, model: replayOf(samples) })));
    }
    const modelFolder = foldersOf(folder, expected.model).find((path) => existsSync(path));
    if (modelFolder === undefined) {
      notes.push(`${expected.model}: the model is not there, so only its recorded answers were scored`);
      continue;
    }
    const known = [...tasks].filter(([name]) => expected.samples[name] !== undefined);
    using source = openModel(modelFolder);
    await using model = await openEngine(source, { kernels: createPlainKernels(2 ** 24) });
    for (const [name, task] of known) {
      const samples = expected.samples[name]!;
      checked += samples.length;
      failures.push(...(await compare(`${expected.model}/${name}`, { task, samples, scores: {}, model })));
    }
  }
  return { passed: checked - failures.length, failures, notes } satisfies GoldenReport;
};

/** `gpt_neox_base` may be models/gpt_neox/base, models/gpt/neox_base, or a folder of that name. */
function foldersOf(folder: string, model: string): readonly string[] {
  const parts = model.split("_");
  const divided = parts.map((_, i) => join(folder, "models", parts.slice(0, i).join("_"), parts.slice(i).join("_")));
  return [join(folder, "models", ...parts), ...divided.toReversed()];
}

function readTasks(folder: string): ReadonlyMap<string, Task> {
  const files = globSync(["*.yaml", "*.yml"], { cwd: folder }).map((file) => join(folder, file));
  return new Map(files.flatMap((file) => readTaskFile(file)).map((task) => [task.name, task]));
}

/** Groups repeat tasks that have files of their own; a file that only others include is no task. */
function readTaskFile(file: string): readonly Task[] {
  const text = readFileSync(file, "utf8");
  if (/^group:/m.test(text) || !/^task:/m.test(text)) return [];
  return [loadTask(file, taskFiles)];
}

function replayOf(samples: readonly Sample[]): LanguageModel {
  const model = new ReplayModel();
  for (const sample of samples) {
    for (const [i, [context, continuation]] of sample.arguments.entries()) {
      const response = sample.resps[i]![0]!;
      if (typeof response === "string") model.learnText(context, response);
      else if (typeof response === "number") model.learnScore("", context, { logprob: response, greedy: false });
      else model.learnScore(context, String(continuation), { logprob: response[0], greedy: response[1] });
    }
  }
  return model;
}

interface Comparison {
  readonly task: Task;
  readonly samples: readonly Sample[];
  /** Of the whole task, where they are to be compared too. */
  readonly scores: Readonly<Record<string, unknown>>;
  readonly model: LanguageModel;
}

/** At most one failure a sample. The harness logs an item once for each filter. */
async function compare(id: string, { task, samples, scores, model }: Comparison): Promise<readonly GoldenFailure[]> {
  const items = selectItems(task);
  const filters = [...new Set(samples.map(({ filter }) => filter))];
  if (items.length * filters.length !== samples.length)
    return samples.map((_, i) => ({ id: `${id}/${i}`, why: `the task has ${items.length} items` }));
  try {
    const result = await evaluateTask(task, items, model);
    const seen = new Map<string, number>();
    const failures = samples.flatMap((sample, i) => {
      const at = seen.get(sample.filter) ?? 0;
      seen.set(sample.filter, at + 1);
      const why = differenceOf(result.items[at]!, sample, filters.length > 1);
      return why === undefined ? [] : [{ id: `${id}/${i}`, why }];
    });
    if (failures.length > 0) return failures;
    const why = differentScore(result, scores);
    return why === undefined ? [] : [{ id: `${id}/scores`, why }];
  } catch (error) {
    return samples.map((_, i) => ({ id: `${id}/${i}`, why: String(error) }));
  }
}

function differentScore({ scores }: TaskResult, expected: Readonly<Record<string, unknown>>): string | undefined {
  for (const [key, value] of Object.entries(expected)) {
    if (typeof value !== "number" || !key.includes(",") || key.includes("stderr")) continue;
    const got = (scores[key] ?? scores[key.split(",")[0]!])?.value;
    if (got === undefined || !(Math.abs(got - value) <= 1e-6 * Math.max(1, Math.abs(value)))) return `${key} is ${got}, not ${value}`;
  }
  return undefined;
}

function differenceOf(result: ItemResult, sample: Sample, severalFilters: boolean): string | undefined {
  const { prompt, answer, values, parts } = result;
  const [context] = sample.arguments[0]!;
  if (prompt !== context) return `the prompt is ${JSON.stringify(prompt)}, not ${JSON.stringify(context)}`;
  if (answer.kind === "generate_until") {
    const [response] = sample.resps[0]!;
    if (answer.response !== response)
      return `wrote ${JSON.stringify(answer.response)}, not ${JSON.stringify(response)}`;
    const filtered = answer.filtered[sample.filter] ?? Object.values(answer.filtered)[0];
    const wanted = [sample.filtered].flat(2)[0];
    if (filtered !== wanted) return `filtered to ${JSON.stringify(filtered)}, not ${wanted}`;
  }
  const scored = scoredOf(answer);
  for (const [i, { logprob, greedy }] of scored.entries()) {
    const response = sample.resps[i]![0] as number | readonly [number, boolean];
    const [wanted, isGreedy] = typeof response === "number" ? [response, undefined] : response;
    if (!(Math.abs(logprob - wanted) <= LOGPROB_TOLERANCE)) return `choice ${i} has ${logprob}, not ${wanted}`;
    if (isGreedy !== undefined && greedy !== isGreedy)
      return `choice ${i} is ${isGreedy ? "not " : ""}what greedy decoding writes`;
  }
  for (const [name, value] of Object.entries(values)) {
    const [metric, filter] = name.split(",") as [string, string?];
    if (severalFilters && filter !== sample.filter) continue;
    const wanted = sample[metric];
    // What the harness logs for scores that are more than a mean: what goes into them.
    if (typeof wanted === "object" || wanted === undefined) continue;
    if (!(Math.abs(value - Number(wanted)) <= LOGPROB_TOLERANCE)) return `${name} is ${value}, not ${String(wanted)}`;
    if (typeof parts[name] === "undefined" && Number.isInteger(wanted) && value !== wanted)
      return `${name} is ${value}, not ${String(wanted)}`;
  }
  return undefined;
}

function scoredOf(answer: Answer): readonly { readonly logprob: number; readonly greedy: boolean | undefined }[] {
  if (answer.kind === "loglikelihood") return [answer];
  if (answer.kind === "loglikelihood_rolling") return [{ logprob: answer.logprob, greedy: undefined }];
  if (answer.kind === "generate_until") return [];
  const own = answer.logprobs.map((logprob, i) => ({ logprob, greedy: answer.greedy[i]! }));
  return [...own, ...(answer.unconditional ?? []).map((logprob) => ({ logprob, greedy: undefined }))];
}
