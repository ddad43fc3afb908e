/** What becomes of one request for a text. */

import type { EngineGeneration, EngineRequest, TokenLogprobs } from "./engine-request.ts";
import { engineErrors } from "./errors.ts";
import type { PlannedGeneration } from "./generation-plan.ts";
import type { Sequence } from "./generation-rounds.ts";
import type { ModelText } from "./model-text.ts";
import { createChoice } from "./sampling.ts";
import { tokenLogprobs } from "./token-logprobs.ts";

/** What one request decides while its text is written. */
export interface TextWriter {
  readonly sequence: Sequence;
  /** Whether there is anything to be written. */
  isNeeded(): boolean;
  choose(written: readonly number[], logits: Float32Array): number;
  isFinished(written: readonly number[]): boolean;
  result(ids: readonly number[]): EngineGeneration;
}

export interface WriterParts {
  readonly request: EngineRequest;
  readonly index: number;
  readonly planned: PlannedGeneration;
  readonly draft: readonly number[] | undefined;
  readonly text: ModelText;
  readonly modelName: string;
  /** Milliseconds since the call began. */
  readonly elapsed: () => number;
}

/** Makes a writer. @throws engine/bad_sampling */
export function createWriter({ request, index, planned, draft, text, modelName, elapsed }: WriterParts): TextWriter {
  checkSampling(request, index);
  const { until, ignoreEos = false, timeLimitMs = Number.POSITIVE_INFINITY, alternatives, onToken, signal } = request;
  const { prompt, room } = planned.sequence;
  const choice = createChoice(request.sampling);
  const logprobs: TokenLogprobs[] = [];
  const reason = (ids: readonly number[]) =>
    ids.length === 0 ? undefined : text.stops.reason(ids, until, { ignoreEos });
  const cut = (): EngineGeneration["cutShortBy"] => {
    if (signal?.aborted === true) return "signal";
    return elapsed() >= timeLimitMs ? "time" : undefined;
  };
  let cutShortBy: EngineGeneration["cutShortBy"];
  return {
    sequence: draft === undefined ? planned.sequence : { ...planned.sequence, draft },
    isNeeded() {
      cutShortBy = room > 0 ? cut() : undefined;
      return room > 0 && cutShortBy === undefined;
    },
    choose(written, logits) {
      const id = choice(logits, () => [...prompt, ...written], written.length);
      if (id < 0) throw engineErrors.not_finite({ model: modelName, request: index });
      if (alternatives !== undefined) logprobs.push(tokenLogprobs(logits, id, alternatives));
      return id;
    },
    isFinished(written) {
      onToken?.({ ids: written, text: text.stops.text(written, until), logprobs: logprobs.at(-1) });
      if (reason(written) !== undefined) return true;
      if (written.length < room) cutShortBy = cut();
      return cutShortBy !== undefined;
    },
    result: (ids) => ({
      text: text.stops.text(ids, until),
      ids,
      stoppedBy: reason(ids) ?? planned.whenFull,
      truncated: planned.truncated,
      promptTokens: prompt.length,
      ...(cutShortBy === undefined ? {} : { cutShortBy }),
      ...(alternatives === undefined ? {} : { logprobs }),
    }),
  };
}

function checkSampling({ sampling = {} }: EngineRequest, request: number): void {
  const { temperature = 1, topK = 0, topP = 1, repetitionPenalty = 1, seed = 0 } = sampling;
  const check = (setting: string, got: number, isGood: boolean, allowed: string): void => {
    if (!isGood) throw engineErrors.bad_sampling({ request, setting, got, allowed });
  };
  check("temperature", temperature, temperature >= 0 && temperature < Infinity, "a number of at least 0");
  check("topK", topK, Number.isSafeInteger(topK) && topK >= 0, "a whole number of at least 0");
  check("topP", topP, topP > 0 && topP <= 1, "a number above 0 and at most 1");
  const isPenalty = repetitionPenalty > 0 && repetitionPenalty < Infinity;
  check("repetitionPenalty", repetitionPenalty, isPenalty, "a number above 0");
  check("seed", seed, Number.isSafeInteger(seed), "a whole number");
}
