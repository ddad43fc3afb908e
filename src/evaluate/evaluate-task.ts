import { sha256 } from "../base/hash.ts";
import type { ContinuationScore, Generation, LanguageModel, SamplingRequest } from "../model/language-model.ts";
import type { Expectation } from "./expectation.ts";
import type { Item } from "./item.ts";
import type { Measures, Tally } from "./metrics/metric.ts";
import type { PreparedItem } from "./prompts.ts";
import { pooledScore, type Score, scoreOf } from "./score.ts";
import type { MetricUse } from "./scoring.ts";
import { scoreName } from "./scoring.ts";
import type { Task } from "./task.ts";

/** What a model answered to an item. */
export type Answer =
  | {
      readonly kind: "generate_until";
      /** The first of `responses`. */
      readonly response: string;
      /** As many as the task's `repeats`. */
      readonly responses: readonly string[];
      readonly stoppedBy: Generation["stoppedBy"];
      /** By pipeline. */
      readonly filtered: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "multiple_choice";
      /** Of each choice, in order. */
      readonly logprobs: readonly number[];
      readonly greedy: readonly boolean[];
      /** Of each choice after nothing at all, where a metric needs it. */
      readonly unconditional?: readonly number[];
    }
  | { readonly kind: "loglikelihood"; readonly logprob: number; readonly greedy: boolean }
  | { readonly kind: "loglikelihood_rolling"; readonly logprob: number };

/** What an item took. */
export interface ItemCost {
  /** Prompts that the model was given. */
  readonly requests: number;
  /** Tokens that were written, or whose probability was computed. */
  readonly tokens: number;
}

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
  readonly cost: ItemCost;
  /** By score name. NaN where the model gave nothing that can be measured. */
  readonly values: Readonly<Record<string, number>>;
  /** By the names of scores that are made of sums over the items: what this one adds. */
  readonly parts: Readonly<Record<string, readonly number[]>>;
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
    if (use.pool !== undefined)
      return [
        name,
        pooledScore(
          results.map((result) => result.parts[name]!),
          use.pool,
        ),
      ] as const;
    const values = results.map((result) => result.values[name]!);
    return [name, scoreOf(values, use.aggregation)] as const;
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
  const { generation_kwargs: given, fewshot_delimiter, repeats } = task.keys;
  const maxTokens = given.max_gen_toks ?? given.max_new_tokens ?? given.max_tokens ?? 256;
  const until = [given.until ?? fewshot_delimiter].flat();
  const sampling = samplingOf(given);
  // Greedy decoding repeats itself, so it is asked once.
  const draws = sampling === undefined ? 1 : repeats;
  const requests = prepared.flatMap(({ prompt }) =>
    Array.from({ length: draws }, (_, draw) => ({
      prompt,
      maxTokens,
      until,
      overflow: "cut" as const,
      ...(sampling === undefined ? {} : { sampling: { ...sampling, seed: seedOf(prompt, draw) } }),
    })),
  );
  const written = await model.generate(requests, signal);
  return prepared.map((one, i) => {
    const own = written.slice(i * draws, (i + 1) * draws);
    const responses = Array.from({ length: repeats }, (_, k) => own[k % draws]!.text);
    const { pipelines } = task.scoring;
    const filtered = Object.fromEntries(pipelines.map(({ name, run }) => [name, run(responses, one.item)]));
    const { text, stoppedBy } = own[0]!;
    return toResult(task, one, {
      answer: { kind: "generate_until", response: text, responses, stoppedBy, filtered },
      truncated: own.some((each) => each.truncated),
      cost: { requests: draws, tokens: own.reduce((sum, { ids }) => sum + ids.length, 0) },
    });
  });
}

type GenerationKeys = Task["keys"]["generation_kwargs"];

/** As in the harness: sampling is what is asked for, or what a temperature above 0 means. */
function samplingOf({ do_sample, temperature, top_k, top_p }: GenerationKeys): SamplingRequest | undefined {
  if (!(do_sample ?? (temperature ?? 0) > 0) || temperature === 0) return undefined;
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(top_k === undefined ? {} : { topK: top_k }),
    ...(top_p === undefined ? {} : { topP: top_p }),
  };
}

