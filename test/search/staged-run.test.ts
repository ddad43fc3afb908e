/** Searches of parameters that are followed by searches of layer orders. */

import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openVirtualMerge } from "../../src/merge/open-source.ts";
import { METHODS } from "../../src/methods/index.ts";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { evolve } from "../../src/search/evolve.ts";
import { toResultJson } from "../../src/search/evolve-outcome.ts";
import { nextSpace } from "../../src/search/next-stage.ts";
import { parseSearchFile } from "../../src/search/search-file.ts";
import type { EvaluateRecipe } from "../../src/search/task-evaluation.ts";
import { createMemoryStore } from "./memory-store.ts";
import { evaluateToy, TOY_SEARCH, toyRun } from "./toy-run.ts";

const NEXT = `next:
  space: { kind: path, scales: none }
  optimiser: { name: random, population: 4 }
  models: [toys/ja]
`;
const STAGED = `${TOY_SEARCH}${NEXT}`;
const FACTS = { depths: [4, 4], folding: undefined };

/** A path through the toy's merge is a bit better for each layer of `toys/ja` in it, up to two. */
const evaluateStaged: EvaluateRecipe = async (text, ...rest) => {
  const [merge, path] = text.split("---\n");
  const [toy] = await evaluateToy(merge!.replace(/^name: .*\n/, ""), ...rest);
  const layers = [...(path ?? "").matchAll(/toys\/ja\n\s+layer_range: \[ (\d), (\d) \]/g)];
  const extra = layers.reduce((sum, [, first, end]) => sum + Number(end) - Number(first), 0);
  const gain = path === undefined ? 0 : Math.min(2, extra);
  const items = toy!.items.map((item, i) => (i < 2 * gain ? { ...item, value: 1 } : item));
  return [{ ...toy!, items }];
};

const stagedRun = (text = STAGED, store = createMemoryStore()) =>
  toyRun(store, { text, layerFacts: FACTS, evaluateRecipe: evaluateStaged });

