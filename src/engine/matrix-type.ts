import type { Model } from "../model/model.ts";
import { type Dtype, kindOf } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { engineErrors } from "./errors.ts";

/**
 * How an engine holds weights: as float32, or matrices as the 16-bit floats that are stored, which are widened whenever
 * they are used. Both compute the same.
 */
export type WeightForm = (typeof WEIGHT_FORMS)[number];

/** All forms. */
export const WEIGHT_FORMS = ["float32", "stored"] as const;

/** How matrices are held in memory: as float32, or as the 16-bit floats that are stored. Vectors are float32 always. */
export type MatrixType = "F32" | "BF16" | "F16";

/**
 * Returns the one 16-bit type of all of a model's matrices.
 *
 * @throws engine/not_16_bit if there are others
 */
export function storedMatrixType(model: Model): Exclude<MatrixType, "F32"> {
  const only = only16Bit(model);
  if (only === undefined) throw engineErrors.not_16_bit({ model: model.name, got: [...matrixTypes(model)] });
  return only;
}

function only16Bit(model: Model): Exclude<MatrixType, "F32"> | undefined {
  const [only, ...others] = matrixTypes(model);
  return others.length === 0 && (only === "BF16" || only === "F16") ? only : undefined;
}

function matrixTypes(model: Model): ReadonlySet<Dtype> {
  const found = new Set<Dtype>();
  for (const { dtype, shape } of model.tensors.values())
    if (shape.length > 1 && kindOf(dtype) === "float") found.add(dtype);
  return found;
}

/** Returns the bytes that a model's weights take in memory; undefined if they cannot be held in the form. */
export function formBytes(model: Model, form: WeightForm): number | undefined {
  const isStored = form === "stored";
  if (isStored && only16Bit(model) === undefined) return undefined;
  let bytes = 0;
  for (const { shape } of model.tensors.values()) bytes += (isStored && shape.length > 1 ? 2 : 4) * elementCount(shape);
  return bytes;
}
