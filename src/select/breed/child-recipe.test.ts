import { expect, it } from "vitest";
import { parse } from "yaml";
import type { Operator } from "./breed-settings.ts";
import { childRecipe } from "./child-recipe.ts";

const parents = ["a", "b"] as const;
const recipe = (operator: Partial<Operator>, mix?: number): unknown => {
  const whole: Operator = { mergeMethod: "slerp", parameters: { t: 0.5 }, base: "first", mixing: "t", ...operator };
  return parse(childRecipe({ operator: whole, parents, base: "base", dtype: "bfloat16", mix }));
};

it("runs SLERP from the better parent", () => {
  expect(recipe({})).toEqual({
    merge_method: "slerp",
    base_model: "a",
    models: [{ model: "a" }, { model: "b" }],
    parameters: { t: 0.5 },
    dtype: "bfloat16",
  });
});

it("gives the second parent its share as t, or both as weights around the operator's", () => {
  expect(recipe({}, 0.3)).toMatchObject({ parameters: { t: 0.3 } });
  const ties = {
    mergeMethod: "ties",
    parameters: { weight: 0.8, density: 0.5 },
    base: "pool",
    mixing: "weight",
  } as const;
  expect(recipe(ties, 0.25)).toMatchObject({
    base_model: "base",
    models: [
      { model: "a", parameters: { weight: expect.closeTo(1.2, 12) } },
      { model: "b", parameters: { weight: expect.closeTo(0.4, 12) } },
    ],
    parameters: { density: 0.5 },
  });
  expect(recipe(ties)).toMatchObject({ parameters: { weight: 0.8, density: 0.5 } });
});
