/** Runs of the toy search with racing, budgets of items and time, a final choice, constraints and fronts. */

import { describe, expect, it } from "vitest";
import { evolve } from "../../src/search/evolve.ts";
import { toResultJson } from "../../src/search/evolve-outcome.ts";
import type { EvaluateRecipe, ScoredTask } from "../../src/search/task-evaluation.ts";
import { createMemoryStore } from "./memory-store.ts";
import { evaluateToy, TOY_SEARCH, TOY_TASK, toyRun } from "./toy-run.ts";

const withKeys = (keys: string, evaluations = 60): string =>
  TOY_SEARCH.replace("budget: { evaluations: 33 }", `budget: { evaluations: ${evaluations} }`) + keys;
const RACING = "racing: { blocks: 5, confidence: 0.9, keep: 0.4 }\n";
const FINAL = "final: { candidates: 3, items: 50 }\n";

describe("racing", () => {
  it("finds as good a child with far fewer items", async () => {
    const full = await evolve(toyRun(createMemoryStore(), { text: withKeys("") }));
    const raced = await evolve(toyRun(createMemoryStore(), { text: withKeys(RACING) }));
    expect(raced.evaluations).toBe(full.evaluations);
    expect(raced.itemEvaluations).toBeLessThan(full.itemEvaluations / 2);
    expect(raced.best.holdout.value).toBeGreaterThan(full.best.holdout.value - 0.1);
    expect(raced.candidates.some(({ isComplete }) => !isComplete)).toBe(true);
    expect(raced.best.search.n).toBe(40);
  });

  it("meets each item once, in blocks, and never all of them with a candidate that is clearly worse", async () => {
    const asked: string[] = [];
    const evaluateRecipe: EvaluateRecipe = async (text, split, signal, block) => {
      if (split === "search" && block !== undefined) asked.push(`${block.index} ${text}`);
      return evaluateToy(text, split, signal, block);
    };
    await evolve(toyRun(createMemoryStore(), { text: withKeys(RACING), evaluateRecipe }));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.filter((one) => one.startsWith("4 ")).length).toBeLessThan(
      asked.filter((one) => one.startsWith("0 ")).length,
    );
  });

  it.each(["{ evaluations: 20 }", "{ item_evaluations: 600 }"])(
    "goes on after a kill at any step as if there had been none, with %s",
    async (budget) => {
      const text = withKeys(RACING + FINAL, 20)
        .replace("cma_es", "conditional_hybrid")
        .replace("{ evaluations: 20 }", budget);
      const whole = createMemoryStore();
      const expected = toResultJson(await evolve(toyRun(whole, { text })));
      const store = createMemoryStore();
      for (let kills = 0; kills < 500; kills++) {
        let left = 7;
        const evaluateRecipe: EvaluateRecipe = (...args) => (left-- > 0 ? evaluateToy(...args) : new Promise(() => {}));
        const controller = new AbortController();
        const dying = {
          ...store,
          appendEvent: (...args: Parameters<typeof store.appendEvent>) => store.appendEvent(...args),
        };
        const run = evolve(toyRun(dying, { text, evaluateRecipe, signal: controller.signal }));
        const ended = await Promise.race([
          run,
          new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 60)),
        ]);
        if (ended === undefined) continue;
        expect(toResultJson(ended)).toEqual(expected);
        expect(store.events()).toEqual(whole.events());
        return;
      }
      expect.unreachable("the run never ended");
    },
  );
});