/** Depends on the prompt, so that an item draws the same in any company. */
function seedOf(prompt: string, draw: number): number {
  return Number.parseInt(sha256(JSON.stringify([prompt, draw])).slice(0, 8), 16);
}

async function score(
  task: Task,
  prepared: readonly PreparedItem[],
  model: LanguageModel,
  signal: AbortSignal | undefined,
): Promise<readonly ItemResult[]> {
  const rolling = task.outputType === "loglikelihood_rolling";
  const requests = prepared.flatMap(({ pairs }) => (rolling ? pairs.map((pair) => ({ ...pair, rolling })) : pairs));
  const scored = await model.score(requests, signal);
  let next = 0;
  return prepared.map((one) => {
    const own = scored.slice(next, next + one.pairs.length);
    next += own.length;
    const cost = { requests: own.length, tokens: own.reduce((sum, { tokens }) => sum + tokens, 0) };
    return toResult(task, one, {
      answer: toAnswer(one.expected, own),
      truncated: own.some((entry) => entry.truncated),
      cost,
    });
  });
}

function toAnswer(expected: Expectation, scored: readonly ContinuationScore[]): Answer {
  const [first] = scored;
  if (expected.kind === "loglikelihood")
    return { kind: "loglikelihood", logprob: first!.logprob, greedy: first!.greedy };
  if (expected.kind === "loglikelihood_rolling") return { kind: "loglikelihood_rolling", logprob: first!.logprob };
  const count = expected.kind === "multiple_choice" ? expected.choices.length : 0;
  const logprobs = scored.map((entry) => entry.logprob);
  return {
    kind: "multiple_choice",
    logprobs: logprobs.slice(0, count),
    greedy: scored.slice(0, count).map((entry) => entry.greedy),
    ...(scored.length > count ? { unconditional: logprobs.slice(count) } : {}),
  };
}

/** What the model gave for an item. */
interface Given {
  readonly answer: Answer;
  readonly truncated: boolean;
  readonly cost: ItemCost;
}

function toResult(task: Task, { item, prompt, pairs, expected }: PreparedItem, given: Given): ItemResult {
  const measured = usesOf(task).map(
    ({ name, pipeline, use }) => [name, measure(use.measures, { pipeline, expected, answer: given.answer })] as const,
  );
  const figureOf = (one: number | Tally): number => (typeof one === "number" ? one : one.value);
  return {
    item,
    prompt,
    promptHash: sha256(hasSeveralPrompts(pairs) ? JSON.stringify(pairs) : prompt).slice(0, 16),
    expected,
    ...given,
    values: Object.fromEntries(measured.map(([name, one]) => [name, figureOf(one)])),
    parts: Object.fromEntries(measured.flatMap(([name, one]) => (typeof one === "number" ? [] : [[name, one.parts]]))),
  };
}

function hasSeveralPrompts(pairs: PreparedItem["pairs"]): boolean {
  return pairs.some(({ context }) => context !== "" && context !== pairs[0]!.context);
}

interface Measured {
  readonly pipeline: string;
  readonly expected: Expectation;
  readonly answer: Answer;
}

function measure(measures: Measures, { pipeline, expected, answer }: Measured): number | Tally {
  if (answer.kind === "generate_until" && expected.kind === answer.kind)
    return measures.generate_until!({ response: answer.filtered[pipeline]!, references: expected.references });
  if (answer.kind === "multiple_choice" && expected.kind === answer.kind)
    return measures.multiple_choice!({ ...expected, ...answer });
  if (answer.kind === "loglikelihood") return measures.loglikelihood!(answer);
  if (answer.kind === "loglikelihood_rolling" && expected.kind === answer.kind)
    return measures.loglikelihood_rolling!({ logprob: answer.logprob, text: expected.text });
  return Number.NaN;
}
