import type { Model, TensorInfo } from "../../model/model.ts";
import { bitsOf, kindOf } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";
import { selectErrors } from "../errors.ts";
import { groupOf, type TensorGroup } from "../tensor-group.ts";

/** A tensor that models are compared by. */
export interface ComparedTensor {
  readonly name: string;
  readonly group: TensorGroup;
  /** Elements that are compared: rows that the base does not have are left out. */
  readonly elements: number;
  /** Indices of the models that have it, ascending. */
  readonly models: readonly number[];
  /** For each of them, elements that it has; the rest counts as unchanged. */
  readonly available: readonly number[];
}

/** A tensor that some models are not compared by. */
export interface LeftOut {
  readonly tensor: string;
  readonly models: readonly string[];
  readonly why: "not in the base" | "another shape" | "not floating point" | "in one model only";
}

/** Part of a tensor, the unit of work of a thread. */
export interface Piece {
  /** Index into `Comparison.tensors`. */
  readonly tensor: number;
  readonly name: string;
  readonly start: number;
  readonly length: number;
  readonly models: readonly number[];
  /** Of each model, how many elements of the whole tensor it has. */
  readonly available: readonly number[];
  /** Whether changes are rounded to eight bits first: to 127ths of the largest in the piece, which is read twice. */
  readonly isRounded: boolean;
}

/** What is compared. */
export interface Comparison {
  readonly tensors: readonly ComparedTensor[];
  /** In the order in which their results are added up. */
  readonly pieces: readonly Piece[];
  readonly leftOut: readonly LeftOut[];
}

/** Models to compare, and what they are compared against. */
export interface Pool {
  readonly models: readonly Model[];
  /** Undefined: against the mean of the models. */
  readonly base: Model | undefined;
}

/** Elements of a piece: large enough that starting one costs nothing, small enough to share out a large embedding. */
const PIECE_ELEMENTS = 2 ** 21;

/** Results of a piece hold a number for every pair. The largest published pool has 152 models. */
export const MAX_MODELS = 512;

/**
 * Decides by which tensors models are compared: those of floating-point numbers that the base has with the same inner
 * shape. Vocabularies may differ: rows beyond the base's are cut, rows that a model lacks count as unchanged. Without a
 * base, rows beyond the smallest vocabulary are cut, and the first model that has a tensor says its shape.
 *
 * @param isRounded - as pieces have it; then each tensor is one piece.
 * @throws select/nothing_to_compare, select/too_many_models
 */
export function planComparison({ models, base }: Pool, isRounded = false): Comparison {
  if (models.length > MAX_MODELS) throw selectErrors.too_many_models({ count: models.length, limit: MAX_MODELS });
  const leftOut: LeftOut[] = [];
  const names = new Set(
    [...(base === undefined ? [] : [base]), ...models].flatMap((model) => [...model.tensors.keys()]),
  );
  const tensors = [...names].flatMap((name) => compareBy(name, { models, base }, leftOut) ?? []);
  if (tensors.length === 0) throw selectErrors.nothing_to_compare({ models: models.map((model) => model.name) });
  return { tensors, pieces: tensors.flatMap((tensor, i) => cutTensor(tensor, i, isRounded)), leftOut };
}

function compareBy(name: string, { models, base }: Pool, leftOut: LeftOut[]): ComparedTensor | undefined {
  const owners = [...models.keys()].filter((m) => models[m]!.tensors.has(name));
  const leave = (which: readonly number[], why: LeftOut["why"]): void => {
    if (which.length > 0) leftOut.push({ tensor: name, models: which.map((m) => models[m]!.name), why });
  };
  const infoOf = (m: number): TensorInfo => models[m]!.tensors.get(name)!;
  const reference =
    base === undefined ? (owners[0] === undefined ? undefined : infoOf(owners[0])) : base.tensors.get(name);
  if (reference === undefined) {
    leave(owners, "not in the base");
    return undefined;
  }
  const readable = owners.filter((m) => isReadable(infoOf(m)) && isReadable(reference));
  leave(
    owners.filter((m) => !readable.includes(m)),
    "not floating point",
  );
  const fitting = readable.filter((m) => isSameBeyondRows(infoOf(m), reference));
  leave(
    readable.filter((m) => !fitting.includes(m)),
    "another shape",
  );
  if (fitting.length === 0) return undefined;
  if (base === undefined && fitting.length === 1 && models.length > 1) {
    leave(fitting, "in one model only");
    return undefined;
  }
  const counts = fitting.map((m) => elementCount(infoOf(m).shape));
  const elements = base === undefined ? Math.min(...counts) : elementCount(reference.shape);
  return {
    name,
    group: groupOf(name),
    elements,
    models: fitting,
    available: counts.map((count) => Math.min(count, elements)),
  };
}

/** Packed types hold several elements in a byte and have no kernel. */
function isReadable({ dtype }: TensorInfo): boolean {
  return kindOf(dtype) === "float" && bitsOf(dtype) >= 8;
}

function isSameBeyondRows(a: TensorInfo, b: TensorInfo): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, axis) => axis === 0 || size === b.shape[axis]);
}

function cutTensor({ name, elements, models, available }: ComparedTensor, tensor: number, isRounded: boolean): Piece[] {
  const most = isRounded ? Math.max(1, elements) : PIECE_ELEMENTS;
  return Array.from({ length: Math.ceil(elements / most) }, (_, i) => {
    const start = i * most;
    return { tensor, name, start, length: Math.min(most, elements - start), models, available, isRounded };
  });
}
