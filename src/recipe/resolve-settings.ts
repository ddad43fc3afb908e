/** Finds the value of every parameter of a method for one output tensor, scope by scope. */

import type { AnyMethod, Param } from "../methods/method.ts";
import { evaluateFlag, evaluateNumber, selectGradient } from "./evaluate-setting.ts";
import type { Gradient, ParameterMap } from "./recipe.ts";
import type { Place, Report } from "./report.ts";

/** One model's part of an output tensor. */
export interface SettingInput {
  /** As the user wrote it. */
  readonly model: string;
  /** The model's own name of the tensor, which filters see. */
  readonly tensor: string;
  readonly parameters: ParameterMap;
  readonly place: Place;
}

/** What parameters depend on. */
export interface SettingScope {
  readonly method: AnyMethod;
  /** Slice, module and recipe, in the order in which they are asked after the model's own. */
  readonly shared: readonly ParameterMap[];
  /** Name of the output tensor. */
  readonly tensor: string;
  /** Place in the slice's layers, from 0 to 1. */
  readonly t: number;
  readonly report: Report;
}

type Value = number | boolean | null;

/**
 * Resolves a method's settings for one tensor, noting what is missing or wrong.
 *
 * @param inputs - the models that the method merges, a base that it keeps apart not among them.
 * @returns as `Method.begin` takes them; worthless if something was noted.
 */
export function resolveSettings(scope: SettingScope, inputs: readonly SettingInput[]): Record<string, unknown> {
  const entries = Object.entries(scope.method.params).map(([name, param]): [string, unknown] => {
    if (param.per === "model") return [name, inputs.map((input) => resolve(scope, name, param, input))];
    return [name, resolve(scope, name, param, undefined)];
  });
  return Object.fromEntries(entries);
}

function resolve(scope: SettingScope, name: string, param: Param, input: SettingInput | undefined): Value {
  const maps = input === undefined ? scope.shared : [input.parameters, ...scope.shared];
  const tensor = input?.tensor ?? scope.tensor;
  for (const map of maps) {
    const setting = map.get(name);
    if (setting === undefined) continue;
    if (setting.value === undefined) return null;
    const gradient = selectGradient(setting.value, tensor);
    if (gradient !== undefined) return evaluate(scope, { name, param, gradient, tensor, place: setting.place });
  }
  if (param.default === undefined) noteMissing(scope, name, maps, input);
  return param.default ?? null;
}

interface Found {
  readonly name: string;
  readonly param: Param;
  readonly gradient: Gradient;
  readonly tensor: string;
  readonly place: Place;
}

function evaluate({ t, report }: SettingScope, { name, param, gradient, tensor, place }: Found): Value {
  const wrong = (expected: string, found: unknown): Value => {
    report.error("parameter_type", place, { name, expected, found: JSON.stringify(found), tensor });
    return null;
  };
  if (param.kind === "flag") return evaluateFlag(gradient, t) ?? wrong("true or false", gradient);
  const value = evaluateNumber(gradient, t);
  if (!Number.isFinite(value)) return wrong("a number", gradient);
  if (param.whole && !Number.isInteger(value)) return wrong("a whole number", value);
  const [min, max] = param.range;
  if (value < min || value > max)
    report.error("parameter_out_of_range", place, { name, found: value, min, max, tensor });
  return value;
}

/** A parameter that stands nowhere at all is noted by `checkParameters`, before any model is opened. */
function noteMissing(
  { method, tensor, report }: SettingScope,
  name: string,
  maps: readonly ParameterMap[],
  input: SettingInput | undefined,
): void {
  const given = maps.map((map) => map.get(name)).find((setting) => setting !== undefined);
  if (given === undefined) return;
  const details = {
    method: method.name,
    name,
    model: input?.model,
    tensor: input?.tensor ?? tensor,
    misspelt: undefined,
  };
  report.error("missing_parameter", given.place, details);
}
