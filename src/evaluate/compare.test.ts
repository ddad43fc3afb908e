import { describe, expect, it } from "vitest";
import { ReplayModel } from "../../test/golden/replay-model.ts";
import { compareResults, compareValues } from "./compare.ts";
import { evaluateTask, type TaskResult } from "./evaluate-task.ts";
import { loadTask } from "./load-task.ts";
import { selectItems } from "./splits.ts";

const COUNT = 40;
const files: Readonly<Record<string, string>> = {
  "t.yaml":
    "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\n" +
    `doc_to_text: q\ndoc_to_target: "{{'yes'}}"\n`,
  d: Array.from({ length: COUNT }, (_, i) => JSON.stringify({ q: `q${i}` })).join("\n"),
};
const task = loadTask("t.yaml", { readText: (path) => files[path]! });

/** The results of a model that is right where `isRight` says so. */
async function resultOf(isRight: (i: number) => boolean, limit = COUNT): Promise<TaskResult> {
  const model = new ReplayModel();
  for (let i = 0; i < COUNT; i++) model.learnText(`q${i}`, isRight(i) ? "yes" : "no");
  return evaluateTask(task, selectItems(task, { limit }), model);
}

describe("compareResults", () => {
  it("finds a difference on the same items that two intervals side by side do not show", async () => {
    const first = await resultOf((i) => i < 30);
    const second = await resultOf((i) => i < 22);
    const comparison = compareResults(first, second, "exact_match");
    expect(comparison).toMatchObject({
      firstHigher: 8,
      secondHigher: 0,
      equal: 32,
      mcnemar: expect.closeTo(2 ** -7, 15),
    });
    expect(comparison.difference).toMatchObject({ value: expect.closeTo(0.2, 12), n: 40 });
    expect(comparison.difference.low).toBeGreaterThan(0);
    expect(comparison.permutation).toBe(2 ** -7);
    expect(first.scores["exact_match"]!.low).toBeLessThan(second.scores["exact_match"]!.high);
  });

  it("does not care about the order of the items", async () => {
    const first = await resultOf((i) => i % 2 === 0);
    const second = await resultOf((i) => i % 3 === 0);
    const turned = { ...second, items: second.items.toReversed() };
    expect(compareResults(first, turned, "exact_match")).toEqual(compareResults(first, second, "exact_match"));
  });

  it.each([
    ["fewer", 39],
    ["more", 40],
  ])("refuses %s items: evaluate/different_items", async (_, limit) => {
    const [first, second] = [await resultOf(() => true, 79 - limit), await resultOf(() => true, limit)];
    const compare = () => compareResults(first, second, "exact_match");
    expect(compare).toThrow(expect.objectContaining({ code: "evaluate/different_items" }));
    expect(compare).toThrow("only one has item 39 of test");
  });

  it("refuses a score that is not there: evaluate/no_such_score", async () => {
    const result = await resultOf(() => true, 2);
    const compare = () => compareResults(result, result, "acc");
    expect(compare).toThrow(expect.objectContaining({ code: "evaluate/no_such_score" }));
    expect(compare).toThrow("(known: exact_match)");
  });
});

describe("compareValues", () => {
  it("leaves McNemar's test out where values are not right or wrong", () => {
    const comparison = compareValues([0.5, 1, 0.25], [0, 1, 0.5]);
    expect(comparison.mcnemar).toBeUndefined();
    expect(comparison).toMatchObject({ firstHigher: 1, secondHigher: 1, equal: 1, permutation: 1 });
  });

  it("finds nothing between equal lists", () => {
    expect(compareValues([0, 1, 1], [0, 1, 1])).toEqual({
      difference: { value: 0, n: 3, low: 0, high: 0 },
      firstHigher: 0,
      secondHigher: 0,
      equal: 3,
      mcnemar: 1,
      permutation: 1,
    });
  });
});
