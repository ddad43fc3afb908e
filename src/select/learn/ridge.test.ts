import { expect, it } from "vitest";
import { ridge } from "./ridge.ts";

const INPUTS = [
  [1, 0.5, -2, 0.25, 1],
  [0, 1, 1, -1, 2],
  [2, -1, 0.5, 3, -1],
];
const TARGETS = [1, 2, -1];

it("learns the same from examples that are fewer than the figures and from each of them twice", () => {
  const learner = ridge(0.3);
  const few = learner.fit(INPUTS, TARGETS);
  const many = learner.fit([...INPUTS, ...INPUTS], [...TARGETS, ...TARGETS]);
  expect(many.intercept).toBeCloseTo(few.intercept, 10);
  for (const [k, weight] of few.weights.entries()) expect(many.weights[k]).toBeCloseTo(weight, 10);
  expect(Math.max(...few.weights.map(Math.abs))).toBeGreaterThan(0.1);
});
