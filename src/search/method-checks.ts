import type { Json } from "../base/canonical-json.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors } from "./errors.ts";
import type { FileCheck } from "./file-check.ts";
import type { KeyPath } from "./located-yaml.ts";
import type { MergeInputs, SearchMethod, SearchRange } from "./search.ts";

/** Finds a method by its name; notes where there is none. @param path - of what names it. */
export function methodAt(path: KeyPath, name: string, check: FileCheck): SearchMethod | undefined {
  const method = Object.hasOwn(check.methods, name) ? check.methods[name] : undefined;
  if (method === undefined) {
    const known = Object.keys(check.methods);
    const where = check.yaml.whereIs(path);
    check.problems.push(searchErrors.unknown_method({ where, method: name, nearest: nearestName(name, known), known }));
  }
  return method;
}

/** Parameters that are fixed or searched, and whose they are. */
export interface ParameterUse {
  readonly name: string;
  readonly method: SearchMethod;
  readonly fixed: { readonly [name: string]: Json };
  readonly ranges: readonly SearchRange[];
  /** Whether there must be something to search. */
  readonly isSearched: boolean;
  readonly places: ParameterPlaces;
}

/** Where in the file things stand. */
export interface ParameterPlaces {
  /** What names the method. */
  readonly method: KeyPath;
  /** Fixed settings, and ranges, each by its parameter. */
  readonly fixed: KeyPath;
  readonly ranges: KeyPath;
}

/** Checks fixed and searched parameters against the method's table. */
export function checkParameters(use: ParameterUse, check: FileCheck): void {
  const { name, method, fixed, ranges, places } = use;
  const known = Object.keys(method.params);
  for (const parameter of Object.keys(fixed)) {
    const path = [...places.fixed, parameter];
    if (!Object.hasOwn(method.params, parameter)) reportUnknown(path, use, known, check);
    else if (ranges.some((range) => range.parameter === parameter))
      check.problems.push(searchErrors.parameter_twice({ where: check.yaml.whereIs(path), parameter }));
  }
  for (const range of ranges) checkRange(range, use, check);
  for (const [parameter, { default: fallback }] of Object.entries(method.params)) {
    const given = Object.hasOwn(fixed, parameter) || ranges.some((range) => range.parameter === parameter);
    if (fallback !== undefined || given) continue;
    const where = check.yaml.whereIs(places.method);
    check.problems.push(searchErrors.missing_parameter({ where, method: name, parameter }));
  }
  if (use.isSearched && ranges.length === 0)
    check.problems.push(searchErrors.empty_space({ where: check.yaml.whereIs(places.ranges), method: name, known }));
}

function reportUnknown(path: KeyPath, { name }: ParameterUse, known: readonly string[], check: FileCheck): void {
  const where = check.yaml.whereIs(path);
  const parameter = String(path.at(-1));
  const nearest = nearestName(parameter, known);
  check.problems.push(searchErrors.unknown_parameter({ where, method: name, parameter, nearest, known }));
}

function checkRange({ parameter, low, high, kind }: SearchRange, use: ParameterUse, check: FileCheck): void {
  const { name, method, places } = use;
  const path = [...places.ranges, parameter];
  const where = check.yaml.whereIs(path);
  const { problems } = check;
  const param = Object.hasOwn(method.params, parameter) ? method.params[parameter] : undefined;
  if (param === undefined) reportUnknown(path, use, [...Object.keys(method.params), "layer_groups"], check);
  else if (param.kind !== "number" && kind !== "flag")
    problems.push(searchErrors.not_searchable({ where, method: name, parameter }));
  else if (param.kind === "number" && kind === "flag")
    problems.push(
      searchErrors.bad_value({ where, key: path.join("."), got: "[false, true]", expected: "a range: it is a number" }),
    );
  else if (kind === "whole" && !(Number.isInteger(low) && Number.isInteger(high)))
    problems.push(
      searchErrors.bad_value({
        where,
        key: path.join("."),
        got: `${low} to ${high}`,
        expected: "from a whole number to another",
      }),
    );
  else if (param.range !== undefined && (low < param.range[0] || high > param.range[1])) {
    const { range } = param;
    problems.push(searchErrors.outside_method_range({ where, method: name, parameter, low, high, range }));
  }
}

/** A merge whose inputs are to be checked. */
export interface MergeUse extends Pick<MergeInputs, "models" | "baseModel"> {
  readonly method: SearchMethod;
  readonly name: string;
  /** Where the file names the method, and the models. */
  readonly places: { readonly method: KeyPath; readonly models: KeyPath };
  /** What could be done about too many models. @default "" */
  readonly hint?: string;
}

/** Checks that a method gets a base where it needs one, and as many models as it takes. */
export function checkMergeInputs(use: MergeUse, check: FileCheck): void {
  const { method, name, places, models, baseModel, hint = "" } = use;
  const { yaml, problems } = check;
  if (method.base === "required" && baseModel === undefined) {
    problems.push(searchErrors.base_missing({ where: yaml.whereIs(places.method), method: name }));
    return;
  }
  const count = models.length + (method.base === "required" && baseModel !== undefined ? 1 : 0);
  const [fewest, most] = method.arity;
  if (count >= fewest && count <= most) return;
  const where = yaml.whereIs(places.models);
  problems.push(searchErrors.wrong_model_count({ where, method: name, count, fewest, most, hint }));
}
