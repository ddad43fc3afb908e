/** Where searches on the zoo begin. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSearch } from "../../src/cli/search-run.ts";
import { candidateSpace } from "../../src/search/candidate-space.ts";
import { evolve } from "../../src/search/evolve.ts";
import { nextSpace } from "../../src/search/next-stage.ts";
import { expectCode } from "../expect-code.ts";
import { createMemoryStore } from "./memory-store.ts";
import { toyChance, toyRun } from "./toy-run.ts";

const ZOO = resolve(import.meta.dirname, "../../zoo");
const folder = mkdtempSync(join(tmpdir(), "merganser-starts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GROUPED = `merge_method: task_arithmetic
base_model: ${ZOO}/models/base
parameters: { normalize: false }
space: { layer_groups: 2, components: [mlp], weight: { low: 0, high: 1.5, off: 0 } }
`;
const SHARES = "merge_method: linear\nspace: { weight: { low: -3, high: 3, start: 0, softmax: true } }\n";
const TOP = `merge_method: sce\nbase_model: ${ZOO}/models/base\nspace: { select_topk: { low: 0.1, high: 1 } }\n`;
const RATIO = "merge_method: linear\nspace: { weight: { beta: 0.7 } }\n";
const FLAGS = `merge_method: model_stock\nbase_model: ${ZOO}/models/base\nspace: { layer_groups: 2, filter_wise: [false, true] }\n`;
const METHODS_MIXED = `base_model: ${ZOO}/models/base
space:
  kind: methods
  layer_groups: 4
  components: [mlp]
  methods:
    linear: { weight: { low: 0, high: 1 } }
    ties: { parameters: { weight: 1 }, density: { low: 0.1, high: 1, shared: true }, lambda: { low: 0, high: 1 } }
    task_arithmetic: { weight: { low: 0.2, high: 1, off: 0 } }
    slerp: { t: { low: 0, high: 1, softmax: true } }
`;
const PATH = "space: { kind: path, repeats: 2, scale: { low: 0.5, high: 1.5 } }\noptimiser: { name: random }\n";

function fileOf(keys: string, start: string): string {
  const file = join(folder, "search.yaml");
  const rest = `models: [${ZOO}/models/math-en, ${ZOO}/models/ja]
tasks: [{ file: ${ZOO}/tasks/gsm-ja/gsm-ja.yaml, metric: exact_match, limit: 4 }]
budget: { evaluations: 5 }
`;
  writeFileSync(file, `${keys}${rest}${start === "" ? "" : `start: ${start}\n`}`);
  return file;
}

async function startsOf(keys: string, start: string) {
  await using run = openSearch(fileOf(keys, start), {});
  const { search, starts, nextStarts, layers, layerFacts } = run;
  return { search, starts, nextStarts, layers, layerFacts, space: candidateSpace(search, layers, layerFacts) };
}

/** The file of a recipe, as a start. */
function recipe(text: string): string {
  writeFileSync(join(folder, "start.yaml"), text);
  return "{ recipe: start.yaml }";
}

/** The folder of an earlier run, as a start. */
function earlier(best: string): string {
  mkdirSync(join(folder, "run"), { recursive: true });
  const score = { value: 1, n: 1, low: 0, high: 1 };
  const result = {
    ...{ tasks: [], parents: [], best: { search: score, holdout: score, evaluation: 1, recipe: best } },
    ...{ best_parent: "ja", evaluations: 1, item_evaluations: 1, seconds: 1, seed: 1 },
  };
  writeFileSync(join(folder, "run", "result.json"), JSON.stringify(result));
  return "{ run: run }";
}

/** Shares that come from numbers with four digits differ in the fifth. */
function expectSame(text: string, expected: string): void {
  const digits = (recipe: string): readonly string[] => recipe.match(/\d+\.\d{5,}/g) ?? [];
  expect(text.replace(/\d+\.\d{5,}/g, "#")).toBe(expected.replace(/\d+\.\d{5,}/g, "#"));
  for (const [i, number] of digits(text).entries()) expect(Number(number)).toBeCloseTo(Number(digits(expected)[i]), 3);
}

