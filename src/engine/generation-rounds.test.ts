import { describe, expect, it } from "vitest";
import { countTogether, planRounds, type RoundLimits, type Sequence } from "./generation-rounds.ts";

function sequence(request: number, promptLength: number, room: number): Sequence {
  return { request, prompt: Array.from({ length: promptLength }, () => 1), room };
}

function limits(cachePositions: number): RoundLimits {
  return { sequences: 10, cachePositions, logitRows: 100 };
}

function requestsOf(sequences: readonly Sequence[]): readonly number[] {
  return sequences.map(({ request }) => request);
}

describe("planRounds", () => {
  it("puts all sequences into one round when they are alike, the neediest first", () => {
    const rounds = planRounds([sequence(0, 3, 5), sequence(1, 6, 5), sequence(2, 3, 5)], limits(1000));
    expect(rounds).toHaveLength(1);
    expect(rounds[0]).toMatchObject({ slots: 3, positions: 11 });
    expect(requestsOf(rounds[0]!.sequences)).toEqual([1, 0, 2]);
  });

  it("gives sequences that need less than half a round of their own", () => {
    const rounds = planRounds(
      [sequence(0, 2, 2), sequence(1, 50, 50), sequence(2, 25, 25), sequence(3, 24, 25)],
      limits(1000),
    );
    expect(rounds.map(({ positions, sequences }) => [positions, requestsOf(sequences)])).toEqual([
      [100, [1, 2]],
      [49, [3]],
      [4, [0]],
    ]);
  });

  it("takes as many slots as fit into the cache, and one if none does", () => {
    const four = [0, 1, 2, 3].map((i) => sequence(i, 5, 5));
    expect(planRounds(four, limits(35))[0]).toMatchObject({ slots: 3, positions: 10 });
    expect(planRounds(four, limits(9))[0]).toMatchObject({ slots: 1, positions: 10 });
  });

  it("takes no more slots than it may", () => {
    const many = Array.from({ length: 30 }, (_, i) => sequence(i, 1, 1));
    expect(planRounds(many, limits(1e9))[0]!.slots).toBe(10);
  });

  it("plans nothing for nothing", () => expect(planRounds([], limits(10))).toEqual([]));
});

describe("countTogether", () => {
  it("counts while the padded batch is small enough", () => {
    expect(countTogether([5, 5, 5, 5], 10, 15)).toBe(3);
    expect(countTogether([2, 2, 9, 2], 10, 18)).toBe(2);
  });

  it("counts no more than there are slots", () => expect(countTogether([1, 1, 1], 2, 100)).toBe(2));

  it("counts one that is too long alone", () => expect(countTogether([50, 1], 2, 10)).toBe(1));
});
