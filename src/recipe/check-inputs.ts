import type { AnyMethod } from "../methods/method.ts";
import { isBase, type NamedSlice, slicesOf } from "./named-slices.ts";
import { isSameModel, type Recipe } from "./recipe.ts";
import type { Place, Report } from "./report.ts";

const COUNTED = {
  required: "the base among them",
  optional: "the base not counted",
  ordinary: "a base is one of them",
} as const;

/**
 * Checks how many inputs each slice has and whether its base is one of them, by the rules of mergekit 0.1.5. Needs no
 * model opened.
 */
export function checkInputs(recipe: Recipe, method: AnyMethod, report: Report): void {
  for (const slice of slicesOf(recipe)) {
    checkDuplicates(slice, report);
    checkCount(slice, method, recipe.method?.place ?? slice.place, report);
  }
}

function checkDuplicates({ sources, name }: NamedSlice, report: Report): void {
  sources.forEach(({ model, place }, i) => {
    const first = sources.findIndex((source) => isSameModel(source.model, model));
    if (first < i) report.error("duplicate_source", place, { model: model.text, slice: name });
  });
}

function checkCount(slice: NamedSlice, method: AnyMethod, methodPlace: Place, report: Report): void {
  const { name, sources, base, place } = slice;
  const hasBase = sources.some((source) => isBase(slice, source));
  if (method.base === "required" && base === undefined) {
    report.error("base_missing", methodPlace, { method: method.name });
    return;
  }
  if (method.base !== "ordinary" && base !== undefined && !hasBase) {
    report.error("base_not_in_slice", place, { method: method.name, base: base.text, slice: name });
    return;
  }
  const found = sources.length - (method.base === "optional" && hasBase ? 1 : 0);
  const [min, max] = method.arity;
  if (found >= min && found <= max) return;
  const counted = COUNTED[method.base];
  report.error("input_count", place, { method: method.name, found, min, max, slice: name, counted });
}
