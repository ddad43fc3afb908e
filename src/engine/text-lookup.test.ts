import { describe, expect, it } from "vitest";
import { createTextLookup } from "./text-lookup.ts";

describe("a text", () => {
  it("is thought to go on as after the latest place of its last two tokens", () => {
    expect(createTextLookup().guess([1, 2, 3, 1, 2, 4, 5, 6, 1, 2], 3)).toEqual([4, 5, 6]);
    expect(createTextLookup().guess([1, 2, 4, 5, 6, 1, 2], 2)).toEqual([4, 5]);
  });

  it("is thought to go round where it does", () => {
    expect(createTextLookup().guess([9, 7, 8, 7, 8], 3)).toEqual([7, 8, 7]);
    expect(createTextLookup().guess([5, 5, 5], 3)).toEqual([5, 5, 5]);
  });

  it("is not guessed at where its last two tokens never stood before", () => {
    for (const text of [[], [1], [1, 1], [2, 1, 3, 1], [1, 2, 3]])
      expect(createTextLookup().guess(text, 3)).toEqual([]);
    expect(createTextLookup().guess([1, 1, 1], 0)).toEqual([]);
  });
});

describe("guesses", () => {
  const text = [1, 1, 1];

  it("become longer when one was right, and short again when one was not", () => {
    const lookup = createTextLookup();
    const next = (): number => lookup.guess(text, 10).length;
    expect(next()).toBe(3);
    lookup.learn(3, 3);
    expect(next()).toBe(7);
    lookup.learn(7, 6);
    expect(next()).toBe(3);
  });

  it("end for a while when they are wrong", () => {
    const lookup = createTextLookup();
    for (let i = 0; i < 3; i++) {
      expect(lookup.guess(text, 3)).toHaveLength(3);
      lookup.learn(3, 0);
    }
    let runs = 0;
    while (lookup.guess(text, 3).length === 0) runs++;
    expect(runs).toBe(7);
  });
});
