import { beforeEach, describe, expect, it } from "vitest";
import type { EventStore } from "../../src/search/event-store.ts";
import { evolve } from "../../src/search/evolve.ts";
import { toResultJson } from "../../src/search/evolve-outcome.ts";
import type { EvaluateRecipe } from "../../src/search/task-evaluation.ts";
import { createMemoryStore } from "./memory-store.ts";
import { countCalls, evaluateToy, TOY_SEARCH, timeless, toyRun } from "./toy-run.ts";

let store: EventStore;

beforeEach(() => {
  store = createMemoryStore();
});

const coded = (code: string, details: object = {}) =>
  expect.objectContaining({ code: `search/${code}`, details: expect.objectContaining(details) });

describe("failures", () => {
  const failing =
    (fails: (recipe: string) => boolean): EvaluateRecipe =>
    async (recipe, split, signal) => {
      if (fails(recipe)) throw new Error("this merge does not run");
      return evaluateToy(recipe, split, signal);
    };

  it("of candidates are data: they cost budget, keep their reason, and are not tried again", async () => {
    const isHeavy = (recipe: string): boolean => /weight: 0\.[5-9]/.test(recipe) && recipe.includes("slices");
    const { calls, evaluateRecipe } = countCalls(failing(isHeavy));
    const outcome = await evolve(toyRun(store, { evaluateRecipe }));
    const failed = outcome.candidates.filter(({ failure }) => failure !== undefined);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]).toMatchObject({ score: undefined, failure: "this merge does not run" });
    expect(outcome).toMatchObject({ evaluations: 33, failedEvaluations: failed.length });
    const again = await evolve(toyRun(store, { evaluateRecipe }));
    expect(timeless(again)).toEqual(timeless(outcome));
    expect(new Set(calls).size).toBe(calls.length);
  });

  it("of all candidates end the run with an error that says why", async () => {
    const evaluateRecipe = failing((recipe) => recipe.includes("slices"));
    await expect(evolve(toyRun(store, { evaluateRecipe }))).rejects.toThrow(
      coded("every_candidate_failed", { candidates: 33, reasons: 1, reason: "this merge does not run" }),
    );
  });

  it("of all candidates count one that was asked for again once", async () => {
    const text = TOY_SEARCH.replace("population: 5", "population: 5, tolfun: 0, sigma: 0.00003");
    let failures = 0;
    const evaluateRecipe: EvaluateRecipe = async (recipe, ...rest) => {
      if (recipe.includes("slices")) throw new Error(`${failures++ % 2 === 0 ? "too long" : "too short"}: ${failures}`);
      return evaluateToy(recipe, ...rest);
    };
    const run = evolve(toyRun(store, { text, evaluateRecipe }));
    await expect(run).rejects.toThrow(/^all \d+ candidates failed, for 2 reasons, the first with: too long: 1$/);
    await expect(run).rejects.toThrow(coded("every_candidate_failed", { candidates: 33, reasons: 2 }));
    const asked = store.events().flatMap(({ payload }) => (payload as { candidates?: unknown[] }).candidates ?? []);
    expect([failures, asked.length > 33]).toEqual([33, true]);
  });

  it("of the only candidate say so", async () => {
    const evaluateRecipe = failing((recipe) => recipe.includes("slices"));
    const run = evolve(toyRun(store, { text: TOY_SEARCH.replace("33", "1"), evaluateRecipe }));
    await expect(run).rejects.toThrow("the only candidate failed: this merge does not run");
  });

  it("of a plain merge are shown beside the others", async () => {
    const evaluateRecipe = failing((recipe) => recipe.includes("parameters: { weight: 0.5 }\nmodels"));
    const outcome = await evolve(toyRun(store, { evaluateRecipe }));
    expect(outcome.plain).toMatchObject([{ name: "even", search: undefined, failure: "this merge does not run" }]);
    expect(toResultJson(outcome)).toMatchObject({ plain: [{ name: "even", search: null, holdout: null }] });
  });

  it("of a parent end the run and are tried again", async () => {
    const evaluateRecipe = failing((recipe) => recipe.includes("passthrough"));
    await expect(evolve(toyRun(store, { evaluateRecipe }))).rejects.toThrow("this merge does not run");
    expect((await evolve(toyRun(store))).evaluations).toBe(33);
  });

  it("of a parent's score to be a number end the run", async () => {
    const evaluateRecipe: EvaluateRecipe = async () => [{ task: "toy", items: [{ item: "a", value: Number.NaN }] }];
    const tasks = [{ name: "toy", metric: "ppl", aggregation: "perplexity", higherIsBetter: false }] as const;
    await expect(evolve(toyRun(store, { tasks, evaluateRecipe }))).rejects.toThrow(
      coded("not_scored", { model: "en" }),
    );
  });

  it("of a budget without evaluations are refused", async () => {
    const run = toyRun(store);
    await expect(evolve({ ...run, search: { ...run.search, evaluations: 0 } })).rejects.toThrow(coded("no_budget"));
  });

  it("to bring anything new end the search early", async () => {
    const text = TOY_SEARCH.replace("population: 5", "population: 5, tolfun: 0, sigma: 0.000001");
    const run = toyRun(store, { text });
    const { stoppedBy, evaluations } = await evolve(run);
    expect(stoppedBy.map(({ name }) => name)).toEqual(["repeats"]);
    expect(evaluations).toBeLessThan(33);
  });
});
