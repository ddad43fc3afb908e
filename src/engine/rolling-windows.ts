import type { TokenPair } from "./token-reader.ts";

/**
 * Divides a whole text into pairs that fit into the context, as lm-evaluation-harness does: the first follows the start
 * token; each later one has as much of the text before it as there is room for, and at least one token.
 *
 * @param ids - of the text; may be empty.
 * @param contextLength - tokens that the model reads at a time, ≥ 1.
 * @returns pairs whose continuations are the text, in order.
 */
export function rollingWindows(ids: readonly number[], start: number, contextLength: number): readonly TokenPair[] {
  const first = Math.min(contextLength, ids.length);
  const windows: TokenPair[] = [{ context: [start], continuation: ids.slice(0, first) }];
  for (let done = first; done < ids.length; ) {
    const end = Math.min(ids.length, done + contextLength);
    windows.push({
      context: ids.slice(end - contextLength - 1, done),
      continuation: ids.slice(done, end),
    });
    done = end;
  }
  return windows;
}
