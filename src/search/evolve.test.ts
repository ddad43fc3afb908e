import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createMemoryStore } from "../../test/search/memory-store.ts";
import { countCalls, evaluateToy, TOY_SEARCH, timeless, toyRun } from "../../test/search/toy-run.ts";
import type { Json } from "../base/canonical-json.ts";
import { openRunStore } from "../store/run-store.ts";
import type { EventStore } from "./event-store.ts";
import { type EvolveProgress, evolve } from "./evolve.ts";
import { type EvolveOutcome, toResultJson } from "./evolve-outcome.ts";
import type { EvaluateRecipe } from "./task-evaluation.ts";

let store: EventStore;

beforeEach(() => {
  store = createMemoryStore();
});

const coded = (code: string, details: object = {}) =>
  expect.objectContaining({ code: `search/${code}`, details: expect.objectContaining(details) });

/** One run that several tests look at. */
const standard = evolve(toyRun(createMemoryStore()));

const weights = (outcome: EvolveOutcome): readonly number[] => outcome.best.values.flatMap(({ values }) => values);

describe("a run", () => {
  it("finds a child that beats its parents and the plain merge, on items that it did not search on", async () => {
    const outcome = await evolve(toyRun(store, { text: TOY_SEARCH.replace("evaluations: 33", "evaluations: 150") }));
    for (const [i, weight] of weights(outcome).entries())
      expect(Math.abs(weight - [0.9, 0.9, 0.6, 0.6][i]!)).toBeLessThan(0.3);
    expect(outcome.bestParent).toBe("en");
    const others = [...outcome.parents, ...outcome.plain].map(({ holdout }) => holdout!.value);
    expect(outcome.best.holdout.value).toBeGreaterThan(Math.max(...others));
    expect(outcome.comparison.difference.low).toBeGreaterThan(0);
    expect(outcome.comparison.pValue).toBeLessThan(0.01);
    expect(outcome.comparison.test).toBe("McNemar's exact test");
  });

  it("gives a result with the fixed keys", async () => {
    const result = toResultJson(await standard);
    const score = (n: number) => ({ value: expect.any(Number), n, low: expect.any(Number), high: expect.any(Number) });
    expect(result).toMatchObject({
      parents: ["en", "ja", "base"].map((name) => ({ name, search: score(40), holdout: score(60) })),
      plain: [{ name: "even", search: score(40), holdout: score(60) }],
      best: { search: score(40), holdout: score(60) },
      evaluations: 33,
      item_evaluations: 33 * 40,
      failed_evaluations: 0,
      seconds: 0,
      seed: 3,
      stopped_by: [{ name: "budget" }],
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("spends exactly its budget, also when that ends inside a generation, and nothing on repeats", async () => {
    for (const evaluations of [1, 2, 6, 7]) {
      const other = createMemoryStore();
      const { calls, evaluateRecipe } = countCalls();
      const text = TOY_SEARCH.replace("evaluations: 33", `evaluations: ${evaluations}`);
      const outcome = await evolve(toyRun(other, { text, evaluateRecipe }));
      expect(outcome.evaluations).toBe(evaluations);
      expect(outcome.candidates.map(({ evaluation }) => evaluation)).toEqual(
        Array.from({ length: evaluations }, (_, i) => i + 1),
      );
      expect(new Set(calls).size).toBe(calls.length);
      // Four models and merges on both splits, the candidates, the child on holdout.
      expect(calls).toHaveLength(8 + evaluations + 1);
    }
  });

  it("begins with the start of the search", async () => {
    const { candidates } = await standard;
    expect(candidates[0]).toMatchObject({ evaluation: 1, generation: 0, values: [0.2, 0.2, 0.2, 0.2] });
    expect(candidates[1]).toMatchObject({ evaluation: 2, generation: 1 });
  });

  it("takes the earliest of equally good candidates", async () => {
    const evaluateRecipe: EvaluateRecipe = async (_recipe, split) => [
      { task: "toy", items: [{ item: "a", value: Number(split === "search") }] },
    ];
    expect((await evolve(toyRun(store, { evaluateRecipe }))).best.evaluation).toBe(1);
  });

  it("never shows holdout items to the search", async () => {
    const { calls, evaluateRecipe } = countCalls();
    const outcome = await evolve(toyRun(store, { evaluateRecipe }));
    const searched = new Set(outcome.candidates.map(({ recipeText }) => recipeText));
    const onHoldout = calls.filter((call) => call.startsWith("holdout ")).map((call) => call.slice(8));
    expect(onHoldout.filter((recipe) => searched.has(recipe))).toEqual([outcome.best.recipeText]);
    expect(calls.at(-1)).toBe(`holdout ${outcome.best.recipeText}`);
  });

  it("writes a recipe that says what was scored", async () => {
    const outcome = await standard;
    const recipe = parse(outcome.best.recipeText);
    const shown = [0, 1].flatMap((source) =>
      recipe.slices.map((slice: never) => slice["sources"][source]["parameters"]["weight"]),
    );
    expect(shown).toEqual(weights(outcome));
  });

  it("goes another way with another seed", async () => {
    const first = await standard;
    const second = await evolve(toyRun(store, { text: TOY_SEARCH.replace("seed: 3", "seed: 4") }));
    expect(second.candidates[1]!.values).not.toEqual(first.candidates[1]!.values);
  });

  it("reports every step once, with what is left of the budget", async () => {
    const seen: EvolveProgress[] = [];
    let clock = 0;
    await evolve(toyRun(store, { onProgress: (progress) => seen.push(progress), now: () => (clock += 500) }));
    const models = seen.flatMap((step) => (step.kind === "model" ? [`${step.role} ${step.name} ${step.split}`] : []));
    expect(models).toEqual([
      ...["en", "ja", "base"].flatMap((name) => [`parent ${name} search`, `parent ${name} holdout`]),
      "plain even search",
      "plain even holdout",
      "best child holdout",
    ]);
    const candidates = seen.flatMap((step) => (step.kind === "candidate" ? [step] : []));
    expect(candidates.map(({ evaluations }) => evaluations)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
    const best = candidates.map((step) => step.best!.value);
    expect(best).toEqual(best.toSorted((a, b) => a - b));
    expect(seen.at(-1)!.seconds).toBeGreaterThan(10);
  });

  it("minimises scores that should fall", async () => {
    const evaluateRecipe: EvaluateRecipe = async (recipe, split, signal) =>
      (await evaluateToy(recipe, split, signal)).map(({ task, items }) => ({
        task,
        items: items.map(({ item, value }) => ({ item, value: value - 1.5 })),
      }));
    const tasks = [{ name: "toy", metric: "ppl", aggregation: "perplexity", higherIsBetter: false }] as const;
    const text = TOY_SEARCH.replace("evaluations: 33", "evaluations: 12");
    const outcome = await evolve(toyRun(store, { text, tasks, evaluateRecipe }));
    const scores = outcome.candidates.map(({ score }) => score!.value);
    expect(outcome.best.search.value).toBe(Math.min(...scores));
    expect(outcome.best.holdout.value).toBeLessThan(Math.min(...outcome.parents.map(({ holdout }) => holdout!.value)));
  });

  it("averages several tasks, each weighing the same", async () => {
    const evaluateRecipe: EvaluateRecipe = async (recipe, split, signal) => {
      const [toy] = await evaluateToy(recipe, split, signal);
      return [toy!, { task: "one", items: [{ item: "x", value: 1 }] }];
    };
    const text = TOY_SEARCH.replace("limit: 40 }]", "limit: 40 }, { file: one.yaml, metric: acc }]");
    const tasks = ["toy", "one"].map(
      (name) => ({ name, metric: "acc", aggregation: "proportion", higherIsBetter: true }) as const,
    );
    const outcome = await evolve(toyRun(store, { text, tasks, evaluateRecipe }));
    const [en] = outcome.parents;
    expect(en!.holdout).toMatchObject({ n: 61 });
    expect(en!.holdout!.value).toBeGreaterThanOrEqual(0.5);
    expect(outcome.comparison.test).toBe("paired permutation test");
    expect(outcome.comparison.difference.value).toBeCloseTo(outcome.best.holdout.value - en!.holdout!.value, 12);
  });
});

describe("a run that was interrupted", () => {
  /** A store whose process dies right after its n-th event was stored, and so before the next one. */
  function dying(inner: EventStore, at: number): EventStore {
    let left = at;
    return {
      events: () => inner.events(),
      results: (candidate, task) => inner.results(candidate, task),
      appendEvent(...event) {
        const seq = inner.appendEvent(...event);
        if (--left === 0) throw new Error("killed");
        return seq;
      },
    };
  }

  it("ends with the same result and the same log wherever it was killed, and evaluates nothing twice", async () => {
    const text = TOY_SEARCH.replace("evaluations: 33", "evaluations: 9").replace("population: 5", "population: 3");
    const whole = createMemoryStore();
    const expected = timeless(await evolve(toyRun(whole, { text })));
    const logOf = ({ events }: EventStore) => events().map(({ kind, payload }) => [kind, withoutClock(payload)]);
    const events = whole.events().length;
    expect(events).toBeGreaterThan(20);
    for (let at = 1; at <= events; at++) {
      const cut = createMemoryStore();
      const { calls, evaluateRecipe } = countCalls();
      await expect(evolve(toyRun(dying(cut, at), { text, evaluateRecipe }))).rejects.toThrow("killed");
      const outcome = await evolve(toyRun(cut, { text, evaluateRecipe }));
      expect(timeless(outcome), `killed after event ${at}`).toEqual(expected);
      expect(new Set(calls).size).toBe(calls.length);
      expect(logOf(cut)).toEqual(logOf(whole));
    }
  });

  it("ends with the same result after being killed at every single step", async () => {
    const expected = timeless(await standard);
    let outcome: EvolveOutcome | undefined;
    for (let sitting = 0; outcome === undefined && sitting < 1000; sitting++)
      outcome = await evolve(toyRun(dying(store, 2))).catch(() => undefined);
    expect(timeless(outcome!)).toEqual(expected);
  });

  it("keeps the optimiser's state once, and goes on with a log that has it for every generation", async () => {
    const states: Json[] = [];
    const wordy: EventStore = {
      ...store,
      appendEvent(kind, payload, results) {
        if (kind === "told") states.push((payload as { readonly state: Json }).state);
        return store.appendEvent(kind, payload, results);
      },
    };
    await expect(evolve(toyRun(dying(wordy, 34)))).rejects.toThrow("killed");
    const kept = () =>
      store.events().flatMap(({ kind, payload }) => (kind === "told" ? [payload as { state: Json }] : []));
    expect(kept().map(({ state }) => state)).toEqual(states);
    expect(states.length).toBeGreaterThan(2);
    expect(timeless(await evolve(toyRun(store)))).toEqual(timeless(await standard));
    const after = kept();
    expect(after.slice(states.length - 1, -1).map(({ state }) => state)).toEqual(
      after.slice(states.length, after.length).map(() => null),
    );
    expect(after.at(-1)!.state).not.toBeNull();
  });

  it("counts the time of all sittings, and not the time between them", async () => {
    let clock = 0;
    const now = () => (clock += 1000);
    await expect(evolve(toyRun(dying(store, 10), { now }))).rejects.toThrow("killed");
    const first = store.events().at(-1)!.payload as { readonly at: number };
    clock += 1e9;
    const outcome = await evolve(toyRun(store, { now }));
    expect(outcome.seconds).toBeGreaterThan(first.at);
    expect(outcome.seconds).toBeLessThan(200);
  });

  it("by its signal ends with the signal's reason, and can be resumed", async () => {
    const expected = timeless(await standard);
    const controller = new AbortController();
    let calls = 0;
    const evaluateRecipe: EvaluateRecipe = async (recipe, split, signal) => {
      if (++calls === 20) controller.abort(new Error("ctrl-c"));
      signal.throwIfAborted();
      return evaluateToy(recipe, split, signal);
    };
    await expect(evolve(toyRun(store, { evaluateRecipe, signal: controller.signal }))).rejects.toThrow("ctrl-c");
    expect(store.events().some(({ payload }) => JSON.stringify(payload).includes("ctrl-c"))).toBe(false);
    expect(timeless(await evolve(toyRun(store)))).toEqual(expected);
  });

  it("ends with the same result in the database that real runs are kept in", async () => {
    const folder = mkdtempSync(join(tmpdir(), "merganser-evolve-"));
    const path = join(folder, "run.sqlite");
    for (const at of [9, 20]) {
      using cut = openRunStore(path);
      await expect(evolve(toyRun(dying(cut, at)))).rejects.toThrow("killed");
    }
    {
      using resumed = openRunStore(path);
      expect(timeless(await evolve(toyRun(resumed)))).toEqual(timeless(await standard));
    }
    rmSync(folder, { recursive: true });
  });

  it("is finished at once when it was finished before", async () => {
    const first = await evolve(toyRun(store));
    const { calls, evaluateRecipe } = countCalls();
    const second = await evolve(toyRun(store, { evaluateRecipe, now: () => 1e9 }));
    expect(calls).toEqual([]);
    expect(toResultJson(second)).toEqual(toResultJson(first));
  });

  it("is not resumed with other settings, and says which", async () => {
    await evolve(toyRun(store));
    const changed = toyRun(store, { text: TOY_SEARCH.replace("high: 1.5", "high: 2"), inputs: { toys: "v2" } });
    await expect(evolve(changed)).rejects.toThrow(
      coded("settings_changed", {
        changed: [
          { setting: "inputs.toys", was: '"v1"', now: '"v2"' },
          { setting: "space.weight.high", was: "1.5", now: "2" },
        ],
      }),
    );
  });

  it("is not resumed with other inputs of a later kind, but where it did not note them", async () => {
    await evolve(toyRun(store));
    await evolve(toyRun(store, { laterInputs: { questions: "a" } }));
    const other = createMemoryStore();
    await evolve(toyRun(other, { laterInputs: { questions: "a" } }));
    await expect(evolve(toyRun(other, { laterInputs: { questions: "b" } }))).rejects.toThrow(
      coded("settings_changed", { changed: [{ setting: "inputs.questions", was: '"a"', now: '"b"' }] }),
    );
  });

  it("is not followed when its log does not make sense", async () => {
    store.appendEvent("asked", { generation: "first" });
    await expect(evolve(toyRun(store))).rejects.toThrow(coded("unreadable_log", { at: "event 1 (asked)" }));
  });

  it("is not followed when its log asks for candidates that this version would not ask for", async () => {
    await expect(evolve(toyRun(dying(store, 1)))).rejects.toThrow("killed");
    store.appendEvent("asked", { at: 0, generation: 0, candidates: [{ id: -1, values: [1], recipe: "other" }] });
    await expect(evolve(toyRun(store))).rejects.toThrow(coded("unreadable_log", { at: "generation 0" }));
  });
});

function withoutClock(payload: unknown): unknown {
  return typeof payload === "object" ? { ...payload, at: 0 } : payload;
}
