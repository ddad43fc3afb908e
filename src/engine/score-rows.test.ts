import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { batchRows, planScoreRows } from "./score-rows.ts";

describe("planScoreRows", () => {
  it("reads all but the last token, and looks each one up at the position before it", () => {
    const { rows, pairs } = planScoreRows([{ context: [1, 2], continuation: [3, 4, 5] }], 10);
    expect(rows).toEqual([
      {
        ids: [1, 2, 3, 4],
        targets: [
          { request: 0, position: 1, token: 3 },
          { request: 0, position: 2, token: 4 },
          { request: 0, position: 3, token: 5 },
        ],
      },
    ]);
    expect(pairs).toEqual([{ tokens: 3, truncated: false }]);
  });

  it("runs choices of one token that share their context once", () => {
    const choice = (token: number) => ({ context: [1, 2], continuation: [token] });
    const { rows } = planScoreRows([choice(7), choice(8), { context: [1], continuation: [9] }], 10);
    expect(rows.map(({ ids }) => ids)).toEqual([[1, 2], [1]]);
    expect(rows[0]!.targets.map(({ request, token }) => [request, token])).toEqual([
      [0, 7],
      [1, 8],
    ]);
  });

  it("cuts contexts on their left, so that the model reads no more than its context", () => {
    const { rows, pairs } = planScoreRows([{ context: [1, 2, 3, 4], continuation: [5, 6] }], 4);
    expect(rows[0]!.ids).toEqual([2, 3, 4, 5]);
    expect(rows[0]!.targets.map(({ position }) => position)).toEqual([2, 3]);
    expect(pairs[0]!.truncated).toBe(true);
  });

  it("cuts what may stretch to the longest text only", () => {
    const pair = { context: [1, 2, 3, 4], continuation: [5, 6] };
    expect(planScoreRows([{ ...pair, stretches: true }], 4, Infinity).rows[0]!.ids).toEqual([1, 2, 3, 4, 5]);
    expect(planScoreRows([pair], 4, Infinity).rows[0]!.ids).toEqual([2, 3, 4, 5]);
  });

  it("cuts nothing when all but the last token fit", () => {
    const { rows, pairs } = planScoreRows([{ context: [1, 2, 3], continuation: [5, 6] }], 4);
    expect(rows[0]!.ids).toEqual([1, 2, 3, 5]);
    expect(pairs[0]!.truncated).toBe(false);
  });

  it("keeps one token of context for a continuation as long as the model's context", () => {
    const { rows } = planScoreRows([{ context: [1, 2], continuation: [5, 6, 7] }], 3);
    expect(rows[0]!.ids).toEqual([2, 5, 6]);
  });

  it("refuses continuations that are empty or too long", () => {
    const empty = [
      { context: [1], continuation: [2] },
      { context: [1], continuation: [] },
    ];
    expect(expectCode("engine/empty_continuation", () => planScoreRows(empty, 4))).toEqual({ request: 1 });
    const long = [{ context: [1], continuation: [2, 3, 4] }];
    expect(expectCode("engine/continuation_too_long", () => planScoreRows(long, 2))).toEqual({
      request: 0,
      tokens: 3,
      context: 2,
    });
  });
});

describe("batchRows", () => {
  const row = (length: number) => ({ ids: Array.from({ length }, () => 0), targets: [] });
  const lengths = (max: number, ...all: readonly number[]) =>
    batchRows(all.map(row), max).map((batch) => batch.map(({ ids }) => ids.length));

  it("puts rows of like length together, the longest first", () => {
    expect(lengths(10, 2, 5, 3, 5)).toEqual([
      [5, 5],
      [3, 2],
    ]);
  });

  it("gives a row that is too long a batch of its own", () => {
    expect(lengths(4, 9, 2, 2)).toEqual([[9], [2, 2]]);
  });
});
