import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { METHODS } from "../methods/index.ts";
import {
  candidateRecipe,
  groupValues,
  layerRanges,
  parentRecipe,
  plainRecipe,
  roundToRecipe,
  searchSpace,
} from "./parameter-space.ts";
import type { Search } from "./search.ts";
import { parseSearchFile } from "./search-file.ts";

function searchOf(lines: string): Search {
  const text = `base_model: m/base
models: [m/en, m/ja]
merge_method: task_arithmetic
dtype: bfloat16
tasks: [{ file: t.yaml, metric: acc }]
budget: { evaluations: 5 }
${lines}`;
  return parseSearchFile(text, { file: "s.yaml", methods: METHODS, resolve: (path) => path }).search;
}

const GROUPS = searchOf(`parameters: { normalize: false }
space:
  layer_groups: 2
  weight: { low: 0, high: 1.5, start: 0.8 }
  lambda: { low: 0.5, high: 2 }
compare: [{ name: even, merge_method: ties, parameters: { weight: 1, density: [0.2, 0.8] } }]
`);
const ONE = searchOf("space: { weight: { low: 0, high: 1.5 } }\n");

describe("the variables of a search", () => {
  it("are one for each parameter, model and group, and one for each group where models share a parameter", () => {
    expect(searchSpace(GROUPS).map(({ name, low, high, start }) => [name, low, high, start])).toEqual([
      ["weight · en · group 1", 0, 1.5, 0.8],
      ["weight · en · group 2", 0, 1.5, 0.8],
      ["weight · ja · group 1", 0, 1.5, 0.8],
      ["weight · ja · group 2", 0, 1.5, 0.8],
      ["lambda · group 1", 0.5, 2, 1.25],
      ["lambda · group 2", 0.5, 2, 1.25],
    ]);
  });

  it("leave out the group when there is one", () => {
    expect(searchSpace(ONE).map(({ name }) => name)).toEqual(["weight · en", "weight · ja"]);
  });

  it("come back grouped for charts", () => {
    expect(groupValues(GROUPS, [1, 2, 3, 4, 5, 6])).toEqual([
      { parameter: "weight", model: "en", values: [1, 2] },
      { parameter: "weight", model: "ja", values: [3, 4] },
      { parameter: "lambda", model: undefined, values: [5, 6] },
    ]);
  });
});

describe("a candidate's recipe", () => {
  it("has a slice for each layer group, with the base as a last source", () => {
    expect(candidateRecipe(GROUPS, [0.1, 0.2, 0.3, 0.4, 1.5, 0.6], 5)).toBe(`merge_method: task_arithmetic
base_model: m/base
dtype: bfloat16
parameters: { normalize: false }
slices:
  - sources:
      - model: m/en
        layer_range: [ 0, 2 ]
        parameters: { weight: 0.1 }
      - model: m/ja
        layer_range: [ 0, 2 ]
        parameters: { weight: 0.3 }
      - model: m/base
        layer_range: [ 0, 2 ]
    parameters: { lambda: 1.5 }
  - sources:
      - model: m/en
        layer_range: [ 2, 5 ]
        parameters: { weight: 0.2 }
      - model: m/ja
        layer_range: [ 2, 5 ]
        parameters: { weight: 0.4 }
      - model: m/base
        layer_range: [ 2, 5 ]
    parameters: { lambda: 0.6 }
`);
  });

  it("lists models when all layers are one group", () => {
    expect(candidateRecipe(ONE, [0.25, 1], 5)).toBe(`merge_method: task_arithmetic
base_model: m/base
dtype: bfloat16
models:
  - model: m/en
    parameters: { weight: 0.25 }
  - model: m/ja
    parameters: { weight: 1 }
`);
  });

  it("reads back as what was meant, for model paths that YAML would take for something else", () => {
    const paths = ["123", "no", "on", "1e3", "null", "a: b", "# c", "~", "漢字", " x ", "0x1f", "1:30", "'q'"];
    const models = paths.map((path) => ({ name: path, path }));
    const text = candidateRecipe(
      { ...ONE, models, parents: models },
      paths.map(() => 1),
      5,
    );
    const read = parse(text, { version: "1.1" });
    expect(read.models.map((entry: { readonly model: string }) => entry.model)).toEqual(paths);
  });
});

describe("rounding to the recipe", () => {
  it("keeps four decimals, and more where the range is narrow", () => {
    expect(roundToRecipe(ONE, [0.123456, 1.49999])).toEqual([0.1235, 1.5]);
    const narrow = searchOf("space: { weight: { low: 0, high: 0.001 } }\n");
    expect(roundToRecipe(narrow, [0.000123456, 0.001])).toEqual([0.000123, 0.001]);
  });

  it("stays inside bounds that are not on the grid, and is its own fixed point", () => {
    const odd = searchOf("space: { weight: { low: 0.00005, high: 1.00004 } }\n");
    fc.assert(
      fc.property(fc.double({ min: 0.00005, max: 1.00004, noNaN: true }), (x) => {
        const rounded = roundToRecipe(odd, [x, x]);
        for (const value of rounded) {
          expect(value).toBeGreaterThanOrEqual(0.00005);
          expect(value).toBeLessThanOrEqual(1.00004);
          expect(Math.abs(value - x)).toBeLessThanOrEqual(0.00005 + 1e-12);
        }
        expect(roundToRecipe(odd, rounded)).toEqual(rounded);
      }),
    );
  });

  it("gives the number that the recipe shows", () => {
    const values = roundToRecipe(ONE, [1 / 3, 2 / 3]);
    expect(parse(candidateRecipe(ONE, values, 5)).models[0].parameters.weight).toBe(values[0]);
  });
});

describe("layer groups", () => {
  it("are contiguous, cover all layers, and differ by at most one layer", () => {
    const cases = fc
      .integer({ min: 1, max: 100 })
      .chain((layers) => fc.record({ layers: fc.constant(layers), groups: fc.integer({ min: 1, max: layers }) }));
    fc.assert(
      fc.property(cases, ({ layers, groups }) => {
        const ranges = layerRanges(layers, groups, "s.yaml");
        expect(ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i))).toEqual([
          ...Array(layers).keys(),
        ]);
        const sizes = ranges.map(([start, end]) => end - start);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(sizes).toHaveLength(groups);
      }),
    );
  });

  it("cannot be more than there are layers", () => {
    expect(() => layerRanges(8, 9, "s.yaml:3:4")).toThrow(
      expect.objectContaining({
        code: "search/too_many_groups",
        details: { where: "s.yaml:3:4", groups: 9, layers: 8 },
      }),
    );
  });
});

describe("other recipes", () => {
  it("of plain merges keep their parameters as they were written", () => {
    expect(parse(plainRecipe(GROUPS.compare[0]!, "bfloat16"))).toEqual({
      merge_method: "ties",
      base_model: "m/base",
      dtype: "bfloat16",
      parameters: { weight: 1, density: [0.2, 0.8] },
      models: [{ model: "m/en" }, { model: "m/ja" }],
    });
  });

  it("of parents pass one model through", () => {
    expect(parentRecipe({ name: "en", path: "m/en" })).toBe("merge_method: passthrough\nmodels:\n  - model: m/en\n");
  });
});
