/** Reads the tensors that an adapter changes. */

import { widen } from "../../kernels/plain/widen.ts";
import { byteLength, isComputeDtype } from "../../tensor/dtype.ts";
import { elementCount, formatShape } from "../../tensor/shape.ts";
import { modelErrors } from "../errors.ts";
import type { Model, TensorInfo } from "../model.ts";
import type { AdapterConfig } from "./adapter-config.ts";
import type { AdapterPart, AdapterParts } from "./adapter-parts.ts";
import { transpose } from "./adapter-product.ts";
import type { BaseNames } from "./base-names.ts";
import { type ChangedMatrix, createMatrixReader, type TensorReader } from "./matrix-reader.ts";

/** What readers are made of. */
export interface AdapterOnBase {
  readonly base: Model;
  readonly adapter: Model;
  readonly parts: AdapterParts;
  readonly names: BaseNames;
  readonly config: AdapterConfig;
  /** The adapter's folder, for errors. */
  readonly folder: string;
}

/** Heads that a checkpoint leaves out when they are its embeddings again; an adapter may bring one. */
export const HEADS: readonly string[] = ["lm_head.weight", "embed_out.weight"];

/**
 * Makes a reader for each tensor that the adapter changes.
 *
 * @returns by the base's name.
 * @throws model/adapter_target, adapter_fit
 */
export function createAdapterReaders(context: AdapterOnBase): ReadonlyMap<string, TensorReader> {
  const { parts } = context;
  const readers = new Map<string, TensorReader>();
  for (const [name, stored] of parts.replaced) {
    const reader = replacedReader(context, name, stored);
    readers.set(reader.info.name, reader);
  }
  for (const [module, part] of parts.modules) {
    for (const reader of moduleReaders(context, readers, module, part)) readers.set(reader.info.name, reader);
  }
  return readers;
}

/** A tensor of the adapter in the place of one of the base, in that one's type. */
function replacedReader({ base, adapter, names }: AdapterOnBase, name: string, stored: string): TensorReader {
  const own = adapter.tensors.get(stored)!;
  const isNew = HEADS.includes(name) && !base.tensors.has(name);
  const target = isNew ? name : names.find(name);
  const dtype = base.tensors.get(target)?.dtype ?? own.dtype;
  const info: TensorInfo = { name: target, dtype, shape: own.shape };
  const read = (startByte: number, into: Uint8Array): void => adapter.read(stored, startByte, into);
  if (dtype === own.dtype || !isComputeDtype(dtype)) return { info: { ...info, dtype: own.dtype }, read };
  return createMatrixReader({ info: own, read }, { info: { ...info, dtype }, open: () => undefined });
}

function moduleReaders(
  context: AdapterOnBase,
  replaced: ReadonlyMap<string, TensorReader>,
  module: string,
  part: AdapterPart,
): TensorReader[] {
  const { base, names } = context;
  const sourceOf = (name: string): TensorReader => {
    const target = names.find(name);
    const read = (startByte: number, into: Uint8Array): void => base.read(target, startByte, into);
    return replaced.get(target) ?? { info: base.tensors.get(target)!, read };
  };
  const weight = sourceOf(`${module}.weight`);
  requireFloats(context, weight.info);
  const readers = [
    createMatrixReader(weight, { info: weight.info, open: openMatrix(context, weight.info, module, part) }),
  ];
  if (part.bias !== undefined) {
    const bias = sourceOf(`${module}.bias`);
    requireFloats(context, bias.info);
    readers.push(createMatrixReader(bias, { info: bias.info, open: openBias(context, bias.info, module, part.bias) }));
  }
  return readers;
}

function requireFloats(context: AdapterOnBase, info: TensorInfo): void {
  if (!isComputeDtype(info.dtype)) misfit(context, info, `nothing can be added to elements of type ${info.dtype}`);
}

/** Checks what is added to a matrix against it. @returns what reads the adapter's factors when they are needed. */
function openMatrix(context: AdapterOnBase, info: TensorInfo, module: string, part: AdapterPart): () => ChangedMatrix {
  const { adapter, config } = context;
  const [a, b] = [adapter.tensors.get(part.a)!, adapter.tensors.get(part.b)!];
  const { rank, scale } = config.scaleOf(module);
  if (a.shape[0] !== rank || b.shape[1] !== rank)
    misfit(
      context,
      info,
      `${formatShape(a.shape)} and ${formatShape(b.shape)} are not of rank ${rank}, as its settings say`,
    );
  const [inputs, outputs] = [elementCount(a.shape) / rank, elementCount(b.shape) / rank];
  const rows = info.shape[0] ?? 0;
  const columns = elementCount(info.shape.slice(1));
  const fits = { straight: outputs === rows && inputs === columns, turned: inputs === rows && outputs === columns };
  const isTurned = part.isEmbedding || !fits.straight || (config.isTransposed && fits.turned);
  if (!fits[isTurned ? "turned" : "straight"] || (part.isEmbedding && info.shape.length !== 2))
    misfit(
      context,
      info,
      `a product of ${formatShape(b.shape)} and ${formatShape(a.shape)} is not ${formatShape(info.shape)}`,
    );
  const magnitude = checkMagnitude(context, info, part, outputs);
  return () => {
    const [down, up] = [readFloats(adapter, part.a), readFloats(adapter, part.b)];
    return {
      rows,
      columns,
      rank,
      scale,
      left: isTurned ? transpose(down, rank, inputs) : up,
      right: isTurned ? transpose(up, outputs, rank) : down,
      ...(magnitude === undefined ? {} : { magnitude: readFloats(adapter, magnitude), isPerColumn: isTurned }),
    };
  };
}

function checkMagnitude(
  context: AdapterOnBase,
  info: TensorInfo,
  { magnitude }: AdapterPart,
  outputs: number,
): string | undefined {
  if (!context.config.usesDora && magnitude === undefined) return undefined;
  if (magnitude === undefined || !context.config.usesDora)
    misfit(context, info, '"use_dora" and the tensors of magnitudes do not go together');
  if (elementCount(context.adapter.tensors.get(magnitude)!.shape) !== outputs || info.shape.length !== 2)
    misfit(context, info, "DoRA is supported for matrices with one magnitude for each output");
  return magnitude;
}

function openBias(context: AdapterOnBase, info: TensorInfo, module: string, bias: string): () => ChangedMatrix {
  const count = elementCount(context.adapter.tensors.get(bias)!.shape);
  if (elementCount(info.shape) !== count)
    misfit(context, info, `a bias of ${count} elements is not ${formatShape(info.shape)}`);
  const { scale } = context.config.scaleOf(module);
  return () => {
    return {
      rows: count,
      columns: 1,
      rank: 1,
      scale,
      left: readFloats(context.adapter, bias),
      right: Float32Array.of(1),
    };
  };
}

function misfit({ folder, base }: AdapterOnBase, { name }: TensorInfo, why: string): never {
  throw modelErrors.adapter_fit({ adapter: folder, model: base.name, tensor: name, why });
}

/** Reads a tensor of the adapter whole; factors are small. */
function readFloats(model: Model, name: string): Float32Array {
  const { dtype, shape } = model.tensors.get(name)!;
  const floats = new Float32Array(elementCount(shape));
  const bytes = new Uint8Array(byteLength(dtype, floats.length));
  model.read(name, 0, bytes);
  widen(dtype, bytes, floats);
  return floats;
}
