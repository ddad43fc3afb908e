import { describe, expect, it } from "vitest";
import { createPythonRandom } from "./python-random.ts";

describe("createPythonRandom", () => {
  it("draws what Python 3.11's random.Random(1234) draws, call after call", () => {
    const random = createPythonRandom(1234);
    const threes = Array.from({ length: 4 }, () => random.sample(10, 3));
    expect(threes).toEqual([
      [7, 1, 0],
      [1, 0, 9],
      [1, 5, 3],
      [0, 9, 8],
    ]);
    expect(random.sample(1000, 8)).toEqual([354, 663, 638, 495, 630, 474, 152, 93]);
    expect(random.sample(100, 30)).toEqual([
      23, 91, 14, 1, 64, 62, 31, 8, 85, 69, 59, 92, 76, 86, 11, 65, 74, 5, 34, 71, 88, 38, 61, 45, 81, 93, 25, 58, 67,
      2,
    ]);
    expect(random.sample(5, 5)).toEqual([4, 0, 3, 1, 2]);
    expect(random.sample(2 ** 20, 3)).toEqual([991589, 791354, 350460]);
  });

  it("takes a seed of all 32 bits", () => {
    expect(createPythonRandom(4294967295).sample(300, 6)).toEqual([104, 110, 267, 149, 174, 195]);
  });
});
