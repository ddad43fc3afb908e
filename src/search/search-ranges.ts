import { searchErrors } from "./errors.ts";
import type { FileCheck } from "./file-check.ts";
import type { KeyPath } from "./located-yaml.ts";
import type { SearchMethod, SearchModel, SearchRange } from "./search.ts";
import type { SearchedKeys } from "./space-keys.ts";

/** Searched parameters of one method. */
export interface SearchedParameters {
  readonly given: { readonly [parameter: string]: SearchedKeys };
  /** Of the mapping that has them. */
  readonly path: KeyPath;
  /** Undefined where there is no such method. */
  readonly method: SearchMethod | undefined;
  readonly models: readonly SearchModel[];
  /** Whether the two models of a merge may be chosen by their numbers. */
  readonly mayChoosePair: boolean;
}

/** Reads what is searched of a method. Whether the method has such parameters is checked elsewhere. */
export function toRanges(searched: SearchedParameters, check: FileCheck): readonly SearchRange[] {
  return Object.entries(searched.given).map(([parameter, keys]) => {
    const range = toRange(parameter, keys, searched);
    const problem = misuse(range, searched);
    const where = check.yaml.whereIs([...searched.path, parameter]);
    const { low, high, start } = range;
    if (problem !== undefined) check.problems.push(searchErrors.bad_range({ where, parameter, problem }));
    else if (!(low < high)) check.problems.push(searchErrors.empty_range({ where, parameter, low, high }));
    else if (start < low || start > high)
      check.problems.push(searchErrors.start_outside({ where, parameter, low, high, start }));
    return range;
  });
}

/** The range of a parameter of which nothing is said. */
export const UNIT_RANGE = { low: 0, high: 1, start: 0.5 } as const;

function toRange(parameter: string, keys: SearchedKeys, { method }: SearchedParameters): SearchRange {
  const param = method?.params[parameter];
  const perModel = param?.per === "model";
  if (Array.isArray(keys)) return { parameter, perModel, ...UNIT_RANGE, kind: "flag" };
  if ("beta" in keys) return { parameter, perModel: true, ...UNIT_RANGE, beta: keys.beta };
  const { low, high, start = (low + high) / 2, off, softmax, shared } = keys;
  return {
    ...{ parameter, perModel: softmax === true || (perModel && shared !== true), low, high, start },
    ...(off === undefined ? {} : { off }),
    ...(softmax === true ? { softmax } : {}),
    ...(shared === true ? { shared } : {}),
    ...(param?.whole === true ? { kind: "whole" as const } : {}),
  };
}

/** What a range asks for that its parameter, or the models, cannot give. */
function misuse(range: SearchRange, { method, models, mayChoosePair }: SearchedParameters): string | undefined {
  const param = method?.params[range.parameter];
  if (param === undefined) return undefined;
  const { beta, softmax, shared, off } = range;
  const isOwn = param.per === "model";
  if (beta !== undefined && !isOwn) return "has beta, and the models do not have one each";
  if (beta !== undefined && models.length !== 2)
    return `has beta, which two models share, and there ${models.length === 1 ? "is 1" : `are ${models.length}`}`;
  if (softmax === true && !isOwn && !mayChoosePair) return "has softmax, and the models do not have one each";
  if (softmax === true && shared === true) return "has both softmax and shared; models have shares, or one number";
  if (softmax === true && off !== undefined) return "has both softmax and off; a share cannot be switched off";
  return undefined;
}
