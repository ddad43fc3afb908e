/** Runs models of the supported architectures on ONNX Runtime. */

import { availableParallelism } from "node:os";
import type { Kernels } from "../kernels/kernels.ts";
import type { ChatMessage } from "../model/chat-template.ts";
import type { LanguageModel, Prompt } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { type CallQueue, createCallQueue } from "./call-queue.ts";
import { longestText } from "./decoder-shape.ts";
import type { EngineGeneration, EngineRequest, TokenLogprobs } from "./engine-request.ts";
import { createHeldParts } from "./held-parts.ts";
import type { HopStates } from "./hop-states.ts";
import type { WeightForm } from "./matrix-type.ts";
import { createModelSlot, type ModelSlot } from "./model-slot.ts";
import { readBack } from "./read-back.ts";
import { loadRuntime } from "./runtime.ts";
import { scoreAll } from "./score.ts";
import { joinParts, readParts } from "./score-parts.ts";
import type { Trace } from "./trunk.ts";
import { computeLogits, computeTrace } from "./whole-sequences.ts";
import { writeTexts } from "./write-texts.ts";
import type { WritingCall } from "./writing-call.ts";

/** Settings of an engine. */
export interface EngineOptions {
  /** Read the weights while a model is loaded; not used at other times. */
  readonly kernels: Kernels;
  /** Threads that compute. @default the number of processors, at most 4 */
  readonly threads?: number;
  /** Bound on key-value caches and intermediate results; the weights come on top. @default 1 GiB */
  readonly memoryBytes?: number;
  /** @default "float32" */
  readonly weights?: WeightForm;
  /** Where what models compute of prompts is kept for others that begin with the same layers. @default nothing is kept */
  readonly states?: HopStates;
  /** Told of the bytes, as stored, of weights that need not be read since a model before had them; only where states are kept. */
  readonly onFoundWeights?: (bytes: number) => void;
  /** Milliseconds on a clock that does not go back, for the time limits of requests. @default the system's */
  readonly now?: () => number;
}

