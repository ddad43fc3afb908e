import { longestText } from "./decoder-shape.ts";
import { readableDraft } from "./drafts.ts";
import type { EngineGeneration, EngineRequest } from "./engine-request.ts";
import { planGeneration } from "./generation-plan.ts";
import type { Sequence } from "./generation-rounds.ts";
import type { LoadedModel } from "./model-slot.ts";
import { createWriter } from "./text-writer.ts";

/** A call that waits for its texts. */
export interface WritingCall {
  readonly requests: readonly EngineRequest[];
  /** Ends all texts of the call. */
  readonly signal: AbortSignal | undefined;
  readonly resolve: (written: readonly EngineGeneration[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** A call whose texts are being written. Each of its requests is answered, or the whole call fails. */
export interface OpenCall {
  /** What is to be generated; `request` counts the call's own. */
  readonly sequences: readonly Sequence[];
  /** Whether it failed. */
  readonly hasFailed: boolean;
  /** Chooses a request's next token; any once the call has failed. */
  choose(request: number, written: readonly number[], logits: Float32Array): number;
  /** Tells whether a request's text ends here. */
  isFinished(request: number, written: readonly number[]): boolean;
  /** Takes a finished text; the last one answers the call. */
  finish(request: number, written: readonly number[]): void;
  fail(reason: unknown): void;
}

/**
 * Reads a call's requests.
 *
 * @param now - milliseconds on a clock that does not go back, for time limits, which begin here.
 * @returns undefined if the call failed: with engine/bad_sampling, those of `planGeneration`, the tokenizer's, and its signal's reason
 */
export function openCall(model: LoadedModel, call: WritingCall, now: () => number): OpenCall | undefined {
  try {
    call.signal?.throwIfAborted();
    return planCall(model, call, now);
  } catch (error) {
    call.reject(error);
    return undefined;
  }
}

function planCall({ name, decoder, text }: LoadedModel, call: WritingCall, now: () => number): OpenCall {
  const start = now();
  const writers = call.requests.map((request, index) => {
    const prompt = text.reader.readPrompt(request.prompt);
    const { shape } = decoder;
    const planned = planGeneration(request, index, prompt, shape.contextLength, longestText(shape));
    const draft = readableDraft(request, planned.sequence.room);
    return createWriter({ request, index, planned, draft, text, modelName: name, elapsed: () => now() - start });
  });
  const sequences = writers.filter((writer) => writer.isNeeded()).map(({ sequence }) => sequence);
  const texts = new Map<number, readonly number[]>();
  let hasFailed = false;
  const fail = (reason: unknown): void => {
    hasFailed = true;
    call.reject(reason);
  };
  const answer = (): void => {
    if (texts.size < sequences.length || hasFailed) return;
    call.resolve(writers.map((writer, i) => writer.result(texts.get(i) ?? [])));
  };
  /** What one call does wrong is nothing to the others that are written with it. */
  const guard = <T>(otherwise: T, action: () => T): T => {
    if (hasFailed) return otherwise;
    try {
      return action();
    } catch (error) {
      fail(error);
      return otherwise;
    }
  };
  answer();
  return {
    sequences,
    get hasFailed() {
      return hasFailed;
    },
    choose: (i, written, logits) => guard(0, () => writers[i]!.choose(written, logits)),
    isFinished: (i, written) =>
      guard(true, () => {
        call.signal?.throwIfAborted();
        return writers[i]!.isFinished(written);
      }),
    finish(i, written) {
      texts.set(i, written);
      guard(undefined, answer);
    },
    fail,
  };
}
