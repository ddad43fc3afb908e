import type { GenerateRequest, Generation } from "../model/language-model.ts";
import { engineErrors } from "./errors.ts";
import type { Sequence } from "./generation-rounds.ts";

/** A request that was checked, with its prompt as ids. */
export interface PlannedGeneration {
  /** Most new tokens; 0 if nothing is to be written. */
  readonly sequence: Sequence;
  readonly truncated: boolean;
  /** What it means when all the room is used. */
  readonly whenFull: Extract<Generation["stoppedBy"], "length" | "context">;
}

/**
 * Fits a request into the model's context.
 *
 * @param index - the request's place, for errors.
 * @param prompt - at least one id.
 * @param contextLength - what prompts are cut to.
 * @param longestText - of prompt and new tokens, where it may be longer.
 * @throws engine/bad_max_tokens, engine/prompt_too_long
 */
export function planGeneration(
  { maxTokens, overflow = "stop" }: GenerateRequest,
  index: number,
  prompt: readonly number[],
  contextLength: number,
  longestText: number = contextLength,
): PlannedGeneration {
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 0)
    throw engineErrors.bad_max_tokens({ request: index, got: maxTokens });
  const kept = overflow === "cut" ? prompt.slice(-promptRoom(maxTokens, contextLength)) : prompt;
  const left = longestText - kept.length;
  if (left < Math.min(1, maxTokens))
    throw engineErrors.prompt_too_long({ request: index, tokens: prompt.length, context: longestText });
  return {
    sequence: { request: index, prompt: kept, room: Math.min(maxTokens, left) },
    truncated: kept.length < prompt.length,
    whenFull: maxTokens > left ? "context" : "length",
  };
}

/** The new tokens go first, unless nothing of the prompt would be left. */
function promptRoom(maxTokens: number, contextLength: number): number {
  return maxTokens < contextLength ? contextLength - maxTokens : contextLength - 1;
}