/** A running model, whose weights can be replaced. Calls wait for each other. */
export interface Engine extends LanguageModel {
  /** Most tokens that prompt and new tokens may have together; where rotations grow with the text, it may be longer. */
  readonly contextLength: number;
  /**
   * Replaces the model. If the shape is the same, buffers and sessions are kept, and only the weights are read.
   *
   * @throws those of `openEngine`. When reading fails midway, every call throws engine/not_loaded until another load
   * succeeds; after the other errors the old model is still there.
   */
  load(model: Model): Promise<void>;
  /**
   * Writes texts.
   *
   * @throws engine/unknown_token, engine/empty_prompt, engine/prompt_too_long, engine/bad_max_tokens, engine/bad_sampling,
   * engine/not_finite, engine/run_failed, engine/out_of_memory, and the signal's reason
   */
  generate(requests: readonly EngineRequest[], signal?: AbortSignal): Promise<readonly EngineGeneration[]>;
  /**
   * Writes a conversation as the model's chat template does, up to where its answer begins.
   *
   * @returns the prompt as ids, at least one.
   * @throws model/no_chat_template, model/bad_chat_template, and the tokenizer's
   */
  chatPrompt(messages: readonly ChatMessage[]): Promise<readonly number[]>;
  /** Decodes one token; empty if there is no tokenizer, and with U+FFFD where it is part of a character. */
  spell(id: number): string;
  /** Reads a prompt as `generate` does. @returns its ids, and what they say without special tokens. */
  readPrompt(prompt: Prompt): { readonly ids: readonly number[]; readonly text: string };
  /**
   * Looks up how probable the tokens of some sequences are, each after those before it.
   *
   * @param alternatives - most probable tokens reported beside each.
   * @returns for each sequence, of each token but the first.
   * @throws as `logits`, and engine/not_finite
   */
  readBack(
    sequences: readonly (readonly number[])[],
    alternatives: number,
    signal?: AbortSignal,
  ): Promise<readonly (readonly TokenLogprobs[])[]>;
  /**
   * Runs sequences of ids.
   *
   * @returns for each, [T, V] logits of all its positions; the caller's own.
   * @throws engine/unknown_token, engine/empty_prompt, engine/prompt_too_long, engine/run_failed, engine/out_of_memory
   */
  logits(sequences: readonly (readonly number[])[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /**
   * Runs one sequence layer by layer.
   *
   * @returns [L + 1] of [T, C]: the embedding, then what comes after each layer, the last one after the final norm.
   * @throws as `logits`
   */
  hiddens(ids: readonly number[]): Promise<readonly Float32Array[]>;
  /**
   * Runs one sequence layer by layer, and shows what each position attends to as well.
   *
   * @throws as `logits`
   */
  trace(ids: readonly number[]): Promise<Trace>;
}

const DEFAULT_MEMORY_BYTES = 2 ** 30;
const MAX_DEFAULT_THREADS = 4;

/**
 * Loads a model and makes it ready to run; nothing is written.
 *
 * @throws engine/runtime_missing, engine/unknown_architecture, engine/bad_config, engine/bad_shape,
 * engine/not_16_bit, model/tensor_missing, and what reading raises
 */
export async function openEngine(
  model: Model,
  {
    kernels,
    threads = Math.min(availableParallelism(), MAX_DEFAULT_THREADS),
    memoryBytes = DEFAULT_MEMORY_BYTES,
    weights = "float32",
    now = () => performance.now(),
    states,
    onFoundWeights: onFound = () => {},
  }: EngineOptions,
): Promise<Engine> {
  const queue = createCallQueue();
  // Calls that write texts share a turn, up to the next call of another kind.
  let writing: WritingCall[] | undefined;
  const inTurn: CallQueue = (call) => {
    writing = undefined;
    return queue(call);
  };
  const slot = createModelSlot(await loadRuntime(), {
    threads,
    memoryBytes,
    weights,
    ...(states === undefined ? {} : { states, held: { layers: createHeldParts(), ends: createHeldParts(), onFound } }),
  });
  slot.load(model, kernels);
  return {
    get contextLength() {
      return slot.current().decoder.shape.contextLength;
    },
    load: (next) => inTurn(async () => slot.load(next, kernels)),
    generate: (requests, signal) =>
      new Promise((resolve, reject) => {
        const call: WritingCall = { requests, signal, resolve, reject };
        if (writing !== undefined) {
          writing.push(call);
          return;
        }
        const calls = [call];
        writing = calls;
        void queue(async () => {
          // Whoever comes while the last texts are handed over is still in this turn.
          while (calls.length > 0) await writeInTurn(slot, calls, now);
          if (writing === calls) writing = undefined;
        });
      }),
    chatPrompt: async (messages) => slot.current().text.chatPrompt(messages),
    spell: (id) => slot.current().text.spell(id),
    score: (requests, signal) =>
      inTurn(async () => {
        const { name, decoder, text } = slot.current();
        const { contextLength } = decoder.shape;
        const parts = requests.map((request) => readParts(request, text.reader, contextLength));
        const scorer = { ...decoder, contextLength, longestText: longestText(decoder.shape), modelName: name };
        const scored = await scoreAll(scorer, parts.flat(), signal);
        return joinParts(parts, scored);
      }),
    readPrompt(prompt) {
      const { text } = slot.current();
      const ids = text.reader.readPrompt(prompt);
      return { ids, text: text.stops.text(ids, []) };
    },
    readBack: (sequences, alternatives, signal) =>
      inTurn(async () => {
        const { name, decoder, text } = slot.current();
        return readBack({ decoder, modelName: name, alternatives }, sequences.map(text.reader.readPrompt), signal);
      }),
    logits: (sequences, signal) =>
      inTurn(async () => {
        const { decoder, text } = slot.current();
        return computeLogits(decoder, sequences.map(text.reader.readPrompt), signal);
      }),
    hiddens: (ids) =>
      inTurn(async () => {
        const { decoder, text } = slot.current();
        return (await computeTrace(decoder, text.reader.readPrompt(ids), false)).hiddens;
      }),
    trace: (ids) =>
      inTurn(async () => {
        const { decoder, text } = slot.current();
        return computeTrace(decoder, text.reader.readPrompt(ids), true);
      }),
    [Symbol.asyncDispose]: () => inTurn(async () => slot[Symbol.dispose]()),
  };
}

/** Writes what calls ask for, or tells each of them why that is not possible. */
async function writeInTurn(slot: ModelSlot, calls: WritingCall[], now: () => number): Promise<void> {
  try {
    await writeTexts(slot.current(), calls, now);
  } catch (error) {
    for (const { reject } of calls.splice(0)) reject(error);
  }
}
