import type { Model } from "../model/model.ts";
import { type Dtype, kindOf } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { engineErrors } from "./errors.ts";

/**
 * How an engine holds weights: as float32, or matrices as the 16-bit floats that are stored, which are widened whenever
 * they are used. Both compute the same.
 */
export type WeightForm = "float32" | "stored";

/** How matrices are held in memory: as float32, or as the 16-bit floats that are stored. Vectors are float32 always. */
export type MatrixType = "F32" | "BF16" | "F16";

/**
 * Returns the one 16-bit type of all of a model's matrices.
 *
 * @throws engine/not_16_bit if there are others
 */
export function storedMatrixType(model: Model): Exclude<MatrixType, "F32"> {
  const found = new Set<Dtype>();
  for (const { dtype, shape } of model.tensors.values())
    if (shape.length > 1 && kindOf(dtype) === "float") found.add(dtype);
  const [only = "F32", ...others] = found;
  if (others.length === 0 && (only === "BF16" || only === "F16")) return only;
  throw engineErrors.not_16_bit({ model: model.name, got: [...found] });
}

/** Bytes that a model's weights take in memory. */
export function heldBytes(model: Model, matrices: MatrixType): number {
  let bytes = 0;
  for (const { shape } of model.tensors.values())
    bytes += (matrices === "F32" || shape.length < 2 ? 4 : 2) * elementCount(shape);
  return bytes;
}
