/** Plans of recipes over models that are headers only, and what tests look up in them. */

import { expect } from "vitest";
import type { MergeWork, Plan, PlannedTensor } from "../src/recipe/plan.ts";
import { type PlanOptions, planRecipe } from "../src/recipe/plan-recipe.ts";
import { type Headers, openHeaders } from "./header-models.ts";

/** Plans a recipe that has no problems. */
export function planOf(
  text: string,
  models: Readonly<Record<string, Headers>>,
  options: Partial<PlanOptions> = {},
): Plan {
  const { plan, problems } = planRecipe(text, "test.yaml", { openModel: openHeaders(models), ...options });
  expect(problems).toEqual([]);
  return plan!;
}

/** A tensor that is written. */
export function tensorOf(plan: Plan, name: string): PlannedTensor {
  return plan.tensors.find((tensor) => tensor.name === name) ?? expect.unreachable(`${name} is not written`);
}

/** What is merged into a tensor. */
export function mergeOf(plan: Plan, name: string): MergeWork {
  const { work } = tensorOf(plan, name);
  return work.kind === "merge" ? work : expect.unreachable(`${name} is copied`);
}

/** The value of a parameter by tensor, for methods with one model. */
export function valuesOf(plan: Plan, parameter: string): Record<string, unknown> {
  const entries = plan.tensors.map(({ name }): [string, unknown] => {
    const value = mergeOf(plan, name).settings[parameter];
    return [name, Array.isArray(value) ? value[0] : value];
  });
  return Object.fromEntries(entries);
}
