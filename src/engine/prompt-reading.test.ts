import { describe, expect, it } from "vitest";
import type { Batch } from "./batch.ts";
import { readPrompts } from "./prompt-reading.ts";

const V = 2;

/** Notes what is run; the first logit of a row is its last id. */
function recorder() {
  const runs: { readonly ids: readonly number[]; readonly last: readonly number[]; readonly slot: number }[] = [];
  const moves: (readonly number[])[] = [];
  const reader = {
    vocabulary: V,
    promptTokens: 40,
    dividableTokens: Number.POSITIVE_INFINITY,
    trunk: {
      async logits({ ids, last, slot, rows }: Batch) {
        runs.push({ ids: [...ids], last: [...last], slot });
        return Float32Array.from([...rows].flatMap((row) => [ids[row]!, 0]));
      },
    },
    cache: { move: (...move: [number, number, number]) => void moves.push(move) },
  };
  return { reader, runs, moves };
}

async function read(prompts: readonly (readonly number[])[], known: readonly (readonly number[])[] = [], limits = {}) {
  const { reader, runs, moves } = recorder();
  const ends = new Map<number, number>();
  await readPrompts({ ...reader, ...limits }, { prompts, known }, (i, logits) => {
    ends.set(i, logits[0]!);
    return false;
  });
  expect([...ends].sort(([a], [b]) => a - b)).toEqual(prompts.map((prompt, i) => [i, prompt.at(-1)]));
  return { runs, moves };
}

const count = (length: number) => Array.from({ length }, (_, i) => i);

describe("readPrompts", () => {
  it("reads prompts together, padded, into the slots after the known ones", async () => {
    const { runs } = await read([[5, 6, 7], [8]], [[1], [2]]);
    expect(runs).toEqual([{ ids: [5, 6, 7, 8, 0, 0], last: [2, 0], slot: 2 }]);
  });

  it("reads a shared beginning once, and copies it", async () => {
    const { runs, moves } = await read([
      [...count(30), 90],
      [...count(30), 80, 81],
    ]);
    expect(runs).toEqual([
      { ids: [...count(30), 80, 81], last: [31], slot: 1 },
      { ids: [90], last: [30], slot: 0 },
    ]);
    expect(moves).toEqual([[1, 0, 30]]);
  });

  it("takes a beginning from a prompt that is still there", async () => {
    const { runs, moves } = await read([[...count(30), 90]], [[7], [...count(20), 50, 51]]);
    expect(moves).toEqual([[1, 2, 20]]);
    expect(runs).toEqual([{ ids: [...count(30).slice(20), 90], last: [30], slot: 2 }]);
  });

  it("reads drafts along, and shows what follows their tokens as long as it is wanted", async () => {
    const { reader, runs } = recorder();
    const shown: (readonly number[])[] = [];
    const joining = { prompts: [[5, 6], [8]], drafts: [[1, 2, 3], [4]], known: [] };
    await readPrompts(reader, joining, (i, logits) => {
      shown.push([i, logits[0]!]);
      return i === 1 || logits[0] !== 2;
    });
    expect(runs).toEqual([{ ids: [5, 6, 1, 2, 3, 8, 4, 0, 0, 0], last: [4, 1], slot: 0 }]);
    expect(shown).toEqual([...[6, 1, 2].map((id) => [0, id]), ...[8, 4].map((id) => [1, id])]);
  });

  it("reads a long prompt in pieces", async () => {
    const { runs } = await read([count(95)]);
    expect(runs.map(({ ids, last }) => [ids.length, last[0]])).toEqual([
      [40, 39],
      [40, 79],
      [15, 94],
    ]);
  });

  it("reads prompts whole that must not be divided", async () => {
    const prompts = [
      [...count(30), 90],
      [...count(30), 80],
    ];
    const { runs } = await read(prompts, [], { dividableTokens: 30 });
    expect(runs).toHaveLength(1);
    expect((await read([count(95)], [], { dividableTokens: 94 })).runs).toHaveLength(1);
  });
});