describe("a budget", () => {
  it("of items is never exceeded, and leaves room for the final choice", async () => {
    const text = TOY_SEARCH.replace("{ evaluations: 33 }", "{ item_evaluations: 1000 }") + FINAL;
    const outcome = await evolve(toyRun(createMemoryStore(), { text }));
    expect(outcome.itemEvaluations).toBeLessThanOrEqual(1000);
    expect(outcome.itemEvaluations).toBeGreaterThan(1000 - 40 - 1);
    expect(outcome.stoppedBy).toMatchObject([
      { name: "budget", detail: expect.stringContaining("1000 item evaluations") },
    ]);
  });

  it("of items is used up by races too, down to what one candidate may take", async () => {
    for (let most = 150; most <= 1000; most += 50) {
      const text = TOY_SEARCH.replace("{ evaluations: 33 }", `{ item_evaluations: ${most} }`) + RACING;
      const { itemEvaluations, candidates } = await evolve(toyRun(createMemoryStore(), { text }));
      expect(itemEvaluations).toBeLessThanOrEqual(most);
      expect(itemEvaluations).toBeGreaterThan(most - 40);
      const sizes = new Map<number, number>();
      for (const { generation } of candidates) sizes.set(generation, (sizes.get(generation) ?? 0) + 1);
      // The start, and generations of five; only the last one may have fewer.
      expect([...sizes.values()].slice(1, -1).every((size) => size === 5)).toBe(true);
    }
  });

  it("of items counts what a repeated recipe meets beyond what it had met", async () => {
    // Three weights a model: recipes are asked for again and again, and go further against weaker rivals.
    const coarse = TOY_SEARCH.replace("layer_groups: 2", "layer_groups: 1")
      .replace("high: 1.5, start: 0.2", "high: 2, start: 0")
      .replace("{ name: cma_es, population: 5 }", "{ name: random, population: 4 }");
    const repeats: number[] = [];
    for (let most = 100; most <= 300; most += 20) {
      const text = coarse.replace("{ evaluations: 33 }", `{ item_evaluations: ${most} }`) + RACING;
      const run = toyRun(createMemoryStore(), { text });
      const { space } = run.search;
      const ranges = space.ranges.map((range) => ({ ...range, kind: "whole" as const }));
      const outcome = await evolve({ ...run, search: { ...run.search, space: { ...space, ranges } } });
      expect(outcome.itemEvaluations).toBeLessThanOrEqual(most);
      repeats.push(outcome.candidates.filter(({ evaluation }) => evaluation === undefined).length);
    }
    expect(Math.max(...repeats)).toBeGreaterThan(5);
  });

  it("of time ends the search, and what was found counts", async () => {
    let clock = 0;
    const text = TOY_SEARCH.replace("{ evaluations: 33 }", "{ seconds: 60 }");
    const now = (): number => clock++ * 1000;
    const outcome = await evolve(toyRun(createMemoryStore(), { text, now }));
    expect(outcome.stoppedBy).toMatchObject([{ detail: "the 60 seconds of the budget are over" }]);
    expect(outcome.evaluations).toBeGreaterThan(1);
  });
});

describe("the final choice", () => {
  it("is made among the best few on items that the search never used", async () => {
    const outcome = await evolve(toyRun(createMemoryStore(), { text: withKeys(FINAL) }));
    expect(outcome.finalists).toHaveLength(3);
    expect(outcome.finalists.every(({ final }) => final!.n === 50)).toBe(true);
    const best = outcome.finalists.find(({ evaluation }) => evaluation === outcome.best.evaluation)!;
    expect(best.final!.value).toBe(Math.max(...outcome.finalists.map(({ final }) => final!.value)));
    expect(toResultJson(outcome)["finalists"]).toHaveLength(3);
  });
});

describe("what the optimiser recommends", () => {
  const HYBRID = TOY_SEARCH.replace("cma_es", "conditional_hybrid");
  const run = (budget: string, keys: string) =>
    evolve(toyRun(createMemoryStore(), { text: HYBRID.replace("{ evaluations: 33 }", budget) + keys }));

  it("is scored at last, from what the budget kept, and is one of the finalists", async () => {
    for (const keys of [FINAL, RACING + FINAL]) {
      const outcome = await run("{ evaluations: 41 }", keys);
      expect(outcome.evaluations).toBe(41);
      expect(outcome.candidates.at(-1)).toMatchObject({ evaluation: 41, isComplete: true, items: 40 });
      expect(outcome.finalists.map(({ isRecommended }) => isRecommended).filter(Boolean)).toHaveLength(1);
      expect(outcome.finalists).toHaveLength(3);
      const shown = toResultJson(outcome)["finalists"] as { readonly recommended?: boolean }[];
      expect(shown.filter(({ recommended }) => recommended)).toHaveLength(1);
    }
  });

  it("never takes more items than there are", async () => {
    for (const most of [700, 1000, 1111]) {
      const outcome = await run(`{ item_evaluations: ${most} }`, RACING + FINAL);
      expect(outcome.itemEvaluations).toBeLessThanOrEqual(most);
      expect(outcome.finalists.some(({ isRecommended }) => isRecommended)).toBe(true);
    }
  });

  it("is left out where the budget is for one candidate", async () => {
    for (const budget of ["{ evaluations: 1 }", "{ item_evaluations: 229 }"]) {
      const { evaluations, finalists } = await run(budget, FINAL);
      expect(evaluations).toBe(1);
      expect(finalists.map(({ isRecommended }) => isRecommended)).toEqual([false]);
    }
  });

  it("is not asked for where no items are kept for a final choice", async () => {
    const { candidates, finalists } = await run("{ evaluations: 20 }", "");
    expect(candidates.filter(({ evaluation }) => evaluation !== undefined)).toHaveLength(20);
    expect(finalists).toEqual([]);
  });
});

