import { expect, it } from "vitest";
import { METHODS } from "../methods/index.ts";
import { findRecipeMethod } from "./find-recipe-method.ts";
import type { Recipe } from "./recipe.ts";
import { createReport } from "./report.ts";

function find(name: string) {
  const report = createReport();
  const method = { value: name, place: { path: "merge_method", line: 1, column: 15 } };
  return { found: findRecipeMethod({ method } as Recipe, report), problems: report.problems() };
}

it("finds every method there is", () => {
  for (const name of Object.keys(METHODS)) expect(find(name)).toEqual({ found: METHODS[name], problems: [] });
});

it("offers the nearest name for a mistake", () => {
  expect(find("tiess").problems).toMatchObject([{ code: "recipe/unknown_method", fix: 'write "ties"' }]);
});
