import type { ContinuationScore, ScoreRequest } from "../model/language-model.ts";
import { rollingWindows } from "./rolling-windows.ts";
import type { TokenPair, TokenReader } from "./token-reader.ts";

/** Reads a request into the pairs that are scored for it: one, or a whole text's windows. @throws as the reader */
export function readParts(request: ScoreRequest, reader: TokenReader, contextLength: number): readonly TokenPair[] {
  if (request.rolling !== true) {
    const pair = reader.readPair(request.context, request.continuation);
    return [request.overflow === "stretch" ? { ...pair, stretches: true } : pair];
  }
  const { start, ids } = reader.readWhole(request.continuation);
  return ids.length === 0 ? [] : rollingWindows(ids, start, contextLength);
}

/** Adds up the scores of each request's pairs; windows are no truncation, and an empty text is certain. */
export function joinParts(
  parts: readonly (readonly TokenPair[])[],
  scored: readonly ContinuationScore[],
): readonly ContinuationScore[] {
  let next = 0;
  return parts.map(({ length }) => {
    const own = scored.slice(next, next + length);
    next += length;
    return own.length === 1
      ? own[0]!
      : {
          logprob: own.reduce((sum, { logprob }) => sum + logprob, 0),
          greedy: own.every(({ greedy }) => greedy),
          tokens: own.reduce((sum, { tokens }) => sum + tokens, 0),
          truncated: false,
        };
  });
}
