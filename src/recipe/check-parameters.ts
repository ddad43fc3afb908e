/** Checks the names of a recipe's parameters against its method. Needs no model opened. */

import { nearestName } from "../base/nearest.ts";
import type { AnyMethod, Param } from "../methods/method.ts";
import { isBase, type NamedSlice, slicesOf } from "./named-slices.ts";
import type { ParameterMap, Recipe, Source } from "./recipe.ts";
import type { Place, Report } from "./report.ts";

/**
 * Warns of parameters that the method does not have and of those that stand under a model but hold for the whole merge;
 * mergekit ignores both without a word. Notes required parameters that stand nowhere.
 */
export function checkParameters(recipe: Recipe, method: AnyMethod, report: Report): void {
  for (const map of [recipe.parameters, ...recipe.modules.map(({ parameters }) => parameters)])
    warnUnknown(map, method, report);
  for (const slice of slicesOf(recipe)) {
    warnUnknown(slice.parameters, method, report);
    for (const { parameters } of slice.sources) {
      warnUnknown(parameters, method, report);
      warnMisplaced(parameters, method, report);
    }
    if (recipe.isWhole) checkRequired(recipe, slice, method, report);
  }
}

function warnUnknown(map: ParameterMap, { name: method, params }: AnyMethod, report: Report): void {
  const known = Object.keys(params);
  for (const [name, { place }] of map) {
    if (known.includes(name)) continue;
    report.warn("unknown_parameter", place, { method, name, nearest: nearestName(name, known), known });
  }
}

function warnMisplaced(map: ParameterMap, { name: method, params }: AnyMethod, report: Report): void {
  for (const [name, { place }] of map) {
    if (params[name]?.per === "merge") report.warn("misplaced_parameter", place, { method, name });
  }
}

function checkRequired(recipe: Recipe, slice: NamedSlice, method: AnyMethod, report: Report): void {
  const shared = [slice.parameters, slice.module.parameters, recipe.parameters];
  const required = Object.entries(method.params).filter(([, param]) => param.default === undefined);
  for (const [name, param] of required) {
    for (const owner of ownersOf(param, slice, method)) {
      const maps = owner === undefined ? shared : [owner.parameters, ...shared];
      if (maps.some((map) => map.has(name))) continue;
      const stranger = findMisspelt(name, maps, method);
      const details = {
        method: method.name,
        name,
        model: owner?.model.text,
        tensor: undefined,
        misspelt: stranger?.name,
      };
      report.error("missing_parameter", stranger?.place ?? placeFor(name, owner), details);
    }
  }
}

/** The models that need a value of their own, or undefined for the merge as a whole. */
function ownersOf({ per }: Param, slice: NamedSlice, method: AnyMethod): readonly (Source | undefined)[] {
  if (per === "merge") return [undefined];
  return slice.sources.filter((source) => method.base === "ordinary" || !isBase(slice, source));
}

/** Finds an unknown name that was meant to be this one. */
function findMisspelt(
  name: string,
  maps: readonly ParameterMap[],
  { params }: AnyMethod,
): { name: string; place: Place } | undefined {
  const strangers = maps.flatMap((map) => [...map]).filter(([key]) => !Object.hasOwn(params, key));
  const nearest = nearestName(
    name,
    strangers.map(([key]) => key),
  );
  const found = strangers.find(([key]) => key === nearest);
  return found === undefined ? undefined : { name: found[0], place: found[1].place };
}

/** Where the parameter would stand. */
function placeFor(name: string, owner: Source | undefined): Place {
  if (owner === undefined) return { path: `parameters.${name}`, line: 1, column: 1 };
  return { ...owner.place, path: `${owner.place.path}.parameters.${name}` };
}
