import fc from "fast-check";
import { expect, it } from "vitest";
import { llamaHeaders, openHeaders } from "../../test/header-models.ts";
import { planRecipe } from "./plan-recipe.ts";

const RECIPES = [
  "merge_method: ties\nbase_model: b\nmodels:\n  - model: a\n    parameters:\n      weight: [0, 0.5]\n      density: [{filter: mlp, value: 1}, {value: 0.5}]\ndtype: bfloat16\n",
  "merge_method: slerp\nbase_model: a\nslices:\n  - sources: [{model: a, layer_range: [0, 2]}, {model: b, layer_range: [0, 2]}]\nparameters: {t: 0.5}\n",
  "x: &x {weight: 1}\nmerge_method: linear\nmodules: {default: {models: [{model: {model: a}, parameters: {<<: *x}}]}}\n",
];
const openModel = openHeaders({ a: llamaHeaders(), b: llamaHeaders({ dtype: "BF16" }) });

const damage = fc.record({
  at: fc.nat(400),
  cut: fc.nat(6),
  text: fc.constantFrom(
    "",
    "[",
    "}",
    ": ",
    "\n",
    "  ",
    "*x",
    "&x ",
    "- ",
    "'",
    "#",
    "null",
    "1e999",
    "no",
    "\t",
    "!!set ",
    "a",
  ),
});

it("gives a plan or problems with places for any text, and never throws", () => {
  fc.assert(
    fc.property(fc.constantFrom(...RECIPES), fc.array(damage, { minLength: 1, maxLength: 4 }), (recipe, damages) => {
      const text = damages.reduce((t, { at, cut, text: put }) => t.slice(0, at) + put + t.slice(at + cut), recipe);
      const { plan, problems, warnings } = planRecipe(text, "", { openModel });
      expect(plan === undefined).toBe(problems.length > 0);
      for (const { code, line, column, message, fix } of [...problems, ...warnings]) {
        expect(code).toMatch(/^[a-z]+\/[a-z0-9_]+$/);
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(text.split("\n").length);
        expect(`${message}${fix}`).not.toMatch(/undefined|\[object/);
      }
    }),
    { numRuns: 500 },
  );
});

it("plans the undamaged ones", () => {
  for (const recipe of RECIPES) expect(planRecipe(recipe, "", { openModel }).problems).toEqual([]);
});