/** Two tasks that pull apart: one likes the weights of the toy, the other small ones. */
const other: ScoredTask = { ...TOY_TASK, name: "other" };
const evaluateBoth: EvaluateRecipe = async (text, ...rest) => {
  const [toy] = await evaluateToy(text, ...rest);
  const sum = [...text.matchAll(/weight: ([\d.]+)/g)].reduce((total, [, value]) => total + Number(value), 0);
  const items = toy!.items.map(({ item }, i) => ({ item, value: Number(i / toy!.items.length < 1 - sum / 6) }));
  return [toy!, { task: "other", items }];
};
const TWO = TOY_SEARCH.replace("tasks: [", "tasks: [{ file: other.yaml, metric: acc }, ");

describe("several objectives", () => {
  it("give a front whose members do not beat each other, scored on both splits", async () => {
    const text = TWO.replace("name: cma_es, population: 5", "name: nsga2, population: 8");
    const run = { text, tasks: [other, TOY_TASK], evaluateRecipe: evaluateBoth };
    const { front } = await evolve(toyRun(createMemoryStore(), run));
    expect(front.length).toBeGreaterThan(2);
    for (const [i, a] of front.entries())
      for (const b of front.slice(i + 1)) {
        expect(a.search["other"]).toBeGreaterThan(b.search["other"]!);
        expect(a.search["toy"]).toBeLessThan(b.search["toy"]!);
      }
    expect(front[0]!.holdout).toEqual({ other: expect.any(Number), toy: expect.any(Number) });
  });

  it("become one where tasks share a name", async () => {
    const tasks = [other, TOY_TASK].map((task) => ({ ...task, objective: "all" }));
    const outcome = await evolve(toyRun(createMemoryStore(), { text: TWO, tasks, evaluateRecipe: evaluateBoth }));
    expect(outcome.front).toEqual([]);
  });

  it("are weighed in the mean", async () => {
    const tasks = [{ ...other, weight: 3 }, TOY_TASK];
    const { best, candidates } = await evolve(
      toyRun(createMemoryStore(), { text: TWO, tasks, evaluateRecipe: evaluateBoth }),
    );
    const { tasks: scores } = candidates.find(({ evaluation }) => evaluation === best.evaluation)!;
    expect(best.search.value).toBeCloseTo((3 * scores!.get("other")!.value + scores!.get("toy")!.value) / 4, 12);
  });

  it("a constraint keeps the winner from losing more than it may", async () => {
    const evaluateRecipe = evaluateBoth;
    const free = await evolve(
      toyRun(createMemoryStore(), { text: TWO, tasks: [{ ...other, weight: 0.01 }, TOY_TASK], evaluateRecipe }),
    );
    const tasks = [{ ...other, weight: 0.01, loseAtMost: 0.2 }, TOY_TASK];
    const bound = await evolve(toyRun(createMemoryStore(), { text: TWO, tasks, evaluateRecipe }));
    const scoreOf = ({ best, candidates }: typeof free): number =>
      candidates.find(({ evaluation }) => evaluation === best.evaluation)!.tasks!.get("other")!.value;
    expect(scoreOf(free)).toBeLessThan(0.8);
    expect(scoreOf(bound)).toBeGreaterThanOrEqual(0.8);
  });
});
