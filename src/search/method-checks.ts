import type { Json } from "../base/canonical-json.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors } from "./errors.ts";
import type { FileCheck } from "./file-check.ts";
import type { KeyPath } from "./located-yaml.ts";
import type { MergeInputs, SearchMethod, SearchRange } from "./search.ts";

/** Parameters that are fixed or searched, and whose they are. */
export interface ParameterUse {
  readonly keys: { readonly merge_method: string; readonly parameters: { readonly [name: string]: Json } };
  readonly method: SearchMethod;
  readonly ranges: readonly SearchRange[];
}

/**
 * Checks fixed and searched parameters against the method's table.
 *
 * @param path - of the mapping that has `parameters`; the top when left out.
 */
export function checkParameters(use: ParameterUse, check: FileCheck, path: KeyPath = []): void {
  const { keys, method, ranges } = use;
  const known = Object.keys(method.params);
  for (const parameter of Object.keys(keys.parameters)) {
    if (!Object.hasOwn(method.params, parameter)) reportUnknown([...path, "parameters", parameter], use, known, check);
    else if (ranges.some((range) => range.parameter === parameter)) {
      const where = check.yaml.whereIs([...path, "parameters", parameter]);
      check.problems.push(searchErrors.parameter_twice({ where, parameter }));
    }
  }
  for (const range of ranges) checkRange(range, use, check);
  for (const [parameter, { default: fallback }] of Object.entries(method.params)) {
    const given = Object.hasOwn(keys.parameters, parameter) || ranges.some((range) => range.parameter === parameter);
    if (fallback !== undefined || given) continue;
    const where = check.yaml.whereIs([...path, "merge_method"]);
    check.problems.push(searchErrors.missing_parameter({ where, method: keys.merge_method, parameter }));
  }
  if (path.length === 0 && ranges.length === 0) {
    const numbers = known.filter((name) => method.params[name]!.kind === "number");
    check.problems.push(searchErrors.empty_space({ where: check.yaml.whereIs(["space"]), known: numbers }));
  }
}

function reportUnknown(path: KeyPath, { keys }: ParameterUse, known: readonly string[], check: FileCheck): void {
  const where = check.yaml.whereIs(path);
  const parameter = String(path.at(-1));
  const nearest = nearestName(parameter, known);
  check.problems.push(searchErrors.unknown_parameter({ where, method: keys.merge_method, parameter, nearest, known }));
}

function checkRange({ parameter, low, high }: SearchRange, use: ParameterUse, check: FileCheck): void {
  const { keys, method } = use;
  const path = ["space", parameter];
  const where = check.yaml.whereIs(path);
  const param = Object.hasOwn(method.params, parameter) ? method.params[parameter] : undefined;
  if (param === undefined) reportUnknown(path, use, [...Object.keys(method.params), "layer_groups"], check);
  else if (param.kind !== "number")
    check.problems.push(searchErrors.not_searchable({ where, method: keys.merge_method, parameter }));
  else if (param.range !== undefined && (low < param.range[0] || high > param.range[1])) {
    const { range } = param;
    check.problems.push(
      searchErrors.outside_method_range({ where, method: keys.merge_method, parameter, low, high, range }),
    );
  }
}

/** A merge whose inputs are to be checked. */
export interface MergeUse extends MergeInputs {
  readonly method: SearchMethod;
  readonly name: string;
  /** Of the mapping that names the method. */
  readonly path: KeyPath;
}

/** Checks that a method gets a base where it needs one, and as many models as it takes. */
export function checkMergeInputs({ method, name, path, models, baseModel }: MergeUse, check: FileCheck): void {
  const { yaml, problems } = check;
  if (method.base === "required" && baseModel === undefined) {
    problems.push(searchErrors.base_missing({ where: yaml.whereIs([...path, "merge_method"]), method: name }));
    return;
  }
  const count = models.length + (baseModel === undefined ? 0 : 1);
  const [fewest, most] = method.arity;
  if (count >= fewest && count <= most) return;
  const where = yaml.whereIs([...path, "models"]);
  problems.push(searchErrors.wrong_model_count({ where, method: name, count, fewest, most }));
}
