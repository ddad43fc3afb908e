import type { Batch } from "./batch.ts";
import { type Arrivals, createArrivals } from "./generation-arrivals.ts";
import { countTogether, planRounds, type RoundLimits, type Sequence } from "./generation-rounds.ts";
import type { KvCache } from "./kv-cache.ts";
import { type PromptReader, readPrompts } from "./prompt-reading.ts";
import { createTextLookup, type TextLookup } from "./text-lookup.ts";
import type { Trunk } from "./trunk.ts";
import { generateInTwoParts } from "./two-part-generation.ts";

/** What generation needs. */
export interface Generator extends PromptReader {
  readonly trunk: Trunk;
  readonly cache: KvCache;
  readonly limits: RoundLimits;
  /** Longest sequence that may become longer; it is read anew then. */
  readonly growableTokens: number;
  /** Most tokens that are guessed and read along where one sequence is written. */
  readonly guessedTokens: number;
  /**
   * Chooses a sequence's next token.
   *
   * @param logits - [V], overwritten afterwards.
   * @throws engine/not_finite
   */
  readonly choose: (sequence: Sequence, written: readonly number[], logits: Float32Array) => number;
  /** Looks at a sequence after each token, and tells whether it is finished before its room is used up. */
  readonly isFinished: (request: number, written: readonly number[]) => boolean;
  /** Hands over sequences that came meanwhile; looked at between steps. @default none come */
  readonly newcomers?: () => readonly Sequence[];
  /** Called when a sequence is finished. */
  readonly onFinished?: (request: number, written: readonly number[]) => void;
}

/** A sequence under way; its place among the active ones is its cache slot. */
interface Active {
  readonly sequence: Sequence;
  readonly written: number[];
  readonly lookup: TextLookup;
  /** Whether it was found to be finished. */
  isOver: boolean;
}

/**
 * Continues prompts, many at a time. A sequence that is finished leaves the batch at once, and waiting prompts take the
 * places that become free. What prompts have in common at their beginnings is read once.
 *
 * @param signal - looked at between steps.
 * @returns each sequence's new ids, by request.
 * @throws engine/not_finite, engine/run_failed, engine/out_of_memory, and the signal's reason
 */
