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
import { evaluateTask, type ItemResult } from "../../src/evaluate/evaluate-task.ts";
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
  readonly resps: readonly (readonly (string | readonly [number, boolean])[])[];
  readonly filtered: readonly unknown[];
  readonly [metric: string]: unknown;
}

interface Expected {
  readonly model: string;
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
      failures.push(...(await compare(`${id}/replay`, { task, samples, model: replayOf(samples) })));
    }
    const modelFolder = join(folder, "models", ...expected.model.split("_"));
    if (!existsSync(modelFolder)) {
      notes.push(`${expected.model}: the model is not there, so only its recorded answers were scored`);
      continue;
    }
    const known = [...tasks].filter(([name]) => expected.samples[name] !== undefined);
    using source = openModel(modelFolder);
    await using model = await openEngine(source, { kernels: createPlainKernels(2 ** 24) });
    for (const [name, task] of known) {
      const samples = expected.samples[name]!;
      checked += samples.length;
      failures.push(...(await compare(`${expected.model}/${name}`, { task, samples, model })));
    }
  }
  return { passed: checked - failures.length, failures, notes } satisfies GoldenReport;
};

function readTasks(folder: string): ReadonlyMap<string, Task> {
  const io = { readText: (path: string) => readFileSync(path, "utf8") };
  const tasks = globSync("*.yaml", { cwd: folder }).map((file) => loadTask(join(folder, file), io));
  return new Map(tasks.map((task) => [task.name, task]));
}

function replayOf(samples: readonly Sample[]): LanguageModel {
  const model = new ReplayModel();
  for (const sample of samples) {
    for (const [i, [context, continuation]] of sample.arguments.entries()) {
      const response = sample.resps[i]![0]!;
      if (typeof response === "string") model.learnText(context, response);
      else model.learnScore(context, String(continuation), { logprob: response[0], greedy: response[1] });
    }
  }
  return model;
}

interface Comparison {
  readonly task: Task;
  readonly samples: readonly Sample[];
  readonly model: LanguageModel;
}

/** At most one failure an item. */
async function compare(id: string, { task, samples, model }: Comparison): Promise<readonly GoldenFailure[]> {
  const items = selectItems(task);
  if (items.length !== samples.length)
    return samples.map((_, i) => ({ id: `${id}/${i}`, why: `the task has ${items.length} items` }));
  try {
    const result = await evaluateTask(task, items, model);
    return result.items.flatMap((item, i) => {
      const why = differenceOf(item, samples[i]!);
      return why === undefined ? [] : [{ id: `${id}/${i}`, why }];
    });
  } catch (error) {
    return samples.map((_, i) => ({ id: `${id}/${i}`, why: String(error) }));
  }
}

function differenceOf({ prompt, answer, values }: ItemResult, sample: Sample): string | undefined {
  const [context] = sample.arguments[0]!;
  if (prompt !== context) return `the prompt is ${JSON.stringify(prompt)}, not ${JSON.stringify(context)}`;
  if (answer.kind === "generate_until") {
    const [response] = sample.resps[0]!;
    if (answer.response !== response)
      return `wrote ${JSON.stringify(answer.response)}, not ${JSON.stringify(response)}`;
    const filtered = Object.values(answer.filtered)[0];
    if (filtered !== sample.filtered[0]) return `filtered to ${JSON.stringify(filtered)}, not ${sample.filtered[0]}`;
  }
  if (answer.kind === "multiple_choice") {
    for (const [i, [response]] of sample.resps.entries()) {
      const [logprob, greedy] = response as readonly [number, boolean];
      const difference = Math.abs(answer.logprobs[i]! - logprob);
      if (!(difference <= LOGPROB_TOLERANCE)) return `choice ${i} has ${answer.logprobs[i]}, not ${logprob}`;
      if (answer.greedy[i] !== greedy) return `choice ${i} is ${greedy ? "not " : ""}what greedy decoding writes`;
    }
  }
  const wrong = Object.entries(values).find(([metric, value]) => value !== sample[metric]);
  return wrong === undefined ? undefined : `${wrong[0]} is ${wrong[1]}, not ${String(sample[wrong[0]])}`;
}
