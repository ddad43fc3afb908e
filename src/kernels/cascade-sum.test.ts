import { expect, it } from "vitest";
import { drawnRow } from "../../test/contracts/drawn-row.ts";
import { cascadeSum } from "./cascade-sum.ts";
import { roundToGrid } from "./grid.ts";
import { plainDivergence } from "./plain/diverging.ts";

it.each([
  [3, -1.0034741163253784, -1],
  [9, -0.8488072752952576, -0.84765625],
  [100, 3.097893714904785, 3.078125],
  [5000, 17.088943481445312, 17],
])("adds %i numbers up as torch 2.13 does", (length, single, half) => {
  expect(cascadeSum(plainDivergence, drawnRow("F32", length), false)).toBe(single);
  expect(roundToGrid("BF16", cascadeSum(plainDivergence, drawnRow("BF16", length), true))).toBe(half);
});

it("is exact where every sum is", () => {
  expect(cascadeSum(plainDivergence, new Float32Array(70_001).fill(1), false)).toBe(70_001);
  expect(cascadeSum(plainDivergence, new Float32Array(70_001).fill(1), true)).toBe(70_001);
});