describe("a search in two stages", () => {
  it("searches paths through the first stage's best merge, inside one budget", async () => {
    const outcome = await evolve(stagedRun());
    const paths = outcome.candidates.filter(({ recipeText }) => recipeText.startsWith("name: best-merge\n"));
    expect(outcome.evaluations).toBe(33);
    expect(outcome.candidates.filter(({ evaluation }) => evaluation !== undefined)).toHaveLength(33);
    const merges = outcome.candidates.slice(0, -paths.length);
    expect(merges.filter(({ evaluation }) => evaluation !== undefined)).toHaveLength(16);
    const best = merges.reduce((a, b) => (b.score!.value > a.score!.value ? b : a));
    for (const { recipeText } of paths)
      expect(recipeText.startsWith(`name: best-merge\n${best.recipeText}---\nmerge_method: passthrough\n`)).toBe(true);
    expect(outcome.best.recipeText).toContain("model: toys/ja\n        layer_range");
    expect(outcome.best.values).toMatchObject([{ model: "en" }, { model: "ja" }]);
    expect(outcome.best.values[0]!.values).toEqual([best.values[0], best.values[1]]);
    const order = outcome.candidates.map(({ evaluation }) => evaluation).filter((place) => place !== undefined);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(outcome.candidates.map(({ generation }) => generation)).size).toBeGreaterThan(6);
  });

  it("begins the second stage with the merge itself", async () => {
    const { candidates } = await evolve(stagedRun());
    const first = candidates.find(({ recipeText }) => recipeText.startsWith("name:"))!;
    expect(first.recipeText.split("---\n")[1]).toBe(
      "merge_method: passthrough\ndtype: bfloat16\nslices:\n  - sources:\n      - model: best-merge\n        layer_range: [ 0, 4 ]\n",
    );
  });

  it("meets a point to begin with after the merge itself, and begins at the better of both", async () => {
    const text = STAGED.replace("random, population: 4", "one_plus_one_ea, population: 1");
    const run = stagedRun(text);
    const space = nextSpace(run.search, "merge", 4, FACTS);
    const point = space.variables.map(({ name, start }) => (/^use 6:/.test(name) ? 1 : Math.round(start)));
    const { candidates, evaluations, best } = await evolve({ ...run, nextStarts: [point] });
    const [merge, second, next] = candidates.filter(({ recipeText }) => recipeText.startsWith("name:"));
    expect([merge!.generation, second!.generation, next!.generation - merge!.generation]).toEqual([
      merge!.generation,
      merge!.generation,
      1,
    ]);
    expect(second!.values).toEqual(point);
    expect(second!.score!.value).toBeGreaterThan(merge!.score!.value);
    expect(best.search.value).toBeGreaterThanOrEqual(second!.score!.value);
    expect(evaluations).toBe(33);
  });

  it("shares item evaluations, and keeps those of the final choice for the end", async () => {
    const text = STAGED.replace(
      "{ evaluations: 33 }",
      "{ item_evaluations: 1000 }\nfinal: { candidates: 3, items: 50 }",
    );
    const outcome = await evolve(stagedRun(text.replace("models: [toys/ja]\n", "models: [toys/ja]\n  share: 0.25\n")));
    const paths = outcome.candidates.filter(
      ({ recipeText, evaluation }) => recipeText.startsWith("name:") && evaluation !== undefined,
    );
    const merges = outcome.candidates.filter(({ evaluation }) => evaluation !== undefined).length - paths.length;
    // 750 of 1000 items are 18 candidates of 40 items; the rest less 150 for the final choice are 3 more.
    expect([merges, paths.length]).toEqual([18, 3]);
    expect(outcome.itemEvaluations).toBeLessThanOrEqual(1000);
    expect(outcome.finalists).toHaveLength(3);
  });

  it("ends as if it had not been interrupted, wherever it was", async () => {
    const whole = toResultJson(await evolve(stagedRun()));
    for (const events of [12, 30, 38, 41, 60]) {
      const store = createMemoryStore();
      const broken = {
        ...store,
        appendEvent: (...args: Parameters<typeof store.appendEvent>) => {
          if (store.events().length >= events) throw new Error("killed");
          return store.appendEvent(...args);
        },
      };
      await expect(evolve(stagedRun(STAGED, broken))).rejects.toThrow("killed");
      expect(toResultJson(await evolve(stagedRun(STAGED, store)))).toEqual(whole);
    }
  });
});

describe("a recipe of the second stage", () => {
  it("is planned as an order of layers of a merge that is not written", () => {
    const zoo = (name: string): string => resolve(import.meta.dirname, "../../zoo/models", name);
    const text = STAGED.replaceAll("toys/en", "toys/math-en").replace("scales: none", "scales: hop");
    const context = { file: "s.yaml", methods: METHODS, resolve: (path: string) => zoo(path.replace("toys/", "")) };
    const { search } = parseSearchFile(text, context);
    const folding = {
      divided: [".mlp.down_proj.", ".self_attn.o_proj."],
      multiplied: [],
      signed: [],
      finalNorm: undefined,
    };
    const merge =
      "merge_method: linear\nmodels: [{ model: A, parameters: { weight: 0.5 } }, { model: B, parameters: { weight: 0.5 } }]\n";
    const best = merge.replace("A", zoo("math-en")).replace("B", zoo("ja"));
    const space = nextSpace(search, best, 8, { depths: [8, 8], folding });
    const values = space.variables.map(({ name, start }) =>
      /^use 9:/.test(name) ? 1 : /^scale 9$/.test(name) ? 0.5 : start,
    );
    const openModel = (reference: string) => {
      const source = resolveModel(reference);
      return { model: reopenModel(source, reference), source };
    };
    const { plan, problems } = planRecipe(space.recipe(space.round(values)), "candidate", {
      openModel,
      openMerge: openVirtualMerge,
    });
    expect(problems).toEqual([]);
    expect(plan!.config["num_hidden_layers"]).toBe(10);
    expect(plan!.models.map(({ source }) => source.kind)).toEqual(["merge", "folder"]);
  });
});
