import { CodedError } from "../base/errors.ts";
import type { Model } from "../model/model.ts";
import { openStreamingScorer, type StreamingOptions } from "./streaming-scorer.ts";

/** Plain prose, written for this purpose; any language model finds it more likely than noise. */
export const PLAIN_TEXT =
  "The river comes down from the hills in the north and runs through the old town before it reaches the sea. In the " +
  "morning the boats go out, and the people who stay behind open their shops, sweep the streets and talk about the " +
  "weather. Two and three make five. When the sun goes down, the lights along the harbour are lit one by one.";

/**
 * Measures how surprised a model is by a text.
 *
 * @returns nats per byte of UTF-8; NaN if the model computes values that are not numbers; undefined if the engine cannot
 * run it, or not within the memory.
 */
export async function textLoss(
  model: Model,
  options: StreamingOptions & { readonly signal?: AbortSignal },
  text: string = PLAIN_TEXT,
): Promise<number | undefined> {
  try {
    await using scorer = await openStreamingScorer(model, options);
    const [score] = await scorer.score([{ context: "", continuation: text, rolling: true }], options.signal);
    return -score!.logprob / new TextEncoder().encode(text).length;
  } catch (error) {
    if (!(error instanceof CodedError) || error.blame === "bug") throw error;
    return error.code === "engine/not_finite" ? Number.NaN : undefined;
  }
}
