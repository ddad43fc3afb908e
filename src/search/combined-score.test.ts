import { describe, expect, it } from "vitest";
import { meanScore, modelScore } from "./combined-score.ts";
import { compareModels } from "./model-comparison.ts";
import type { ScoredTask } from "./task-evaluation.ts";

const task = (name: string): ScoredTask => ({ name, metric: "acc", aggregation: "proportion", higherIsBetter: true });
const values = (entries: Readonly<Record<string, readonly number[]>>) => new Map(Object.entries(entries));

describe("the score of a model", () => {
  it("is the task's own score where there is one task", () => {
    const { overall, tasks } = modelScore([task("a")], values({ a: [1, 0, 1, 1] }));
    expect(overall).toBe(tasks.get("a"));
    expect(overall).toMatchObject({ value: 0.75, n: 4 });
  });

  it("is the tasks' mean, whatever their sizes", () => {
    const { overall } = modelScore([task("a"), task("b")], values({ a: [1, 1, 1, 1], b: [0, 1] }));
    expect(overall).toMatchObject({ value: 0.75, n: 6 });
  });

  it("has an interval that shrinks as independent tasks are averaged", () => {
    const one = { value: 0.5, n: 10, low: 0.3, high: 0.6 };
    const mean = meanScore([one, one, one, one]);
    expect(mean.value).toBeCloseTo(0.5, 15);
    expect(mean.low).toBeCloseTo(0.4, 15); // Half of 0.2 below: four tasks, half the width.
    expect(mean.high).toBeCloseTo(0.55, 15);
    expect(mean.n).toBe(40);
  });
});

describe("the comparison of two models", () => {
  it("is McNemar's exact test for one task of right and wrong answers", () => {
    const comparison = compareModels(
      [task("a")],
      values({ a: [1, 1, 1, 1, 1, 0, 1] }),
      values({ a: [0, 0, 0, 0, 0, 0, 1] }),
    );
    expect(comparison).toMatchObject({ firstHigher: 5, secondHigher: 0, equal: 2, test: "McNemar's exact test" });
    expect(comparison.pValue).toBeCloseTo(2 / 2 ** 5, 12);
    expect(comparison.difference.value).toBeCloseTo(5 / 7, 12);
  });

  it("counts what could not be measured as wrong", () => {
    const comparison = compareModels([task("a")], values({ a: [Number.NaN, 1] }), values({ a: [1, 1] }));
    expect(comparison).toMatchObject({ firstHigher: 0, secondHigher: 1, equal: 1 });
  });

  it("weighs tasks alike, and permutes signs over all their items", () => {
    const tasks = [task("a"), task("b")];
    const comparison = compareModels(tasks, values({ a: [1, 1, 1, 1], b: [0] }), values({ a: [0, 0, 0, 0], b: [1] }));
    expect(comparison.difference.value).toBe(0);
    expect(comparison).toMatchObject({ firstHigher: 4, secondHigher: 1, pValue: 1, test: "paired permutation test" });
  });
});
