/** Memory for the kinds of modules that models are made of. */

import type { Tensor } from "onnxruntime-node";
import type { DecoderShape } from "./decoder-shape.ts";
import type { Tensors } from "./runtime.ts";
import type { WeightLayout } from "./weight-layout.ts";
import type { StoredWeight, WeightMemory } from "./weight-memory.ts";

/** Takes a norm of C channels, with a bias if the block's norms have one; nothing where there is no such module. */
export function takeNorm(
  memory: WeightMemory,
  { width: C, block }: Pick<DecoderShape, "width" | "block">,
  module: string | undefined,
  name: string,
): Tensors {
  if (module === undefined) return {};
  const { hasBias, offset } = block.norm;
  const layout = { rows: C, columns: 1, added: offset };
  const weight: StoredWeight = { name: `${module}.weight`, shape: [C] };
  return {
    [name]: memory.take([offset === 0 ? weight : { ...weight, layout }], [C]),
    ...(hasBias ? { [`${name}_bias`]: takeBias(memory, module, C) } : {}),
  };
}

/** Takes a module's bias as it is stored. */
export function takeBias(memory: WeightMemory, module: string, length: number): Tensor {
  return memory.take([{ name: `${module}.bias`, shape: [length] }], [length]);
}

/** Sizes of a linear map, and the places of its outputs and inputs in memory, if they are not the stored ones. */
export interface LinearPlan {
  readonly module: string;
  /** As stored. */
  readonly out: number;
  /** As stored. */
  readonly inner: number;
  /** Outputs in memory. @default out */
  readonly rows?: number;
  readonly rowPlaces?: readonly number[];
  /** Inputs in memory. @default inner */
  readonly columns?: number;
  readonly columnPlaces?: readonly number[];
}

/** Describes the matrix of a linear map. @param isTransposed - whether it is stored as [in, out]. */
export function linearWeight(plan: LinearPlan, isTransposed: boolean): StoredWeight {
  const { module, out, inner, rows = out, columns = inner, rowPlaces, columnPlaces } = plan;
  const layout: WeightLayout = {
    rows,
    columns,
    isTransposed,
    ...places("rowPlaces", rowPlaces, rows),
    ...places("columnPlaces", columnPlaces, columns),
  };
  const isAsStored = !isTransposed && layout.rowPlaces === undefined && layout.columnPlaces === undefined;
  const stored: StoredWeight = { name: `${module}.weight`, shape: isTransposed ? [inner, out] : [out, inner] };
  return isAsStored ? stored : { ...stored, layout };
}

/** Describes the bias of a linear map. */
export function linearBias({ module, out, rows = out, rowPlaces }: LinearPlan): StoredWeight {
  const moved = places("rowPlaces", rowPlaces, rows);
  const stored: StoredWeight = { name: `${module}.bias`, shape: [out] };
  return moved.rowPlaces === undefined ? stored : { ...stored, layout: { rows, columns: 1, ...moved } };
}

/** Leaves out places that are the stored ones: such tensors are read straight into memory. */
function places<K extends "rowPlaces" | "columnPlaces">(
  key: K,
  found: readonly number[] | undefined,
  size: number,
): { readonly [key in K]?: Int32Array } {
  const isSame = found === undefined || (found.length === size && found.every((place, i) => place === i));
  return isSame ? {} : ({ [key]: Int32Array.from(found) } as { readonly [key in K]?: Int32Array });
}
