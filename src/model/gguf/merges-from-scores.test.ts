import { expect, it } from "vitest";
import { mergesFromScores } from "./merges-from-scores.ts";

it("orders merges by the score of what they make, then by the ids of what they join", () => {
  const tokens = ["a", "b", "c", "ab", "bc", "abc", "x y"];
  expect(mergesFromScores(tokens, [0, 0, 0, -2, -1, -3, 0])).toEqual([
    ["b", "c"],
    ["a", "b"],
    ["a", "bc"],
    ["ab", "c"],
  ]);
});

it("passes over tokens that no known text is as long as", () => {
  const run = "a".repeat(600);
  expect(mergesFromScores(["a", "a".repeat(599), run], [0, 0, 0])).toEqual([]);
});