describe("a search begins", () => {
  it.each([
    ["layer groups and components", GROUPED],
    ["shares", SHARES],
    ["ratios", RATIO],
    ["flags", FLAGS],
    ["methods", METHODS_MIXED],
    ["paths", PATH],
  ])("at the best recipe of an earlier run of %s, exactly", async (_, keys) => {
    const { space } = await startsOf(keys, "");
    const drawn = space.variables.map(({ low, high, kind = "real" }, i) =>
      kind === "real" ? low + (((i * 7) % 10) / 10) * (high - low) : ((i * 3) >> 1) % (high + 1),
    );
    const best = space.recipe(space.round(drawn));
    const { starts } = await startsOf(keys, earlier(best));
    expect(starts).toHaveLength(1);
    if (keys !== SHARES) expectSame(space.recipe(starts![0]!), best);
    else expect(starts![0]!.map((x) => x - starts![0]![0]!)).toEqual([0, expect.closeTo(drawn[1]! - drawn[0]!, 3)]);
  });

  it("at a recipe written by hand, with the mean of what it varies inside a group", async () => {
    const text = `merge_method: task_arithmetic
base_model: ${ZOO}/models/base
parameters: { normalize: false, weight: 0.5 }
models:
  - model: ${ZOO}/models/ja
    parameters: { weight: [0, 0.7] }
  - model: ${ZOO}/models/math-en
`;
    const { starts, space } = await startsOf(GROUPED.replace(", components: [mlp]", ""), recipe(text));
    const names = space.variables.map(({ name }) => name);
    expect(starts![0]![names.indexOf("weight · math-en · group 2")]).toBe(0.5);
    expect(starts![0]![names.indexOf("weight · ja · group 1")]).toBeCloseTo(0.15, 10);
    expect(starts![0]![names.indexOf("weight · ja · group 2")]).toBeCloseTo(0.55, 10);
  });

  it("at the parents, each of which is met, or at one of them", async () => {
    const { starts, space } = await startsOf(GROUPED, "parents");
    const weights = starts!.map((values) => [...space.recipe(values).matchAll(/value: ([\d.]+)/g)].map(([, x]) => x));
    expect(weights[0]).toEqual(["1", "1", "0", "0", "1", "1", "0", "0"]);
    expect(weights[1]).toEqual(["0", "0", "1", "1", "0", "0", "1", "1"]);
    const base = await startsOf(GROUPED, `{ parent: ${ZOO}/models/base }`);
    expect(base.starts![0]!.filter((_, i) => space.variables[i]!.kind === "choice")).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const ratios = await startsOf(RATIO, "parents");
    const texts = ratios.starts!.map((values) => ratios.space.recipe(values).match(/weight: [\d.]+/g));
    expect(texts).toEqual([
      ["weight: 1", "weight: 0"],
      ["weight: 0", "weight: 1"],
    ]);
    const path = await startsOf(PATH, `{ parent: ${ZOO}/models/ja }`);
    expect(path.space.recipe(path.starts![0]!)).toMatch(
      /math-en\n.*\[ 0, 1 \]\n.*\n.*ja\n.*\[ 1, 7 \]\n.*\n.*math-en\n.*\[ 7, 8 \]/,
    );
  });
});

