import { expect, it } from "vitest";
import { plainDivisor } from "./consensus.ts";

const settings = { dtype: "F32", vote: "none", lambda: 1 } as const;

it("divides by the sum of the weights, unless it is nothing or was not asked for", () => {
  expect(plainDivisor({ ...settings, weights: [0.5, 2], normalize: true })).toBe(2.5);
  expect(plainDivisor({ ...settings, weights: [1, -1], normalize: true })).toBe(1);
  expect(plainDivisor({ ...settings, weights: [0.5, 2], normalize: false })).toBe(1);
  expect(plainDivisor({ ...settings, dtype: "BF16", weights: [1, 2 ** -8], normalize: true })).toBe(1);
});
