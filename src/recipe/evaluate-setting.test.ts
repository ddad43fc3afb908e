import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluateFlag, evaluateNumber, selectGradient } from "./evaluate-setting.ts";
import type { Setting } from "./recipe.ts";

interface GoldenCase {
  readonly setting: Setting;
  readonly t: number;
  readonly tensor: string;
  readonly value: number | null;
}

const GOLDEN = join(import.meta.dirname, "../../test/golden/data/parameter_evaluation.json");
const { cases } = JSON.parse(readFileSync(GOLDEN, "utf8")) as { cases: readonly GoldenCase[] };

function evaluate(setting: Setting, t: number, tensor: string): number | null {
  const gradient = selectGradient(setting, tensor);
  return gradient === undefined ? null : evaluateNumber(gradient, t);
}

describe("numbers", () => {
  it.each(cases)(
    "evaluates $setting at $t for $tensor to $value, as mergekit does",
    ({ setting, t, tensor, value }) => {
      const normalised =
        Array.isArray(setting) && typeof setting[0] === "object"
          ? setting.map((entry) => ({ filter: null, ...entry }))
          : setting;
      const result = evaluate(normalised, t, tensor);
      if (value === null) expect(result).toBeNull();
      else expect(result).toBeCloseTo(value, 15);
    },
  );

  // Weights that mergekit 0.1.5 used in four layers, recovered from what it wrote.
  it.each([
    [
      [true, false],
      [1, 2 / 3, 1 / 3, 0],
    ],
    [
      ["0.5", "1e-1"],
      [0.5, 0.5 - 0.4 / 3, 0.5 - 0.8 / 3, 0.1],
    ],
    [
      [true, 0.5],
      [1, 1 - 0.5 / 3, 1 - 1 / 3, 0.5],
    ],
    [
      ["0.5", 1],
      [0.5, 0.5 + 0.5 / 3, 0.5 + 1 / 3, 1],
    ],
  ] as const)("interpolates %j", (gradient, values) => {
    for (const [layer, value] of values.entries()) {
      expect(evaluateNumber(gradient, layer / 3)).toBeCloseTo(value, 12);
    }
  });

  it.each([
    ["1e-3", 0.001],
    [" -.5 ", -0.5],
    ["1_0.", 10],
    ["08", 8],
    ["0x1", Number.NaN],
    [".", Number.NaN],
    ["1__0", Number.NaN],
    ["", Number.NaN],
  ])("takes the text %j as Python does", (text, value) => expect(evaluateNumber(text, 0)).toBe(value));

  it("takes true for 1, and no word for a number", () => {
    expect(evaluateNumber(true, 0)).toBe(1);
    expect(evaluateNumber("yes", 0)).toBeNaN();
    expect(evaluateNumber(" ", 0)).toBeNaN();
  });
});

describe("flags", () => {
  it.each([
    [
      [true, false],
      [true, true, true, false],
    ],
    [
      [0, 1],
      [false, false, false, true],
    ],
    [
      ["true", "false"],
      [true, true, true, false],
    ],
    [
      [true, 0],
      [true, true, true, false],
    ],
  ] as const)("climbs %j as a staircase, as mergekit 0.1.5 does", (gradient, values) => {
    expect(values.map((_, layer) => evaluateFlag(gradient, layer / 3))).toEqual(values);
  });

  it.each([
    ["off", false],
    ["Yes", true],
    ["1", true],
    [0, false],
    [0.5, undefined],
    ["maybe", undefined],
  ])("reads %j as %j", (value, flag) => expect(evaluateFlag(value, 0)).toBe(flag));
});

describe("filters", () => {
  const name = "model.layers.3.mlp.up_proj.weight";
  it("are parts of the name, not patterns", () => {
    expect(selectGradient([{ filter: "up_proj|q_proj", value: 1 }], name)).toBeUndefined();
    expect(selectGradient([{ filter: "layers.3.", value: 1 }], name)).toBe(1);
    expect(selectGradient([{ filter: "", value: 1 }], name)).toBe(1);
  });

  it("stop at the first that matches, even if its list is empty", () => {
    expect(
      selectGradient(
        [
          { filter: "mlp", value: [] },
          { filter: null, value: 3 },
        ],
        name,
      ),
    ).toBeUndefined();
  });

  it("match a tensor without a name only if they match all", () => {
    expect(
      selectGradient(
        [
          { filter: "mlp", value: 1 },
          { filter: "*", value: 2 },
        ],
        "",
      ),
    ).toBe(2);
  });
});