describe("a search of methods begins", () => {
  it("at each parent, by the first method that can leave the others out", async () => {
    const { starts, space } = await startsOf(METHODS_MIXED, "parents");
    const texts = starts!.map((values) => space.recipe(values));
    expect(texts[1]!.match(/merge_method: \w+/g)).toEqual([
      ...Array(4).fill("merge_method: linear"),
      "merge_method: passthrough",
    ]);
    expect(texts[1]!.match(/value: \d/g)!.slice(0, 4)).toEqual(["value: 0", "value: 0", "value: 1", "value: 1"]);
    const base = await startsOf(METHODS_MIXED, `{ parent: ${ZOO}/models/base }`);
    expect(base.space.recipe(base.starts![0]!)).toContain("merge_method: task_arithmetic");
    expect(base.space.recipe(base.starts![0]!)).not.toMatch(/value: [^0]/);
  });

  it("at a recipe of one of its methods, for all layers", async () => {
    const text = `merge_method: ties
base_model: ${ZOO}/models/base
parameters: { weight: 1, density: 0.3, lambda: 0.5 }
models: [{ model: ${ZOO}/models/math-en }, { model: ${ZOO}/models/ja }]
`;
    const { starts, space } = await startsOf(METHODS_MIXED, recipe(text));
    const names = space.variables.map(({ name }) => name);
    expect(starts![0]!.slice(0, 4)).toEqual([1, 1, 1, 1]);
    expect(starts![0]![names.indexOf("ties · density · group 3 · rest")]).toBe(0.3);
  });

  it("at what two stages found where it keeps the order of layers, or has two stages itself", async () => {
    const merge = `name: best-merge
merge_method: task_arithmetic
base_model: ${ZOO}/models/base
parameters: { normalize: false, weight: 0.5 }
models: [{ model: ${ZOO}/models/math-en }, { model: ${ZOO}/models/ja }]
---
merge_method: passthrough
slices:
  - sources: [{ model: best-merge, layer_range: [0, 8] }]
`;
    const { starts } = await startsOf(GROUPED.replace(", off: 0", ""), earlier(merge));
    expect(new Set(starts![0])).toEqual(new Set([0.5]));
    const swapped = merge.replace("[0, 8] }]", "[0, 7] }]\n  - sources: [{ model: best-merge, layer_range: [6, 7] }]");
    await expect(startsOf(GROUPED, earlier(swapped))).rejects.toThrow("keeps the order of layers");
    const hybrid = `${GROUPED.replace(", off: 0", "")}next: { space: { kind: path } }\n`;
    const both = await startsOf(hybrid, earlier(swapped));
    expect([both.starts, both.nextStarts]).toEqual([starts, undefined]);
    const shorter = merge.replace("[0, 8] }]", "[0, 7] }]");
    await expect(startsOf(GROUPED, earlier(shorter))).rejects.toThrow("it has 7 layers");
  });
});

describe("the second stage of a hybrid begins", () => {
  const merge = `merge_method: task_arithmetic
base_model: ${ZOO}/models/base
parameters: { normalize: false, weight: 0.5 }
models: [{ model: ${ZOO}/models/math-en }, { model: ${ZOO}/models/ja }]
`;
  const DIS = "{ kind: dis, scale: { low: 0.5, high: 2 } }";
  const hybrid = (next: string): string => `${GROUPED.replace(", off: 0", "")}next: ${next}\n`;

  it.each([
    ["paths", "{ space: { kind: path, repeats: 2, scale: { low: 0.5, high: 1.5 } } }"],
    ["orders of blocks", `{ space: ${DIS} }`],
    ["orders of blocks with one of the models", `{ space: ${DIS}, models: [${ZOO}/models/ja] }`],
  ])("at the layer order of an earlier hybrid of %s, exactly", async (_, next) => {
    const { search, layers, layerFacts } = await startsOf(hybrid(next), "");
    const space = nextSpace(search, merge, layers, layerFacts);
    // The first layer is the merge's, so that an order of the models' layers alone is not drawn.
    const drawn = space.variables.map(({ low, high, start, kind = "real" }, i) => {
      if (i < 3) return Math.round(start);
      return kind === "real" ? low + (((i * 7) % 10) / 10) * (high - low) : ((i * 3) >> 1) % (high + 1);
    });
    const best = space.recipe(space.round(drawn));
    const { nextStarts } = await startsOf(hybrid(next), earlier(best));
    expect(nextStarts).toHaveLength(1);
    expectSame(space.recipe(nextStarts![0]!), best);
  });

  it("at its merge alone where the earlier order is of another model, or there was none", async () => {
    const text = `name: best-merge\n${merge}---
merge_method: passthrough
slices:
  - sources: [{ model: best-merge, layer_range: [0, 4] }]
  - sources: [{ model: ${ZOO}/models/code, layer_range: [4, 8] }]
`;
    const ofJa = hybrid(`{ space: ${DIS}, models: [${ZOO}/models/ja] }`);
    for (const earlierBest of [text, merge]) {
      const { starts, nextStarts } = await startsOf(ofJa, earlier(earlierBest));
      expect(new Set(starts![0])).toEqual(new Set([0.5]));
      expect(nextStarts).toBeUndefined();
    }
  });
});

