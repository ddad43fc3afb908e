/** What an answer probably is, because a model much like the one that runs gave it: read along with the prompt, and kept as far as it is right. */

import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { GenerateRequest, LanguageModel } from "../model/language-model.ts";
import type { EngineRequest } from "./engine-request.ts";

/**
 * Cuts a request's draft to what is worth reading: all but its last token, after which there is nothing to be known.
 *
 * @param room - most new tokens.
 * @returns undefined where each token is chosen at random, shown or reported as it comes.
 */
export function readableDraft(request: EngineRequest, room: number): readonly number[] | undefined {
  const { draft, sampling, onToken, alternatives, signal, timeLimitMs } = request;
  const isPlain = [sampling, onToken, alternatives, signal, timeLimitMs].every((setting) => setting === undefined);
  const length = Math.min((draft?.length ?? 0) - 1, room - 1);
  return isPlain && length > 0 ? draft!.slice(0, length) : undefined;
}

/** The answers of one model, as drafts for others. */
export interface DraftBook {
  /** The model; its answers are written down. */
  record(model: LanguageModel): LanguageModel;
  /** The model; where a request was answered before, it is given the answer as a draft. */
  use(model: LanguageModel): LanguageModel;
}

/** Opens an empty book. Requests with a sampling are neither written down nor looked up. */
export function createDraftBook(): DraftBook {
  const answers = new Map<string, readonly number[]>();
  const keyOf = ({ prompt, maxTokens, until, overflow = "stop" }: GenerateRequest): string =>
    canonicalJson([prompt, maxTokens, until, overflow] as unknown as Json);
  return {
    record: (model) => ({
      ...model,
      async generate(requests, signal) {
        const written = await model.generate(requests, signal);
        for (const [i, request] of requests.entries())
          if (request.sampling === undefined) answers.set(keyOf(request), written[i]!.ids);
        return written;
      },
    }),
    use: (model) => ({
      ...model,
      generate: (requests, signal) =>
        model.generate(
          requests.map((request): EngineRequest => {
            const draft = request.sampling === undefined ? answers.get(keyOf(request)) : undefined;
            return draft === undefined ? request : { ...request, draft };
          }),
          signal,
        ),
    }),
  };
}
