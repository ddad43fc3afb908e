import { describe, expect, it } from "vitest";
import { METHODS } from "../methods/index.ts";
import { candidateSpace } from "./candidate-space.ts";
import { withLayerGroups } from "./layer-groups.ts";
import { applyPreset, PRESETS } from "./presets.ts";
import { parseSearchFile } from "./search-file.ts";

const REST = "models: [m/a, m/b]\nbase_model: m/base\ntasks: [{ file: t.yaml, metric: acc }]\n";
const read = (text: string) =>
  withLayerGroups(parseSearchFile(text, { file: "s.yaml", methods: METHODS, resolve: (path) => path }).search, 4);

describe("a preset", () => {
  it.each(Object.keys(PRESETS))("%s is a whole search but for its models and tasks", (name) => {
    const withoutBase = ["dis", "sakana-dfs", "recycle", "m3"].includes(name);
    const search = read(`preset: ${name}\n${withoutBase ? REST.replace("base_model: m/base\n", "") : REST}`);
    const space = candidateSpace(search, 4, { depths: [4, 4], folding: undefined });
    expect(space.variables.length).toBeGreaterThan(0);
    expect(search.evaluations).toBeGreaterThan(1);
  });

  it("has the paper's numbers", () => {
    const search = read(`preset: sakana-ps\n${REST.replace("m/b]", "m/b, m/c]")}`);
    expect(candidateSpace(search, 4, undefined).variables).toHaveLength(6);
    expect(search).toMatchObject({
      mergeMethod: "dare_ties",
      evaluations: 1000,
      optimiser: { settings: { sigma: 1 / 6 } },
    });
  });

  it("gives each of four layer groups a method, as LFS does", () => {
    const search = read(`preset: lfs\n${REST.replace("m/b]", "m/b, m/c]")}`);
    expect(search.space.methods!.map(({ mergeMethod }) => mergeMethod)).toEqual([
      "linear",
      "task_arithmetic",
      "ties",
      "slerp",
    ]);
    // Numbers by group and set of parameters: a weight and a score for each of three models, 1 + 2 others.
    expect(candidateSpace(search, 40, undefined).variables).toHaveLength(4 + 4 * 3 * (3 + 1 + 2 + 3));
    expect(search).toMatchObject({ start: { kind: "parents" }, racing: { blocks: 4 }, evaluations: 500 });
  });

  it("draws a ratio of two models, as M3 does, for other methods too", () => {
    const search = read(
      `preset: m3\nmerge_method: ties\nspace: { weight: { beta: 2 } }\nparameters: { density: 0.5 }\n${REST}`,
    );
    const { variables, recipe, round } = candidateSpace(search, 4, undefined);
    expect(variables.map(({ name, low, high, start }) => [name, low, high, start])).toEqual([
      ["weight · a", 0, 1, 0.5],
    ]);
    // scipy 1.17.1: scipy.stats.beta.ppf(0.9, 2, 2) = 0.80419989
    expect(recipe(round([0.9])).match(/weight: [\d.]+/g)).toEqual(["weight: 0.8042", "weight: 0.1958"]);
    expect(search.parameters).toEqual({ density: 0.5 });
  });

  it("yields to the file's own keys", () => {
    const keys = applyPreset(
      { preset: "sakana-ps", budget: { evaluations: 9 }, optimiser: { sigma: 0.3 } },
      PRESETS["sakana-ps"]!,
    );
    expect(keys).toMatchObject({
      merge_method: "dare_ties",
      budget: { evaluations: 9 },
      optimiser: { name: "cma_es", sigma: 0.3 },
    });
    const other = applyPreset({ optimiser: { name: "random" } }, PRESETS["sakana-ps"]!);
    expect(other["optimiser"]).toEqual({ name: "random" });
  });

  it("keeps its second stage's share only with its own budget", () => {
    const preset = PRESETS["sakana-hybrid"]!;
    expect(applyPreset({}, preset)).toMatchObject({ next: { share: 12_800 / 13_800, optimiser: { population: 128 } } });
    const own = applyPreset({ budget: { seconds: 9 }, next: { optimiser: { population: 9 } } }, preset);
    expect(own["next"]).toEqual({
      space: { kind: "path", repeats: 3, scales: "pair", start_first: 0.9, start_others: 0.5 },
      optimiser: { name: "cma_es", sigma: 0.2, population: 9 },
    });
  });

  it("lets a file take a key away", () => {
    const search = read(`preset: lfs\nracing:\nstart: ~\n${REST}`);
    expect([search.racing, search.start]).toEqual([undefined, undefined]);
    expect(applyPreset({ next: null }, PRESETS["sakana-hybrid"]!)).not.toHaveProperty("next");
  });

  it("that does not exist is pointed out with the nearest one", () => {
    expect(() => read(`preset: sakana-pss\n${REST}`)).toThrow(
      expect.objectContaining({
        code: "search/unknown_preset",
        message: expect.stringContaining('did you mean "sakana-ps"'),
      }),
    );
  });
});

describe("a space with components, numbers that can be off, and shares", () => {
  it("gives each component its own number, and the rest one", () => {
    const search = read(
      `merge_method: task_arithmetic\nspace: { components: [mlp], weight: { low: 0, high: 1 } }\nbudget: { evaluations: 3 }\n${REST}`,
    );
    const { variables, recipe } = candidateSpace(search, 4, undefined);
    expect(variables.map(({ name }) => name)).toEqual([
      "weight · a · mlp",
      "weight · a · rest",
      "weight · b · mlp",
      "weight · b · rest",
    ]);
    expect(recipe([0.1, 0.2, 0.3, 0.4])).toContain("weight: [ { filter: mlp, value: 0.1 }, { value: 0.2 } ]");
  });

  it("writes what stands for off where the bit is 0", () => {
    const search = read(
      `merge_method: task_arithmetic\nspace: { weight: { low: 0.3, high: 0.7, off: 0 } }\nbudget: { evaluations: 3 }\n${REST}`,
    );
    const { variables, recipe, round } = candidateSpace(search, 4, undefined);
    expect(variables.map(({ kind, onlyIf }) => [kind ?? "real", onlyIf?.variable])).toEqual([
      ["choice", undefined],
      ["real", 0],
      ["choice", undefined],
      ["real", 2],
    ]);
    const text = recipe(round([1, 0.51239, 0, 0.6]));
    expect(text).toContain("weight: 0.5124");
    expect(text).toContain("weight: 0 ");
  });

  it("makes shares of the models' numbers", () => {
    const search = read(`preset: recycle\n${REST.replace("base_model: m/base\n", "")}`);
    const text = candidateSpace(search, 4, undefined).recipe([0, Math.log(3)]);
    expect(text).toContain("weight: 0.25 ");
    expect(text).toContain("weight: 0.75 ");
  });
});
