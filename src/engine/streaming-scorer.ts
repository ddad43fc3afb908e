/** Scores continuations with a model that is larger than the memory: its layers are read one after another. */

import { availableParallelism } from "node:os";
import type { Kernels } from "../kernels/kernels.ts";
import type { ContinuationScore, LanguageModel, ScoreRequest } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { elementCount } from "../tensor/shape.ts";
import { activationBytes } from "./decoder.ts";
import { type DecoderShape, longestText, readDecoderShape } from "./decoder-shape.ts";
import { engineErrors } from "./errors.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import { createKvCache } from "./kv-cache.ts";
import { createTextSource } from "./model-text.ts";
import { padBatch } from "./padded-batch.ts";
import { createReusedMemory } from "./reused-memory.ts";
import { turningAt } from "./rope.ts";
import { loadRuntime, type Runtime } from "./runtime.ts";
import { joinParts, readParts } from "./score-parts.ts";
import { batchRows, planScoreRows, type ScoreRow } from "./score-rows.ts";
import { scoreWithStreamedHead } from "./streamed-head.ts";
import { runStreamedLayers } from "./streamed-layers.ts";
import type { TokenPair } from "./token-reader.ts";
import { splitByTurning } from "./turning-groups.ts";

/** Settings of a streaming scorer. */
export interface StreamingOptions {
  readonly kernels: Kernels;
  /** @default the number of processors */
  readonly threads?: number;
  /** Bound on the memory of the whole process. */
  readonly memoryBytes: number;
}

/** Bytes that the process takes before it holds anything of a model. */
const PROCESS_BYTES = 224 * 2 ** 20;
/** Shares of the rest: a layer's weights, hidden states between layers, keys and values, intermediate results. */
const SHARES = { weights: 0.55, states: 0.15, cache: 0.1, activations: 0.15 };
const MAX_PROMPT_TOKENS = 1024;

/** Bytes that a model's weights take as float32, which is how an engine holds them. */
export function residentBytes(model: Model): number {
  let elements = 0;
  for (const { shape } of model.tensors.values()) elements += elementCount(shape);
  return 4 * elements;
}

/**
 * Makes a scorer. Each call of `score` reads the whole model once, or several times where the hidden states of all prompts
 * do not fit; so it should get all requests at once. The model must stay open.
 *
 * @returns a model whose `generate` throws engine/only_scores.
 * @throws engine/runtime_missing, engine/unknown_architecture, engine/bad_config, engine/bad_shape, model/tensor_missing
 */
export async function openStreamingScorer(model: Model, options: StreamingOptions): Promise<LanguageModel> {
  const runtime = await loadRuntime();
  const shape = readDecoderShape(model);
  const { reader } = createTextSource()(model, shape.vocabulary);
  return {
    async generate() {
      throw engineErrors.only_scores({ model: model.name, needBytes: residentBytes(model) });
    },
    async score(requests: readonly ScoreRequest[], signal?: AbortSignal) {
      const parts = requests.map((request) => readParts(request, reader, shape.contextLength));
      return joinParts(parts, await scorePairs({ runtime, shape, model, options }, parts.flat(), signal));
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Scorer {
  readonly runtime: Runtime;
  readonly shape: DecoderShape;
  readonly model: Model;
  readonly options: StreamingOptions;
}

async function scorePairs(
  scorer: Scorer,
  pairs: readonly TokenPair[],
  signal: AbortSignal | undefined,
): Promise<readonly ContinuationScore[]> {
  const { shape, model, options } = scorer;
  const plan = planScoreRows(pairs, shape.contextLength, longestText(shape));
  const logprobs = new Float64Array(pairs.length);
  const greedy = pairs.map(() => true);
  const free = Math.max(0, options.memoryBytes - PROCESS_BYTES);
  for (const wave of cutWaves(plan.rows, Math.floor((free * SHARES.states) / (8 * shape.width)))) {
    const { targets, scores } = await scoreWave(scorer, wave, free, signal);
    for (const [i, { request }] of targets.entries()) {
      const { logprob, isBest } = scores[i]!;
      if (Number.isNaN(logprob)) throw engineErrors.not_finite({ model: model.name, request });
      logprobs[request]! += logprob;
      greedy[request] &&= isBest;
    }
  }
  return plan.pairs.map((pair, request) => ({ logprob: logprobs[request]!, greedy: greedy[request]!, ...pair }));
}

/** Rows whose hidden states fit into memory together; a longer row is a wave of its own. */
function cutWaves(rows: readonly ScoreRow[], maxTokens: number): readonly (readonly ScoreRow[])[] {
  const waves: ScoreRow[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  for (const row of rows.toSorted((a, b) => b.ids.length - a.ids.length)) {
    tokens += row.ids.length;
    if (tokens > maxTokens) {
      waves.push([]);
      tokens = row.ids.length;
    }
    waves.at(-1)!.push(row);
  }
  return waves;
}

async function scoreWave(
  { runtime, shape, model, options }: Scorer,
  wave: readonly ScoreRow[],
  free: number,
  signal: AbortSignal | undefined,
) {
  const { kernels, threads = availableParallelism() } = options;
  const { kvHeads, headWidth, width } = shape;
  const memory = createReusedMemory(Math.floor(free * SHARES.weights), "one layer, as float32,");
  const memoryBytes = Math.floor(free * SHARES.cache);
  const cache = createKvCache(runtime, { layers: 1, kvHeads, headWidth: paddedHeadWidth(headWidth), memoryBytes });
  const affordable = Math.floor((free * SHARES.activations) / activationBytes(shape));
  const tokens = Math.max(1, Math.min(MAX_PROMPT_TOKENS, affordable, Math.floor(memoryBytes / cache.positionBytes)));
  const batches = batchRows(wave, tokens);
  const parts = { runtime, shape, model, kernels, threads, memory, cache };
  const turning = (length: number): string => turningAt(shape.ropes, length);
  const hiddens = await runStreamedLayers(
    parts,
    batches.flatMap((rows) => splitByTurning(toBatch(rows), turning)),
    signal,
  );
  const targets = batches.flatMap((rows) => rows.flatMap((row) => row.targets));
  const hidden = new Float32Array(targets.length * width);
  let end = 0;
  for (const part of hiddens) {
    hidden.set(part, end);
    end += part.length;
  }
  const pieceBytes = Math.floor((free * SHARES.activations) / 2);
  const wanted = { hidden, targets: Int32Array.from(targets, ({ token }) => token) };
  return { targets, scores: await scoreWithStreamedHead({ ...parts, pieceBytes }, wanted, signal) };
}

function toBatch(rows: readonly ScoreRow[]) {
  return padBatch(
    rows.map(({ ids }) => ids),
    0,
    rows.map(({ targets }) => targets.map(({ position }) => position)),
  );
}
