/**
 * Forward passes against transformers: FOLDER/logits/<family>.{json,safetensors} hold what each model of FOLDER/models
 * computes for a few prompts: logits, hidden states, greedy continuations, log-likelihoods.
 *
 * Token choices count only where the second-best token is further away than the tolerance of the logits.
 */

import { globSync, readFileSync } from "node:fs";
import { join, parse } from "node:path";
import type { CodedError } from "../../src/base/errors.ts";
import { argmax } from "../../src/engine/argmax.ts";
import { type Engine, openEngine } from "../../src/engine/engine.ts";
import { createTokenReader } from "../../src/engine/token-reader.ts";
import { createMemorySource } from "../../src/format/byte-source.ts";
import { parseSafetensorsHeader } from "../../src/format/safetensors.ts";
import { openWasmKernels } from "../../src/kernels/open-wasm-kernels.ts";
import { readKernelModule } from "../../src/model/kernel-module.ts";
import type { ContinuationScore } from "../../src/model/language-model.ts";
import { openModel } from "../../src/model/open-model.ts";
import { openTokenizer, type Tokenizer } from "../../src/model/tokenizer.ts";
import type { GoldenFailure, GoldenRunner } from "./golden-report.ts";

/** Largest difference of a logit, a log-probability or a hidden value between float32 programs. */
const TOLERANCE = 1e-3;

interface Expected {
  readonly model: string;
  readonly prompts: readonly ExpectedPrompt[];
  readonly batch?: { readonly ids: readonly (readonly number[])[]; readonly argmax: readonly (readonly number[])[] };
  readonly pairs?: readonly ExpectedPair[];
}

interface ExpectedPrompt {
  readonly ids: readonly number[];
  /** Cut to what leaves room in the model's context; the ids are those of the beginning. */
  readonly text?: string;
  /** [T] of each position. */
  readonly argmax: readonly number[];
  readonly argmax_margin: readonly number[];
  readonly logsumexp: readonly number[];
  /** [T − 1] */
  readonly next_token_logprobs: readonly number[];
  readonly hidden?: readonly ExpectedHidden[];
  readonly greedy: readonly number[];
  readonly greedy_margin: readonly number[];
}

/** A few values of the hidden states after a layer. */
interface ExpectedHidden {
  readonly index: number;
  readonly mean: number;
  readonly std: number;
  readonly first_position: readonly number[];
  readonly last_position: readonly number[];
}

interface ExpectedPair {
  readonly context: string;
  readonly continuation: string;
  readonly context_ids: readonly number[];
  readonly continuation_ids: readonly number[];
  readonly loglikelihood: number;
  readonly is_greedy: boolean;
}

/** One comparison; it returns why it fails, or undefined. */
interface Check {
  readonly id: string;
  readonly run: (engine: Engine, tokenizer: Tokenizer) => Promise<string | undefined>;
}

type Tensors = ReadonlyMap<string, Float32Array>;

/** Checks every model of every family. A model that cannot be opened fails in all its checks. */
export const runForward: GoldenRunner = async (folder) => {
  const failures: GoldenFailure[] = [];
  let passed = 0;
  for (const path of globSync("logits/*.json", { cwd: folder }).toSorted()) {
    const family = parse(path).name;
    const file = JSON.parse(readFileSync(join(folder, path), "utf8")) as Readonly<Record<string, unknown>>;
    const tensors = readTensors(join(folder, "logits", `${family}.safetensors`));
    for (const [name, expected] of Object.entries(file)) {
      if (!isExpected(expected)) continue;
      for (const { id, why } of await checkModel(join(folder, expected.model), checksOf(name, expected, tensors))) {
        if (why === undefined) passed++;
        else failures.push({ id: `${family}/${name}/${id}`, why });
      }
    }
  }
  return { passed, failures, notes: [] };
};

function isExpected(value: unknown): value is Expected {
  return typeof value === "object" && value !== null && "prompts" in value;
}

/** @returns float32 tensors by name. */
function readTensors(path: string): Tensors {
  const bytes = readFileSync(path);
  const { tensors } = parseSafetensorsHeader(createMemorySource(bytes), path);
  return new Map(
    tensors.map(({ name, beginByte, endByte }) => [
      name,
      new Float32Array(Uint8Array.from(bytes.subarray(beginByte, endByte)).buffer),
    ]),
  );
}

