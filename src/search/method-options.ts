import { searchErrors } from "./errors.ts";
import type { FileCheck } from "./file-check.ts";
import type { KeyPath } from "./located-yaml.ts";
import { checkMergeInputs, checkParameters, methodAt } from "./method-checks.ts";
import type { MergeInputs, MethodOption, SearchMethod, SearchRange } from "./search.ts";
import { toRanges, UNIT_RANGE } from "./search-ranges.ts";
import type { MethodSpaceKeys, SearchedKeys } from "./space-keys.ts";

/** What a file says of one method. */
interface GivenMethod {
  readonly name: string;
  readonly fixed: MethodOption["parameters"];
  readonly searched: { readonly [parameter: string]: SearchedKeys };
  readonly path: KeyPath;
}

/** Reads the methods that a search chooses from. Numbers that a method needs and that are not mentioned go from 0 to 1. */
export function toMethodOptions(
  { methods }: MethodSpaceKeys,
  inputs: MergeInputs,
  check: FileCheck,
): readonly MethodOption[] {
  const path = ["space", "methods"];
  const given: readonly GivenMethod[] = Array.isArray(methods)
    ? methods.map((name, i) => ({ name, fixed: {}, searched: {}, path: [...path, i] }))
    : Object.entries(methods).map(([name, { parameters, ...searched }]) => ({
        ...{ name, fixed: parameters, path: [...path, name] },
        searched: searched as GivenMethod["searched"],
      }));
  if (given.length < 2) {
    const got = given[0]?.name ?? "none";
    const where = check.yaml.whereIs(path);
    check.problems.push(searchErrors.bad_value({ where, key: "space.methods", got, expected: "two methods or more" }));
  }
  for (const [i, { name, path: place }] of given.entries())
    if (given.findIndex((other) => other.name === name) < i)
      check.problems.push(searchErrors.same_name({ where: check.yaml.whereIs(place), what: "methods", name }));
  return given.flatMap((one) => {
    const method = methodAt(one.path, one.name, check);
    return method === undefined ? [] : [toOption(one, method, inputs, check)];
  });
}

function toOption(given: GivenMethod, method: SearchMethod, inputs: MergeInputs, check: FileCheck): MethodOption {
  const { name, fixed, searched, path } = given;
  const mayChoosePair = isPairMethod(method);
  const own = toRanges({ given: searched, path, method, models: inputs.models, mayChoosePair }, check);
  const ranges = [...own, ...neededRanges(given, method, inputs)];
  const places = { method: path, fixed: [...path, "parameters"], ranges: path };
  checkParameters({ name, method, fixed, ranges, isSearched: false, places }, check);
  const pair = mayChoosePair ? ranges.find(({ softmax }) => softmax === true)?.parameter : undefined;
  const merge = { mergeMethod: name, parameters: fixed, ranges };
  if (pair !== undefined && inputs.models.length > 1)
    return { ...merge, models: inputs.models, baseModel: undefined, pair };
  const taken = inputsOf(method, inputs);
  const number = ranges.find(({ perModel }) => !perModel)?.parameter;
  const hint = mayChoosePair && number !== undefined ? `; with "softmax: true" for ${number}, two are chosen` : "";
  checkMergeInputs({ ...taken, method, name, places: { method: path, models: ["models"] }, hint }, check);
  return { ...merge, ...taken };
}

/** Whether it merges two models, from the one to the other. */
function isPairMethod({ base, arity }: SearchMethod): boolean {
  return base === "required" && arity[0] === 2 && arity[1] === 2;
}

/** Of more than two models, the pair is chosen. */
function neededRanges(
  { fixed, searched }: GivenMethod,
  method: SearchMethod,
  { models }: MergeInputs,
): readonly SearchRange[] {
  const isChosen = isPairMethod(method) && models.length > 2;
  return Object.entries(method.params).flatMap(([parameter, { kind, per, default: fallback }]) => {
    if (kind !== "number" || fallback !== undefined) return [];
    if (Object.hasOwn(fixed, parameter) || Object.hasOwn(searched, parameter)) return [];
    const range = { parameter, perModel: isChosen || per === "model", ...UNIT_RANGE };
    return [isChosen ? { ...range, softmax: true } : range];
  });
}

/** A method of two models that gets two takes the first one as its base. */
function inputsOf(
  method: SearchMethod,
  { models, baseModel }: MergeInputs,
): Pick<MethodOption, "models" | "baseModel"> {
  if (method.base === "ordinary") return { models, baseModel: undefined };
  const isPair = isPairMethod(method) && models.length === 2;
  return isPair ? { models: models.slice(1), baseModel: models[0] } : { models, baseModel };
}
