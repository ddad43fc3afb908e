import { nearestName } from "../base/nearest.ts";
import { METHODS } from "../methods/index.ts";
import type { AnyMethod } from "../methods/method.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/** Finds the method that a recipe names, or notes that there is none. */
export function findRecipeMethod({ method }: Recipe, report: Report): AnyMethod | undefined {
  if (method === undefined) return undefined;
  const { value: name, place } = method;
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  const known = Object.keys(METHODS);
  report.error("unknown_method", place, { name, nearest: nearestName(name, known), known });
  return undefined;
}