async function checkModel(
  folder: string,
  checks: readonly Check[],
): Promise<readonly { readonly id: string; readonly why: string | undefined }[]> {
  try {
    using model = openModel(folder);
    await using engine = await openEngine(model, { kernels: openWasmKernels(readKernelModule(), 2 ** 24), threads: 1 });
    const tokenizer = openTokenizer(folder);
    const results = [];
    for (const { id, run } of checks) results.push({ id, why: await run(engine, tokenizer).catch(String) });
    return results;
  } catch (error) {
    const { code, details } = error as CodedError;
    const isUnknown = code === "engine/unknown_architecture";
    const why = isUnknown ? `architecture ${String(details["architecture"])} is not supported` : String(error);
    return checks.map(({ id }) => ({ id, why }));
  }
}

function checksOf(model: string, expected: Expected, tensors: Tensors): readonly Check[] {
  const prompts = expected.prompts.flatMap((prompt, i) => {
    const last = tensors.get(`${model}.${i}.logits_last4`);
    return promptChecks(prompt).concat(last === undefined ? [] : lastLogitsCheck(prompt, last)).map(under(`prompt ${i}`));
  });
  const last = tensors.get(`${model}.batch.logits_last`);
  const batch = expected.batch === undefined ? [] : batchChecks(expected.batch, last).map(under("batch"));
  const pairs = (expected.pairs ?? []).flatMap((pair, i) => pairChecks(pair).map(under(`pair ${i}`)));
  return [...prompts, ...batch, ...pairs];
}

function under(prefix: string): (check: Check) => Check {
  return ({ id, run }) => ({ id: `${prefix}/${id}`, run });
}

function promptChecks(prompt: ExpectedPrompt): readonly Check[] {
  const { ids, text, hidden, greedy, greedy_margin: margins } = prompt;
  const sure = margins.findIndex((margin) => margin <= TOLERANCE);
  const kept = greedy.slice(0, sure < 0 ? greedy.length : sure);
  const checks: Check[] = [
    { id: "positions", run: async (engine) => comparePositions(prompt, (await engine.logits([ids]))[0]!) },
    {
      id: "greedy, cached",
      run: async (engine) => {
        const [written] = await engine.generate([{ prompt: ids, maxTokens: greedy.length, until: [] }]);
        return compareIds(written!.ids.slice(0, kept.length), kept, written!.stoppedBy === "eos");
      },
    },
    {
      id: "greedy, not cached",
      run: async (engine) => {
        const all = [...ids, ...kept];
        const best = bestTokens((await engine.logits([all]))[0]!, all.length);
        return compareIds(best.slice(ids.length - 1, -1), kept, false);
      },
    },
  ];
  if (text !== undefined)
    checks.push({
      id: "token ids",
      run: async (_, tokenizer) => compareIds(tokenizer.encode(text, { addSpecialTokens: false }).slice(0, ids.length), ids, false),
    });
  if (hidden !== undefined)
    checks.push({ id: "hidden states", run: async (engine) => compareHiddens(hidden, await engine.hiddens(ids), ids.length) });
  return checks;
}

function lastLogitsCheck({ ids }: ExpectedPrompt, last: Float32Array): Check {
  const run = async (engine: Engine) => compareValues((await engine.logits([ids]))[0]!.slice(-last.length), last);
  return { id: "last logits", run };
}

function batchChecks(
  { ids, argmax: best }: NonNullable<Expected["batch"]>,
  last: Float32Array | undefined,
): readonly Check[] {
  const checks: Check[] = [
    {
      id: "argmax",
      run: async (engine) => {
        const logits = await engine.logits(ids);
        return ids.map((row, i) => compareIds(bestTokens(logits[i]!, row.length), best[i]!, false)).find(Boolean);
      },
    },
    {
      id: "first new tokens",
      run: async (engine) => {
        const written = await engine.generate(ids.map((prompt) => ({ prompt, maxTokens: 1, until: [] })));
        return compareIds(
          written.map((one) => one.ids[0]!),
          best.map((row) => row.at(-1)!),
          false,
        );
      },
    },
  ];
  if (last === undefined) return checks;
  const run = async (engine: Engine): Promise<string | undefined> => {
    const V = last.length / ids.length;
    const logits = await engine.logits(ids);
    return logits.map((row, i) => compareValues(row.slice(-V), last.slice(i * V, (i + 1) * V))).find(Boolean);
  };
  return [...checks, { id: "last logits", run }];
}

