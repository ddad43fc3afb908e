import type { Model } from "../model/model.ts";
import { type Dtype, kindOf } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { CodeBits } from "./block-quantisation.ts";
import { engineErrors } from "./errors.ts";

/**
 * How an engine holds weights: as float32, or matrices as the 16-bit floats that are stored, which are widened whenever
 * they are used; both compute the same. Or the matrices of linear maps in 8 or 4 bits, which computes something else: a
 * cheaper first look.
 */
export type WeightForm = (typeof WEIGHT_FORMS)[number];

/** All forms. */
export const WEIGHT_FORMS = ["float32", "stored", "int8", "int4"] as const;

/** Forms that round. */
export type QuantisedForm = "int8" | "int4";

/** Bits of a code. */
export const FORM_BITS: Readonly<Record<QuantisedForm, CodeBits>> = { int8: 8, int4: 4 };

/** Whether a form or type rounds weights. */
export function isQuantised(form: string | undefined): form is QuantisedForm {
  return form !== undefined && Object.hasOwn(FORM_BITS, form);
}

/** The floats of 16 bits. */
export type HalfType = "BF16" | "F16";

/**
 * How matrices are held in memory: as float32, as the 16-bit floats that are stored, or those of linear maps in few bits
 * and the others as float32. Vectors are float32 always.
 */
export type MatrixType = "F32" | HalfType | QuantisedForm;

/** Whether matrices of a type are 16-bit floats. */
export function isHalf(type: MatrixType): type is HalfType {
  return type === "BF16" || type === "F16";
}

/** Returns how a model's matrices are held in a form. @throws engine/not_16_bit where they cannot be */
export function matrixTypeOf(model: Model, form: WeightForm): MatrixType {
  if (form === "stored") return storedMatrixType(model);
  return form === "float32" ? "F32" : form;
}

/**
 * Returns the one 16-bit type of all of a model's matrices.
 *
 * @throws engine/not_16_bit if there are others
 */
function storedMatrixType(model: Model): HalfType {
  const only = only16Bit(model);
  if (only === undefined) throw engineErrors.not_16_bit({ model: model.name, got: [...matrixTypes(model)] });
  return only;
}

/** Returns the form with the least memory that does not round. */
export function exactForm(model: Model): "stored" | "float32" {
  return only16Bit(model) === undefined ? "float32" : "stored";
}

function only16Bit(model: Model): HalfType | undefined {
  const [only, ...others] = matrixTypes(model);
  return others.length === 0 && (only === "BF16" || only === "F16") ? only : undefined;
}

function matrixTypes(model: Model): ReadonlySet<Dtype> {
  const found = new Set<Dtype>();
  for (const { dtype, shape } of model.tensors.values())
    if (shape.length > 1 && kindOf(dtype) === "float") found.add(dtype);
  return found;
}

/**
 * Returns the bytes that a model's weights take in memory; undefined if they cannot be held in the form. Of forms that
 * round, no less than they take with the runtime's copies and the exact weights that they are compared with: as float32,
 * and the largest tensor, which is the embedding or as large as it, once more.
 */
export function formBytes(model: Model, form: WeightForm): number | undefined {
  const isStored = form === "stored";
  if (isStored && only16Bit(model) === undefined) return undefined;
  let [bytes, largest] = [0, 0];
  for (const { shape } of model.tensors.values()) {
    const own = (isStored && shape.length > 1 ? 2 : 4) * elementCount(shape);
    bytes += own;
    largest = Math.max(largest, own);
  }
  return isQuantised(form) ? bytes + largest : bytes;
}
