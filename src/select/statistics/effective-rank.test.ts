import { expect, it } from "vitest";
import { createRandom } from "../../base/philox.ts";
import { EffectiveRank } from "./effective-rank.ts";

function rankOf(width: number, rows: readonly (readonly number[])[]): number {
  const rank = new EffectiveRank(width);
  for (const row of rows) rank.addRows(Float32Array.from(row));
  return rank.value();
}

it("is 1 for every matrix of rank 1, and 0 for zeros", () => {
  const row = [1, -2, 0.5, 4];
  expect(rankOf(4, [row, row.map((x) => -3 * x), row.map((x) => x / 8)])).toBeCloseTo(1, 6);
  expect(rankOf(4, [[0, 0, 0, 0]])).toBe(0);
});

it("is the number of directions where all are used alike", () => {
  const identity = Array.from({ length: 6 }, (_, i) => Array.from({ length: 9 }, (_, j) => Number(i === j)));
  expect(rankOf(9, identity)).toBeCloseTo(6, 6);
});

it("is near (sum of s^2)^2 / sum of s^4 elsewhere", () => {
  // Of a random matrix with m rows and n columns that is m n / (m + n + 1).
  const random = createRandom({ seed: 3, counter: 0 });
  const rows = Array.from({ length: 120 }, () => Array.from({ length: 80 }, () => random.nextUniform() - 0.5));
  const wanted = (120 * 80) / 201;
  expect(rankOf(80, rows)).toBeGreaterThan(0.85 * wanted);
  expect(rankOf(80, rows)).toBeLessThan(1.15 * wanted);
});

it("does not depend on how rows arrive", () => {
  const rank = new EffectiveRank(2);
  rank.addRows(Float32Array.of(1, 2, 3, 4, 5, 7));
  expect(rank.value()).toBe(
    rankOf(2, [
      [1, 2],
      [3, 4],
      [5, 7],
    ]),
  );
});