function pairChecks(pair: ExpectedPair): readonly Check[] {
  const { context, continuation, context_ids, continuation_ids, loglikelihood, is_greedy } = pair;
  const compare = (score: ContinuationScore): string | undefined => {
    if (score.tokens !== continuation_ids.length) return `${score.tokens} tokens, not ${continuation_ids.length}`;
    if (score.greedy !== is_greedy) return `greedy is ${score.greedy}, not ${is_greedy}`;
    return compareValues([score.logprob], [loglikelihood]);
  };
  return [
    {
      id: "token ids",
      run: async (_, tokenizer) => {
        const parts = { modelName: () => "model", vocabulary: tokenizer.vocabularySize, tokenizer: () => tokenizer };
        const read = createTokenReader(parts).readPair(context, continuation);
        return (
          compareIds(read.context, context_ids, false) ?? compareIds(read.continuation, continuation_ids, false)
        );
      },
    },
    { id: "text", run: async (engine) => compare((await engine.score([{ context, continuation }]))[0]!) },
    {
      id: "ids",
      run: async (engine) =>
        compare((await engine.score([{ context: context_ids, continuation: continuation_ids }]))[0]!),
    },
  ];
}

/** @param logits - [T, V] */
function comparePositions(prompt: ExpectedPrompt, logits: Float32Array): string | undefined {
  const T = prompt.ids.length;
  const V = logits.length / T;
  const row = (t: number): Float32Array => logits.subarray(t * V, (t + 1) * V);
  const sums = Array.from({ length: T }, (_, t) => Math.log(row(t).reduce((sum, value) => sum + Math.exp(value), 0)));
  const next = prompt.ids.slice(1).map((id, t) => row(t)[id]! - sums[t]!);
  const sure = prompt.argmax_margin.map((margin) => margin > TOLERANCE);
  const best = bestTokens(logits, T);
  return (
    compareValues(sums, prompt.logsumexp) ??
    compareValues(next, prompt.next_token_logprobs) ??
    compareIds(
      best.filter((_, t) => sure[t]),
      prompt.argmax.filter((_, t) => sure[t]),
      false,
    )
  );
}

function bestTokens(logits: Float32Array, T: number): readonly number[] {
  const V = logits.length / T;
  return Array.from({ length: T }, (_, t) => argmax(logits, t * V, (t + 1) * V));
}

function compareHiddens(
  expected: readonly ExpectedHidden[],
  states: readonly Float32Array[],
  T: number,
): string | undefined {
  for (const { index, mean, std, first_position: first, last_position: last } of expected) {
    const state = states[index];
    if (state === undefined) return `there is no state ${index}`;
    const ownMean = state.reduce((sum, value) => sum + value, 0) / state.length;
    const ownStd = Math.sqrt(state.reduce((sum, value) => sum + (value - ownMean) ** 2, 0) / state.length);
    const start = state.length - state.length / T;
    const why =
      compareValues([ownMean, ownStd], [mean, std]) ??
      compareValues(state.slice(0, first.length), first) ??
      compareValues(state.slice(start, start + last.length), last);
    if (why !== undefined) return `state ${index}: ${why}`;
  }
  return undefined;
}

function compareValues(values: ArrayLike<number>, expected: ArrayLike<number>): string | undefined {
  if (values.length !== expected.length) return `${values.length} values, not ${expected.length}`;
  const largest = Array.from(expected, (value, i) => Math.abs(values[i]! - value)).reduce((a, b) => Math.max(a, b), 0);
  return largest <= TOLERANCE ? undefined : `values differ by ${largest}`;
}

/** @param mayEnd - an end-of-sequence id may have ended the text before the expected one. */
function compareIds(ids: readonly number[], expected: readonly number[], mayEnd: boolean): string | undefined {
  const wanted = mayEnd ? expected.slice(0, ids.length) : expected;
  return `${ids}` === `${wanted}` ? undefined : `tokens ${ids}, not ${wanted}`;
}
