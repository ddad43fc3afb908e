import { nearestName } from "../base/nearest.ts";
import { METHODS } from "../methods/index.ts";
import type { AnyMethod } from "../methods/method.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/** The methods of mergekit 0.1.5. A name among them is no mistake, even where we do not have the method. */
const MERGEKIT_METHODS = [
  "arcee_fusion",
  "breadcrumbs",
  "breadcrumbs_ties",
  "dare_linear",
  "dare_ties",
  "della",
  "della_linear",
  "karcher",
  "linear",
  "model_stock",
  "multislerp",
  "nearswap",
  "nuslerp",
  "passthrough",
  "ram",
  "ramplus_tl",
  "sce",
  "slerp",
  "task_arithmetic",
  "ties",
];

/** Finds the method that a recipe names, or notes that there is none. */
export function findRecipeMethod({ method }: Recipe, report: Report): AnyMethod | undefined {
  if (method === undefined) return undefined;
  const { value: name, place } = method;
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  const known = Object.keys(METHODS);
  if (MERGEKIT_METHODS.includes(name)) {
    report.error("not_supported", place, { what: `the merge method "${name}"`, fix: `use one of ${known.join(", ")}` });
  } else {
    report.error("unknown_method", place, { name, nearest: nearestName(name, known), known });
  }
  return undefined;
}
