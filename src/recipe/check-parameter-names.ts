import { nearestName } from "../base/nearest.ts";
import type { AnyMethod } from "../methods/method.ts";
import { sourcesOf } from "./open-inputs.ts";
import type { ParameterMap, Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/**
 * Warns of parameters that the method does not have, and of those that are under a model but hold for the whole merge.
 * mergekit ignores both without a word.
 */
export function checkParameterNames(recipe: Recipe, method: AnyMethod, report: Report): void {
  const sources = sourcesOf(recipe);
  const slices = recipe.layout.kind === "slices" ? recipe.layout.slices : [];
  const shared = [recipe.parameters, recipe.moduleParameters, ...slices.map((slice) => slice.parameters)];
  for (const map of shared) warnUnknown(map, method, report);
  for (const { parameters } of sources) {
    warnUnknown(parameters, method, report);
    for (const [name, { place }] of parameters) {
      if (method.params[name]?.per === "merge")
        report.warn("misplaced_parameter", place, { method: method.name, name });
    }
  }
}

function warnUnknown(map: ParameterMap, { name: method, params }: AnyMethod, report: Report): void {
  const known = Object.keys(params);
  for (const [name, { place }] of map) {
    if (!Object.hasOwn(params, name))
      report.warn("unknown_parameter", place, { method, name, nearest: nearestName(name, known), known });
  }
}