export async function generateAll(
  generator: Generator,
  sequences: readonly Sequence[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, readonly number[]>> {
  return Number.isFinite(generator.growableTokens)
    ? generateInTwoParts((own, all) => generateTogether(own, all, signal), generator, sequences.map(withoutDraft))
    : generateTogether(generator, sequences, signal);
}

async function generateTogether(
  generator: Generator,
  sequences: readonly Sequence[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const finished = new Map<number, readonly number[]>();
  for (let left = sequences; left.length > 0; ) {
    const [round, ...others] = planRounds(left, generator.limits);
    generator.cache.layOut(round!.slots, round!.positions);
    const arrivals = createArrivals(generator, round!, others.length === 0);
    await runRound(generator, arrivals, finished, signal);
    left = [...others.flatMap((other) => other.sequences), ...arrivals.later, ...(generator.newcomers?.() ?? [])];
  }
  return finished;
}

async function runRound(
  generator: Generator,
  arrivals: Arrivals,
  finished: Map<number, readonly number[]>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const active: Active[] = [];
  const { waiting } = arrivals;
  while (waiting.length > 0 || active.length > 0) {
    signal?.throwIfAborted();
    arrivals.welcome(active.length);
    const joining = waiting.splice(0, countJoining(generator, waiting, arrivals.slots, active.length));
    const first = joining.length > 0 ? active.length : 0;
    if (joining.length > 0) await join(generator, active, joining);
    else await step(generator, active);
    retire(generator, active, first, finished);
  }
}

/** Reading few prompts at a time is slow, and so is writing with many places empty: prompts wait for a quarter of them. */
function countJoining(
  { promptTokens, limits }: Generator,
  waiting: readonly Sequence[],
  slots: number,
  activeCount: number,
): number {
  const free = slots - activeCount;
  const isWorthIt = activeCount === 0 || free >= Math.min(slots / 4, waiting.length);
  if (!isWorthIt) return 0;
  const next = waiting.slice(0, free);
  const lengths = next.map(({ prompt, draft = [] }) => prompt.length + draft.length);
  const mostRows = next.reduce((most, { draft = [] }) => Math.max(most, 1 + draft.length), 1);
  return Math.max(1, Math.min(countTogether(lengths, free, promptTokens), Math.floor(limits.logitRows / mostRows)));
}

async function join(generator: Generator, active: Active[], joining: readonly Sequence[]): Promise<void> {
  const first = active.length;
  const isDividable = (tokens: number): boolean => tokens <= generator.dividableTokens;
  const known = active.map(({ sequence: { prompt } }) => (isDividable(prompt.length) ? prompt : []));
  active.push(...joining.map((sequence) => ({ sequence, written: [], lookup: createTextLookup(), isOver: false })));
  const prompts = joining.map(({ prompt }) => prompt);
  const drafts = joining.map(({ prompt, draft = [] }) => (isDividable(prompt.length + draft.length) ? draft : []));
  await readPrompts(generator, { prompts, known, drafts }, (i, logits) => {
    const one = active[first + i]!;
    take(generator, one, logits);
    return isAsDrafted(generator, one);
  });
}

/** Whether a sequence goes on, and its newest token is the draft's. */
function isAsDrafted({ isFinished }: Generator, { sequence, written }: Active): boolean {
  const { draft = [], room, request } = sequence;
  return (
    written.length <= draft.length &&
    draft[written.length - 1] === written.at(-1) &&
    written.length < room &&
    !isFinished(request, written)
  );
}

/** Where long texts turn differently, nothing may be read that is not sure to stay. */
function withoutDraft({ draft: _, ...sequence }: Sequence): Sequence {
  return sequence;
}

async function step(generator: Generator, active: readonly Active[]): Promise<void> {
  const V = generator.vocabulary;
  const guessed = active.length === 1 ? guess(generator, active[0]!) : [];
  const ids = [...active.map(({ written }) => written.at(-1)!), ...guessed];
  const batch: Batch = {
    ids: Int32Array.from(ids),
    last: Int32Array.from(active, (one) => lengthOf(one) - 1 + guessed.length),
    slot: 0,
    rows: Int32Array.from(ids.keys()),
  };
  const logits = await generator.trunk.logits(batch);
  const row = (index: number): Float32Array => logits.subarray(index * V, (index + 1) * V);
  if (guessed.length > 0) takeGuessed(generator, active[0]!, guessed, row);
  else for (const [b, one] of active.entries()) take(generator, one, row(b));
}

/** Guesses no more than there is room for. */
function guess({ guessedTokens, limits }: Generator, { sequence, written, lookup }: Active): readonly number[] {
  const most = Math.min(guessedTokens, limits.logitRows - 1, sequence.room - written.length - 1);
  return most < 1 ? [] : lookup.guess([...sequence.prompt, ...written], most);
}

/** Takes a token, and as many more as were guessed. @param row - returns logits after the so many guessed tokens. */
function takeGuessed(
  generator: Generator,
  one: Active,
  guessed: readonly number[],
  row: (index: number) => Float32Array,
): void {
  const { sequence, written, lookup } = one;
  let right = 0;
  for (take(generator, one, row(0)); written.at(-1) === guessed[right]; take(generator, one, row(right))) {
    right++;
    one.isOver = generator.isFinished(sequence.request, written);
    if (one.isOver) break;
  }
  lookup.learn(guessed.length, right);
}

/** Tokens of prompt and text. */
function lengthOf({ sequence, written }: Active): number {
  return sequence.prompt.length + written.length;
}

function take({ choose }: Generator, { sequence, written }: Active, logits: Float32Array): void {
  written.push(choose(sequence, written, logits));
}

/** Lets finished sequences go, and moves the last ones into their slots; those before `first` have no new token. */
function retire(
  { cache, isFinished, onFinished }: Generator,
  active: Active[],
  first: number,
  finished: Map<number, readonly number[]>,
): void {
  for (let i = active.length - 1; i >= first; i--) {
    const { sequence, written, isOver: isKnown } = active[i]!;
    const isOver = isKnown || isFinished(sequence.request, written);
    if (written.length < sequence.room && !isOver) continue;
    finished.set(sequence.request, written);
    onFinished?.(sequence.request, written);
    const moved = active.pop()!;
    if (i === active.length) continue;
    cache.move(active.length, i, lengthOf(moved) - 1);
    active[i] = moved;
  }
}
