import { describe, expect, it } from "vitest";
import { METHODS } from "../methods/index.ts";
import { parseSearchFile } from "./search-file.ts";

const REST = "models: [m/a, m/b]\ntasks: [{ file: t.yaml, metric: acc }]\n";
const read = (text: string) =>
  parseSearchFile(text, { file: "s.yaml", methods: METHODS, resolve: (path) => path }).search;
const BUDGET = "budget: { evaluations: 5 }\n";

describe("a search file of layer orders", () => {
  it("has the defaults of its kind", () => {
    const { space, mergeMethod, optimiser } = read(`${REST}${BUDGET}space: { kind: path }\n`);
    expect(mergeMethod).toBe("passthrough");
    expect(optimiser).toEqual({ name: "one_plus_one_ea", settings: { population: 6 } });
    expect(space.order).toEqual({
      ...{ kind: "path", repeats: 1, scales: "hop", scale: { low: 0.1, high: 1.9, start: 1 }, mostLayers: undefined },
      ...{ startFirst: 0.9, startOthers: 0.1 },
    });
    expect(read(`${REST}${BUDGET}space: { kind: surgery }\n`).space.order).toEqual({
      ...{ kind: "surgery", operations: ["skip", "repeat"], longest: 1 },
    });
  });

  it.each([
    ["space: { kind: path, repeat: 2 }", "unknown_key", "repeats"],
    ["space: { kind: paths }", "bad_value", "path, dis, surgery"],
    ["space: { kind: path, scales: all }", "bad_value", "hop, pair or none"],
    ["space: { kind: path, scale: { low: 2, high: 1 } }", "empty_range", "low 2, high 1"],
    ["space: { kind: path, scale: { low: 2, high: 3, start: 1 } }", "start_outside", "2 to 3"],
    ["space: { kind: path }\nmerge_method: linear", "bad_value", "passthrough"],
    ["space: { kind: surgery, operations: [swop] }", "bad_value", "skip, repeat or swap"],
    ["space: { kind: dis, repeats: 3 }", "bad_value", "1 or 2"],
    ["space: { kind: path }\noptimiser: { name: cma_es, sigma: -1 }", "bad_optimiser_setting", "sigma"],
  ])("refuses %s", (keys, code, part) => {
    expect(() => read(`${REST}${BUDGET}${keys}\n`)).toThrow(
      expect.objectContaining({ code: `search/${code}`, message: expect.stringMatching(/^s\.yaml:\d+:\d+: /) }),
    );
    expect(() => read(`${REST}${BUDGET}${keys}\n`)).toThrow(part);
  });

  it("refuses to swap with nobody", () => {
    const text = `models: [m/a]\ntasks: [{ file: t.yaml, metric: acc }]\n${BUDGET}space: { kind: surgery, operations: [swap] }\n`;
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "search/bad_value" }));
  });
});

describe("a budget", () => {
  it("may be of items or seconds alone", () => {
    const { limits } = read(`${REST}space: { kind: path }\nbudget: { item_evaluations: 500, seconds: 60 }\n`);
    expect(limits).toEqual({ itemEvaluations: 500, seconds: 60 });
  });

  it("must have a limit", () => {
    expect(() => read(`${REST}space: { kind: path }\nbudget: {}\n`)).toThrow(
      expect.objectContaining({
        code: "search/bad_value",
        message: expect.stringContaining("item_evaluations or seconds"),
      }),
    );
  });
});