describe("a start of another space", () => {
  const merge = (changes: { method?: string; model?: string; weight?: number; normalize?: boolean } = {}): string => {
    const { method = "task_arithmetic", model = "ja", weight = 0.5, normalize = false } = changes;
    return `merge_method: ${method}
base_model: ${ZOO}/models/base
parameters: { weight: ${weight}, normalize: ${normalize} }
models: [{ model: ${ZOO}/models/math-en }, { model: ${ZOO}/models/${model} }]
`;
  };

  it.each([
    ["another method", GROUPED, () => recipe(merge({ method: "ties" })), "its method is ties"],
    ["another model", GROUPED, () => recipe(merge({ model: "code" })), "none of the search's"],
    ["another setting", GROUPED, () => recipe(merge({ normalize: true })), "its normalize is true"],
    ["a number outside", GROUPED, () => recipe(merge({ weight: 1.75 })), "its weight is 1.75"],
    ["no base", SHARES, () => recipe(merge()), "its method is task_arithmetic"],
    ["no recipe", GROUPED, () => recipe("merge_method: tis\n"), "start.yaml:1:"],
    ["a merge for paths", PATH, () => recipe(merge()), "the search orders layers"],
    [
      "an order that it lacks",
      PATH,
      () =>
        recipe(`merge_method: passthrough
slices:
  - sources: [{ model: ${ZOO}/models/ja, layer_range: [0, 8] }]
`),
      "no point of this space",
    ],
    [
      "a parent where weights are bound",
      GROUPED.replace("high: 1.5, off: 0", "high: 0.7"),
      () => "parents",
      "weights of 0 and 1",
    ],
    [
      "a method that the search lacks",
      METHODS_MIXED,
      () => recipe(merge({ method: "dare_ties" })),
      "layers 0 to 1 have dare_ties",
    ],
    [
      "shares that do not sum to 1",
      RATIO,
      () =>
        recipe(
          merge({ method: "linear" })
            .replace(/base_model.*\n/, "")
            .replace("0.5, normalize: false", "0.3"),
        ),
      "should sum to 1",
    ],
    [
      "the base where weights are shares",
      GROUPED.replace("low: 0, high: 1.5, off: 0", "low: -1, high: 1, softmax: true"),
      () => `{ parent: ${ZOO}/models/base }`,
      "nothing to the base",
    ],
    [
      "a parent that no method can have alone",
      METHODS_MIXED.replace(/ {4}linear.*\n/, "").replace(/ {4}task.*\n/, ""),
      () => "parents",
      "leave the other models out",
    ],
    ["a parent without weights", TOP, () => "parents", '"weight"'],
  ])("is refused: %s", (_, keys, start, problem) => {
    const details = expectCode("search/bad_start", () => openSearch(fileOf(keys, start()), {}));
    expect(details["problem"]).toContain(problem);
    expect(details["where"]).toMatch(/search\.yaml:\d+:1$/);
  });
});

describe("the loop", () => {
  it("meets all starts, and lets the optimiser begin at the best of them", async () => {
    const starts = [
      [0.1, 0.1, 0.1, 0.1],
      [0.9, 0.9, 0.6, 0.6],
      [1.5, 1.5, 1.5, 1.5],
    ];
    const { candidates } = await evolve(toyRun(createMemoryStore(), { starts }));
    expect(candidates.slice(0, 3).map(({ values }) => values)).toEqual(starts);
    expect(candidates.slice(0, 4).map(({ generation }) => generation)).toEqual([0, 0, 0, 1]);
    const next = candidates.filter(({ generation }) => generation === 1).map(({ recipeText }) => toyChance(recipeText));
    expect(Math.min(...next)).toBeGreaterThan(toyChance(candidates[0]!.recipeText));
  });
});
