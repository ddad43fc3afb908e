import { describe, expect, it } from "vitest";
import { commonLength, compareIds, findFamilies, planPrefixes } from "./shared-prefix.ts";

const examples = Array.from({ length: 100 }, (_, i) => i);

describe("planPrefixes", () => {
  it("reads each prompt from where it differs from the one before", () => {
    const prompts = [
      [...examples, 7, 8, 9],
      [...examples, 5],
      [...examples, 7, 8],
    ];
    expect(planPrefixes(prompts, [])).toEqual({
      order: [1, 2, 0],
      sources: [
        { from: 2, tokens: 102 },
        { from: 0, tokens: 0 },
        { from: 1, tokens: 100 },
      ],
    });
  });

  it("takes the beginning of a prompt that was read before", () => {
    const known = [[1, 2], examples, [...examples.slice(0, 50), 0]];
    expect(planPrefixes([[...examples.slice(0, 80), 300]], known)).toEqual({
      order: [0],
      sources: [{ from: 1, tokens: 80 }],
    });
  });

  it("leaves the last token to be read", () => {
    expect(planPrefixes([examples], [examples])!.sources).toEqual([{ from: 0, tokens: 99 }]);
  });

  it("does not bother where little is shared", () => {
    expect(planPrefixes([examples, examples.map((id) => id + 1)], [])).toBeUndefined();
    expect(
      planPrefixes(
        [
          [1, 2, 3, 4],
          [1, 2, 3, 5],
        ],
        [],
      ),
    ).toBeUndefined();
    expect(planPrefixes([], [])).toBeUndefined();
  });
});

it("compares lists of ids from their beginnings", () => {
  expect(commonLength([1, 2, 3], [1, 2, 4, 5])).toBe(2);
  expect(commonLength([], [1])).toBe(0);
  expect([[2], [1, 5], [1], [1, 4, 9]].toSorted(compareIds)).toEqual([[1], [1, 4, 9], [1, 5], [2]]);
});

it("puts lists that begin alike into families", () => {
  const other = examples.map((id) => id + 1);
  expect(findFamilies([[...other, 1], examples, [...examples, 4], other, [0, 1, 2]])).toEqual([[4], [1, 2], [3, 0]]);
  expect(findFamilies([])).toEqual([]);
});
