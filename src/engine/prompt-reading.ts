import type { KvCache } from "./kv-cache.ts";
import { padBatch } from "./padded-batch.ts";
import { type PrefixPlan, planPrefixes } from "./shared-prefix.ts";
import type { Trunk } from "./trunk.ts";

/** What reads prompts. */
export interface PromptReader {
  readonly trunk: Pick<Trunk, "logits">;
  readonly cache: Pick<KvCache, "move">;
  /** V */
  readonly vocabulary: number;
  /** Most tokens that are read at a time. */
  readonly promptTokens: number;
  /** Longest prompt that may be read in parts; beyond it, what was read before would have other positions. */
  readonly dividableTokens: number;
}

/** Prompts that join others. */
export interface JoiningPrompts {
  /** Each of at least one id. They take the cache slots after the known ones. */
  readonly prompts: readonly (readonly number[])[];
  /** Prompts whose keys and values are in the first slots. */
  readonly known: readonly (readonly number[])[];
}

/**
 * Reads prompts into the cache: together, padded to the longest, or one after another where beginnings are shared. A prompt
 * longer than `promptTokens` is read in pieces.
 *
 * @param onRead - called for each prompt, in any order, with the logits [V] after its last token; overwritten afterwards.
 * @throws engine/run_failed, and what `onRead` throws
 */
export async function readPrompts(
  reader: PromptReader,
  { prompts, known }: JoiningPrompts,
  onRead: (index: number, logits: Float32Array) => void,
): Promise<void> {
  const { vocabulary: V, promptTokens, dividableTokens } = reader;
  const isDividable = prompts.every(({ length }) => length <= dividableTokens);
  const plan = isDividable ? (planPrefixes(prompts, known) ?? planPieces(prompts, promptTokens)) : undefined;
  if (plan === undefined) {
    const wanted = prompts.map(({ length }) => [length - 1]);
    const logits = await reader.trunk.logits(padBatch(prompts, known.length, wanted));
    for (const i of prompts.keys()) onRead(i, logits.subarray(i * V, (i + 1) * V));
    return;
  }
  for (const index of plan.order) {
    const slot = known.length + index;
    const { from, tokens } = plan.sources[index]!;
    if (tokens > 0 && from !== slot) reader.cache.move(from, slot, tokens);
    onRead(index, await readFrom(reader, prompts[index]!, tokens, slot));
  }
}

/** A prompt that is too long for one reading is read alone. */
function planPieces(prompts: readonly (readonly number[])[], promptTokens: number): PrefixPlan | undefined {
  if (prompts.every(({ length }) => length <= promptTokens)) return undefined;
  return { order: [...prompts.keys()], sources: prompts.map(() => ({ from: 0, tokens: 0 })) };
}

async function readFrom(
  { trunk, promptTokens }: PromptReader,
  prompt: readonly number[],
  start: number,
  slot: number,
): Promise<Float32Array> {
  for (let done = start; ; done += promptTokens) {
    const piece = prompt.slice(done, done + promptTokens);
    const last = done + piece.length - 1;
    const rows = Int32Array.of(piece.length - 1);
    const before = prompt.slice(0, done);
    const logits = await trunk.logits({ ids: Int32Array.from(piece), last: Int32Array.of(last), slot, rows, before });
    if (last === prompt.length - 1) return logits;
  }
}
