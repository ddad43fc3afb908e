import { expect, it } from "vitest";
import { boostedTrees } from "./boosted-trees.ts";
import { ridge } from "./ridge.ts";

const SETTINGS = { trees: 60, depth: 2, rate: 0.1, leaf: 2 };
const grid = Array.from({ length: 49 }, (_, i) => [Math.floor(i / 7) - 3, (i % 7) - 3, 0]);

/** Mean squared error on the examples themselves. */
function errorOf(predict: (input: readonly number[]) => number, targets: readonly number[]): number {
  return grid.reduce((sum, input, i) => sum + (predict(input) - targets[i]!) ** 2, 0) / grid.length;
}

it("find a step that depends on another figure, which no line does", () => {
  const targets = grid.map(([x, y]) => (x! > 0 ? (y! > 0 ? 1 : -1) : 0));
  const learner = boostedTrees(SETTINGS);
  const state = learner.fit(grid, targets);
  const line = ridge(1e-6).fit(grid, targets);
  expect(errorOf((input) => learner.predict(state, input), targets)).toBeLessThan(0.01);
  expect(errorOf((input) => ridge(1e-6).predict(line, input), targets)).toBeGreaterThan(0.1);
});

it("ask the question that lowers the error most, half way between two examples", () => {
  const learner = boostedTrees({ trees: 1, depth: 1, rate: 1, leaf: 1 });
  const { start, trees } = learner.fit([[0], [1], [2], [5]], [0, 0, 0, 4]);
  // Three times −1 over four examples, and 3 over two, since every leaf is thought to have an example of 0.
  expect([start, trees]).toEqual([1, [{ feature: 0, limit: 3.5, below: -3 / 4, above: 3 / 2 }]]);
});

it("leave as many examples in a leaf as is asked", () => {
  const learner = boostedTrees({ trees: 1, depth: 1, rate: 1, leaf: 2 });
  const [tree] = learner.fit([[0], [1], [2], [5]], [0, 0, 0, 4]).trees;
  expect(tree).toMatchObject({ limit: 1.5 });
  expect(learner.fit([[0], [1], [2]], [0, 0, 4]).trees).toEqual([expect.closeTo(0, 12)]);
});

it("take examples that are all alike, or that have no figures", () => {
  const learner = boostedTrees(SETTINGS);
  for (const input of [[], [1, 1]]) {
    const state = learner.fit([input, input], [2, 4]);
    expect(learner.predict(state, input)).toBeCloseTo(3, 12);
  }
});

it("come back from JSON as they were", () => {
  const learner = boostedTrees(SETTINGS);
  const state = learner.fit(
    grid,
    grid.map(([x]) => Math.sin(x!)),
  );
  const again = JSON.parse(JSON.stringify(state)) as typeof state;
  expect(learner.predict(again, [1, 0, 0])).toBe(learner.predict(state, [1, 0, 0]));
});
