import type { Sequence } from "./generation-rounds.ts";

/** What decides about sequences while they grow. */
export interface GrowingSequences {
  /** Longest sequence whose positions turn as those of short ones; a longer one must be read anew. */
  readonly growableTokens: number;
  readonly choose: (sequence: Sequence, written: readonly number[], logits: Float32Array) => number;
  readonly isFinished: (request: number, written: readonly number[]) => boolean;
}

type Written = ReadonlyMap<number, readonly number[]>;

/**
 * Continues prompts of a model whose long sequences have other positions than its short ones: those that grow from short
 * to long are stopped there, and read again from their beginning.
 *
 * @param generate - continues sequences whose positions stay what they are.
 * @returns each sequence's new ids, by request.
 * @throws what `generate` throws
 */
export async function generateInTwoParts<G extends GrowingSequences>(
  generate: (generator: G, sequences: readonly Sequence[]) => Promise<Written>,
  generator: G,
  sequences: readonly Sequence[],
): Promise<Written> {
  const over = new Set<number>();
  const isFinished = (request: number, written: readonly number[]): boolean => {
    const is = generator.isFinished(request, written);
    if (is) over.add(request);
    return is;
  };
  const short = await generate(
    { ...generator, isFinished },
    sequences.map((one) => ({ ...one, room: shortRoom(one, generator.growableTokens) })),
  );
  const soFar = (request: number): readonly number[] => short.get(request) ?? [];
  const growing = sequences.filter(({ request, room }) => !over.has(request) && soFar(request).length < room);
  if (growing.length === 0) return short;
  const long = await generate(
    {
      ...generator,
      choose: (sequence, written, logits) =>
        generator.choose(sequence, [...soFar(sequence.request), ...written], logits),
      isFinished: (request, written) => generator.isFinished(request, [...soFar(request), ...written]),
    },
    growing.map(({ request, prompt, room }) => {
      const before = soFar(request);
      return { request, prompt: [...prompt, ...before], room: room - before.length };
    }),
  );
  return new Map([...short].map(([request, ids]) => [request, [...ids, ...(long.get(request) ?? [])]]));
}

/** The last token that a short sequence gives is not read any more, so that there is one more than it has room for. */
function shortRoom({ prompt, room }: Sequence, growableTokens: number): number {
  return prompt.length > growableTokens ? room : Math.min(room, growableTokens - prompt.length + 1);
}
