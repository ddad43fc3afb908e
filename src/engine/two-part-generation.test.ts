import { expect, it } from "vitest";
import type { Sequence } from "./generation-rounds.ts";
import { type GrowingSequences, generateInTwoParts } from "./two-part-generation.ts";

/** Writes the length of what was read; notes what it was asked to continue. */
function counting(asked: (readonly [number, number])[]) {
  return async (generator: GrowingSequences, sequences: readonly Sequence[]) => {
    const results = new Map<number, readonly number[]>();
    for (const sequence of sequences) {
      const { request, prompt, room } = sequence;
      asked.push([prompt.length, room]);
      const written: number[] = [];
      do written.push(generator.choose(sequence, written, Float32Array.of(prompt.length + written.length)));
      while (written.length < room && !generator.isFinished(request, written));
      if (written.length === room) generator.isFinished(request, written);
      results.set(request, written);
    }
    return results;
  };
}

const choose: GrowingSequences["choose"] = (_, written, [length]) => 100 * written.length + length!;

it("reads a sequence anew where it becomes long, and goes on as if it had not stopped", async () => {
  const asked: (readonly [number, number])[] = [];
  const generator = { growableTokens: 5, choose, isFinished: () => false };
  const sequences = [
    { request: 0, prompt: [1, 1, 1], room: 6 },
    { request: 1, prompt: [1, 1], room: 2 },
    { request: 2, prompt: [1, 1, 1, 1, 1, 1, 1], room: 2 },
  ];
  const written = await generateInTwoParts(counting(asked), generator, sequences);
  expect(written.get(0)).toEqual([3, 104, 205, 306, 407, 508]);
  expect(written.get(1)).toEqual([2, 103]);
  expect(written.get(2)).toEqual([7, 108]);
  expect(asked).toEqual([
    [3, 3],
    [2, 2],
    [7, 2],
    [6, 3],
  ]);
});

it("does not go on with what is finished, also at the very end of the short part", async () => {
  const asked: (readonly [number, number])[] = [];
  const generator = { growableTokens: 5, choose, isFinished: (_: number, ids: readonly number[]) => ids.length === 3 };
  const written = await generateInTwoParts(counting(asked), generator, [{ request: 0, prompt: [1, 1, 1], room: 9 }]);
  expect(written.get(0)).toEqual([3, 104, 205]);
  expect(asked).toHaveLength(1);
});
