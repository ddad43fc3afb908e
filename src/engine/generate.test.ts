import { describe, expect, it } from "vitest";
import { argmax } from "./argmax.ts";
import type { Batch } from "./batch.ts";
import { type Generator, generateAll } from "./generate.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Trunk } from "./trunk.ts";

const V = 10;

/** A model that counts from 0 to `last` and begins again. Keeps how many ids each run had, and what was looked at. */
function counting(last: number, settings: Partial<Generator> = {}) {
  const runs: number[] = [];
  const seen: (readonly [request: number, tokens: number])[] = [];
  const logits = async ({ ids, rows }: Batch): Promise<Float32Array> => {
    runs.push(ids.length);
    const values = new Float32Array(rows.length * V);
    for (const [i, row] of rows.entries()) values[i * V + (ids[row]! < last ? ids[row]! + 1 : 0)] = 1;
    return values;
  };
  const generator: Generator = {
    trunk: { logits } as Trunk,
    cache: { layOut() {}, move() {} } as unknown as KvCache,
    vocabulary: V,
    limits: { sequences: 4, cachePositions: 1000, logitRows: 100 },
    promptTokens: 100,
    dividableTokens: Number.POSITIVE_INFINITY,
    growableTokens: Number.POSITIVE_INFINITY,
    guessedTokens: 7,
    choose: (_, __, values) => argmax(values, 0, V),
    isFinished(request, written) {
      seen.push([request, written.length]);
      return false;
    },
    ...settings,
  };
  return { generator, runs, seen };
}

const round = (count: number, last = 2): readonly number[] => Array.from({ length: count }, (_, i) => i % (last + 1));

describe("one text", () => {
  it("is read several tokens at a time where it repeats itself, and looked at after each", async () => {
    const { generator, runs, seen } = counting(2);
    const written = await generateAll(generator, [{ request: 0, prompt: [2], room: 20 }]);
    expect(written.get(0)).toEqual(round(20));
    // The prompt; 1 2 0 one by one, when 2 0 has stood there before; three guesses, seven, and three for which there is room.
    expect(runs).toEqual([1, 1, 1, 1, 4, 8, 4]);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => [0, i + 1]));
  });

  it("ends where it is finished, though more was guessed", async () => {
    const isFinished = (_: number, written: readonly number[]): boolean => written.length === 7;
    const { generator } = counting(2, { isFinished });
    expect((await generateAll(generator, [{ request: 0, prompt: [2], room: 20 }])).get(0)).toEqual(round(7));
  });

  it("is what it would be where guesses are wrong", async () => {
    const { generator, runs } = counting(9);
    const prompt = [0, 1, 5, 0, 1, 7, 0];
    expect((await generateAll(generator, [{ request: 0, prompt, room: 6 }])).get(0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(runs).toEqual([7, 4, 1, 1, 1, 1]);
  });

  it("is read token by token where nothing may be guessed", async () => {
    const { generator, runs } = counting(2, { guessedTokens: 0 });
    await generateAll(generator, [{ request: 0, prompt: [2], room: 20 }]);
    expect(runs).toEqual(Array.from({ length: 20 }, () => 1));
  });
});

describe("several texts", () => {
  it("are not guessed at, but the last of them is", async () => {
    const { generator, runs } = counting(2);
    const sequences = [20, 12].map((room, request) => ({ request, prompt: [2], room }));
    const written = await generateAll(generator, sequences);
    expect([written.get(0), written.get(1)]).toEqual([round(20), round(12)]);
    expect(runs).toEqual([...Array.from({ length: 12 }, () => 2), 4, 4]);
  });
});
