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
  /** As `planPrefixes` takes it. */
  readonly runTokens?: number;
}

/** Prompts that join others. */
export interface JoiningPrompts {
  /** Each of at least one id. They take the cache slots after the known ones. */
  readonly prompts: readonly (readonly number[])[];
  /** Of each prompt, what probably follows and is read along. @default nothing */
  readonly drafts?: readonly (readonly number[])[];
  /** Prompts whose keys and values are in the first slots. */
  readonly known: readonly (readonly number[])[];
}

/**
 * Reads prompts into the cache: together, padded to the longest, or one after another where beginnings are shared. A prompt
 * longer than `promptTokens` is read in pieces.
 *
 * @param onRead - called for each prompt, in any order of prompts, with the logits [V] after its last token; overwritten
 *   afterwards. As long as it returns true, it is called again with those after the draft's next token.
 * @throws engine/run_failed, and what `onRead` throws
 */
export async function readPrompts(
  reader: PromptReader,
  { prompts, known, drafts = [] }: JoiningPrompts,
  onRead: (index: number, logits: Float32Array) => boolean,
): Promise<void> {
  const { promptTokens, dividableTokens } = reader;
  const texts = prompts.map((prompt, i) => (drafts[i] === undefined ? prompt : [...prompt, ...drafts[i]]));
  const isDividable = texts.every(({ length }) => length <= dividableTokens);
  const beforeLast = (index: number): number => prompts[index]!.length - 1;
  const plan = isDividable
    ? (planPrefixes(texts, known, beforeLast, reader.runTokens) ?? planPieces(texts, promptTokens))
    : undefined;
  if (plan === undefined) {
    const wanted = texts.map(({ length }, i) =>
      Array.from({ length: length - beforeLast(i) }, (_, k) => beforeLast(i) + k),
    );
    const logits = await reader.trunk.logits(padBatch(texts, known.length, wanted));
    let row = 0;
    for (const [i, { length }] of wanted.entries()) {
      offer(reader, logits, { row, count: length }, (own) => onRead(i, own));
      row += length;
    }
    return;
  }
  for (const index of plan.order) {
    const slot = known.length + index;
    const { from, tokens } = plan.sources[index]!;
    if (tokens > 0 && from !== slot) reader.cache.move(from, slot, tokens);
    const text = { ids: texts[index]!, start: tokens, slot, firstWanted: beforeLast(index) };
    await readFrom(reader, text, (logits) => onRead(index, logits));
  }
}

/** Shows rows of logits one after another. @returns whether more are wanted. */
function offer(
  { vocabulary: V }: PromptReader,
  logits: Float32Array,
  { row, count }: { readonly row: number; readonly count: number },
  onRead: (logits: Float32Array) => boolean,
): boolean {
  for (let k = row; k < row + count; k++) if (!onRead(logits.subarray(k * V, (k + 1) * V))) return false;
  return true;
}

/** A prompt that is too long for one reading is read alone. */
function planPieces(prompts: readonly (readonly number[])[], promptTokens: number): PrefixPlan | undefined {
  if (prompts.every(({ length }) => length <= promptTokens)) return undefined;
  return { order: [...prompts.keys()], sources: prompts.map(() => ({ from: 0, tokens: 0 })) };
}

/** A prompt that is read alone, with its draft. */
interface LoneText {
  readonly ids: readonly number[];
  /** The first position that is not in the cache. */
  readonly start: number;
  readonly slot: number;
  /** The first position whose logits are wanted. */
  readonly firstWanted: number;
}

async function readFrom(
  reader: PromptReader,
  { ids, start, slot, firstWanted }: LoneText,
  onRead: (logits: Float32Array) => boolean,
): Promise<void> {
  const { trunk, promptTokens } = reader;
  // What is not wanted any more is read all the same: other prompts may begin with it.
  let isWanted = true;
  for (let done = start; done < ids.length; done += promptTokens) {
    const piece = ids.slice(done, done + promptTokens);
    const end = done + piece.length;
    // The graph wants at least one row.
    const from = Math.min(Math.max(firstWanted, done), end - 1);
    const rows = Int32Array.from({ length: end - from }, (_, k) => from + k - done);
    const last = Int32Array.of(end - 1);
    const logits = await trunk.logits({ ids: Int32Array.from(piece), last, slot, rows, before: ids.slice(0, done) });
    if (isWanted && end > firstWanted) isWanted = offer(reader, logits, { row: 0, count: rows.length }, onRead);
  }
}
