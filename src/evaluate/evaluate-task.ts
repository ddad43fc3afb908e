import { sha256 } from "../base/hash.ts";
import type { ContinuationScore, Generation, LanguageModel } from "../model/language-model.ts";
import type { Item } from "./item.ts";
import type { Measures } from "./metrics/metric.ts";
import type { Expectation, PreparedItem } from "./prompts.ts";
import { type Score, scoreOf } from "./score.ts";
import type { MetricUse } from "./scoring.ts";
import { scoreName } from "./scoring.ts";
import type { Task } from "./task.ts";

/** What a model answered to an item. */
export type Answer =
  | {
      readonly kind: "generate_until";
      readonly response: string;
      readonly stoppedBy: Generation["stoppedBy"];
      /** By pipeline. */
      readonly filtered: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "multiple_choice";
      /** Of each choice, in order. */
      readonly logprobs: readonly number[];
      readonly greedy: readonly boolean[];
    }
  | { readonly kind: "loglikelihood"; readonly logprob: number; readonly greedy: boolean };

/** An item that was asked. */
export interface ItemResult {
  readonly item: Item;
  readonly prompt: string;
  /** The first 64 bits of the prompt's SHA-256, in hex. */
  readonly promptHash: string;
  readonly expected: Expectation;
  readonly answer: Answer;
  /** Whether the prompt lost its beginning because it was too long for the model. */
  readonly truncated: boolean;
  /** By score name. NaN where the model gave nothing that can be measured. */
  readonly values: Readonly<Record<string, number>>;
}

/** A task that was evaluated. */
export interface TaskResult {
  readonly task: Task;
  /** By score name, in the order of the task file. */
  readonly scores: Readonly<Record<string, Score>>;
  /** In the order of the items. */
  readonly items: readonly ItemResult[];
}

/** How far an evaluation is. */
export interface EvaluationProgress {
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

/** Settings of one evaluation. */
export interface EvaluateOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
  /**
   * Items that the model is asked at a time. Results do not depend on it; small numbers give finer progress, large ones
   * fuller batches. @default 128 with `onProgress`, all without
   */
  readonly itemsAtATime?: number;
}

/**
 * Asks a model the items of a task and scores what it answers.
 *
 * All prompts are written before the model is asked anything. An answer that cannot be measured is a value of NaN, not
 * an error.
 *
 * @param items - n ≥ 1, as `selectItems` gives them.
 * @throws what writing prompts throws, what the model throws, and the signal's reason.
 */
export async function evaluateTask(
  task: Task,
  items: readonly Item[],
  model: LanguageModel,
  options: EvaluateOptions = {},
): Promise<TaskResult> {
  const { signal, onProgress, itemsAtATime = onProgress === undefined ? items.length : 128 } = options;
  const prepared = items.map(task.prepare);
  const results: ItemResult[] = [];
  for (let start = 0; start < prepared.length; start += itemsAtATime) {
    signal?.throwIfAborted();
    results.push(...(await ask(task, prepared.slice(start, start + itemsAtATime), model, signal)));
    onProgress?.({ task: task.name, done: results.length, total: prepared.length });
  }
  const scores = usesOf(task).map(({ name, use }) => {
    const values = results.map((result) => result.values[name]!);
    return [name, scoreOf(values, use.metric.aggregation)] as const;
  });
  return { task, scores: Object.fromEntries(scores), items: results };
}

/** Every combination of pipeline and metric; answers without text have one pipeline. */
function usesOf({ scoring }: Task): readonly { name: string; pipeline: string; use: MetricUse }[] {
  return scoring.pipelines.flatMap((pipeline) =>
    scoring.metrics.map((use) => ({ name: scoreName(scoring, pipeline, use), pipeline: pipeline.name, use })),
  );
}

async function ask(
  task: Task,
  prepared: readonly PreparedItem[],
  model: LanguageModel,
  signal: AbortSignal | undefined,
): Promise<readonly ItemResult[]> {
  if (task.outputType !== "generate_until") return score(task, prepared, model, signal);
  const { generation_kwargs: given, fewshot_delimiter } = task.keys;
  const maxTokens = given.max_gen_toks ?? given.max_new_tokens ?? given.max_tokens ?? 256;
  const until = [given.until ?? fewshot_delimiter].flat();
  const requests = prepared.map(({ prompt }) => ({ prompt, maxTokens, until, overflow: "cut" as const }));
  const written = await model.generate(requests, signal);
  return prepared.map((one, i) => {
    const { text, stoppedBy, truncated } = written[i]!;
    const filtered = Object.fromEntries(task.scoring.pipelines.map(({ name, run }) => [name, run(text)]));
    return toResult(task, one, { kind: "generate_until", response: text, stoppedBy, filtered }, truncated);
  });
}

async function score(
  task: Task,
  prepared: readonly PreparedItem[],
  model: LanguageModel,
  signal: AbortSignal | undefined,
): Promise<readonly ItemResult[]> {
  const continuations = prepared.map(({ expected }) => continuationsOf(expected, task));
  const requests = prepared.flatMap(({ prompt }, i) =>
    continuations[i]!.map((continuation) => ({ context: prompt, continuation })),
  );
  const scored = await model.score(requests, signal);
  let next = 0;
  return prepared.map((one, i) => {
    const own = scored.slice(next, next + continuations[i]!.length);
    next += own.length;
    return toResult(
      task,
      one,
      toAnswer(one.expected, own),
      own.some((entry) => entry.truncated),
    );
  });
}

/** The delimiter goes before a choice, and not before a single target, as in the harness. */
function continuationsOf(expected: Expectation, task: Task): readonly string[] {
  if (expected.kind === "multiple_choice") return expected.choices.map((choice) => task.keys.target_delimiter + choice);
  return expected.kind === "loglikelihood" ? [expected.target] : [];
}

function toAnswer(expected: Expectation, scored: readonly ContinuationScore[]): Answer {
  const [first] = scored;
  if (expected.kind === "loglikelihood")
    return { kind: "loglikelihood", logprob: first!.logprob, greedy: first!.greedy };
  return {
    kind: "multiple_choice",
    logprobs: scored.map((entry) => entry.logprob),
    greedy: scored.map((entry) => entry.greedy),
  };
}

function toResult(
  task: Task,
  { item, prompt, expected }: PreparedItem,
  answer: Answer,
  truncated: boolean,
): ItemResult {
  const values = usesOf(task).map(
    ({ name, pipeline, use }) => [name, measure(use.measures, { pipeline, expected, answer })] as const,
  );
  const promptHash = sha256(prompt).slice(0, 16);
  return { item, prompt, promptHash, expected, answer, truncated, values: Object.fromEntries(values) };
}

interface Measured {
  readonly pipeline: string;
  readonly expected: Expectation;
  readonly answer: Answer;
}

function measure(measures: Measures, { pipeline, expected, answer }: Measured): number {
  if (answer.kind === "generate_until" && expected.kind === answer.kind)
    return measures.generate_until!({ response: answer.filtered[pipeline]!, references: expected.references });
  if (answer.kind === "multiple_choice" && expected.kind === answer.kind)
    return measures.multiple_choice!({ ...expected, ...answer });
  if (answer.kind === "loglikelihood") return measures.loglikelihood!(answer);
  return Number.NaN;
}
