/** A model some of whose tensors are put together row by row from other models: how vocabularies are aligned. */

import { invariant } from "../base/errors.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { byteLength, type ComputeDtype } from "../tensor/dtype.ts";
import { elementCount, type Shape } from "../tensor/shape.ts";
import type { Model, TensorInfo } from "./model.ts";
import { readFloatRange } from "./read-floats.ts";

/** What a row is made of where it is not a row of one tensor. */
export const ROW_KINDS = { zero: -1, average: -2, mean: -3 } as const;

/** A tensor that is gathered. Plain data: threads are told of it. */
export interface GatheredTensor {
  readonly name: string;
  /** What rows are cast to; the grid of averages. */
  readonly dtype: ComputeDtype;
  /** [rows, …]; all after the first axis as in the tensors of `from`. */
  readonly shape: Shape;
  /** Where rows come from: an index into the models, and the tensor's name there. */
  readonly from: readonly { readonly model: number; readonly tensor: string }[];
  /** [rows]; an index into `from`, or one of ROW_KINDS. */
  readonly rowSource: Int32Array;
  /** [rows]; the row there, or an index into `averages`. */
  readonly rowIndex: Int32Array;
  /** For each average, its rows as [index into `from`, row], summed in this order. */
  readonly averages: readonly (readonly (readonly [number, number])[])[];
}

/** What a gathered model consists of. */
export interface GatheredParts {
  /** Gives everything that is not gathered. */
  readonly own: Model;
  /** What rows are taken from, `own` usually among them. They stay the caller's. */
  readonly models: readonly Model[];
  readonly tensors: readonly GatheredTensor[];
  /** Changes whenever `tensors` do. */
  readonly key: string;
}

/** A conversion passes through this much memory at a time. */
const CHUNK_ELEMENTS = 2 ** 18;

/** Opens a model whose gathered tensors stand beside, or in place of, those of its own. */
export function openGatheredModel({ own, models, tensors, key }: GatheredParts): Model {
  const gathered = new Map(tensors.map((tensor) => [tensor.name, createRowReader(tensor, models)]));
  const infos = tensors.map(({ name, dtype, shape }): [string, TensorInfo] => [name, { name, dtype, shape }]);
  return {
    ...own,
    tensors: new Map([...own.tensors, ...infos]),
    read(name, startByte, into) {
      const reader = gathered.get(name);
      if (reader === undefined) own.read(name, startByte, into);
      else reader.read(startByte, into);
    },
    identity: () => [key, ...new Set(models.map((model) => model.identity())), own.identity()].join(" "),
    [Symbol.dispose]() {},
  };
}

interface RowReader {
  read(startByte: number, into: Uint8Array): void;
}

function createRowReader(tensor: GatheredTensor, models: readonly Model[]): RowReader {
  const { dtype, shape, rowSource, rowIndex } = tensor;
  const width = elementCount(shape.slice(1));
  const elementBytes = byteLength(dtype, 1);
  const computed = createComputedRows(tensor, models, width);

  const readRun = (row: number, column: number, elements: number, into: Uint8Array): void => {
    const source = rowSource[row]!;
    if (source === ROW_KINDS.zero) into.fill(0);
    else if (source < 0) {
      const begin = column * elementBytes;
      into.set(computed.bytesOf(row).subarray(begin, begin + into.length));
    } else computed.readCast(source, rowIndex[row]! * width + column, elements, into);
  };

  return {
    read(startByte, into) {
      invariant(startByte % elementBytes === 0, "gathered tensors are read by whole elements");
      const end = (startByte + into.length) / elementBytes;
      for (let at = startByte / elementBytes; at < end; ) {
        const row = Math.floor(at / width);
        const column = at - row * width;
        const elements = Math.min(end - at, runLength(tensor, row) * width - column);
        const offset = at * elementBytes - startByte;
        readRun(row, column, elements, into.subarray(offset, offset + elements * elementBytes));
        at += elements;
      }
    },
  };
}

/** How many rows from this one on lie beside each other in one source. */
function runLength({ rowSource, rowIndex }: GatheredTensor, row: number): number {
  const source = rowSource[row]!;
  if (source < 0) return 1;
  let length = 1;
  while (rowSource[row + length] === source && rowIndex[row + length] === rowIndex[row]! + length) length++;
  return length;
}

interface ComputedRows {
  /** Bytes of a row that is an average or a mean. */
  bytesOf(row: number): Uint8Array;
  /** Reads elements of a source, cast to the tensor's type. */
  readCast(source: number, start: number, elements: number, into: Uint8Array): void;
}

function createComputedRows(tensor: GatheredTensor, models: readonly Model[], width: number): ComputedRows {
  const { dtype, from, rowSource, rowIndex, averages } = tensor;
  let opened: Kernels | undefined;
  let last: { readonly row: number; readonly bytes: Uint8Array } | undefined;
  let mean: Uint8Array | undefined;
  const kernelsOf = (): Kernels => {
    opened ??= createPlainKernels(16 * Math.max(CHUNK_ELEMENTS, width) + 4096);
    return opened;
  };
  const placeOf = (source: number): { model: Model; name: string } => {
    const { model, tensor: name } = from[source]!;
    return { model: models[model]!, name };
  };
  const floatsOf = (source: number, row: number): Float32Array => {
    const values = new Float32Array(width);
    readFloatRange({ ...placeOf(source), start: row * width }, values, kernelsOf());
    kernelsOf().round(dtype, values);
    return values;
  };
  const average = (parts: readonly (readonly [number, number])[]): Float32Array => {
    const sum = new Float32Array(width);
    for (const [source, row] of parts) {
      const values = floatsOf(source, row);
      for (let i = 0; i < width; i++) sum[i]! += values[i]!;
      kernelsOf().round(dtype, sum);
    }
    for (let i = 0; i < width; i++) sum[i]! /= parts.length;
    kernelsOf().round(dtype, sum);
    return sum;
  };
  const rowFloats = (row: number): Float32Array => {
    const source = rowSource[row]!;
    if (source >= 0) return floatsOf(source, rowIndex[row]!);
    return source === ROW_KINDS.average ? average(averages[rowIndex[row]!]!) : new Float32Array(width);
  };
  const meanBytes = (): Uint8Array => {
    const sums = new Float64Array(width);
    const real = [...rowSource.keys()].filter((row) => rowSource[row] !== ROW_KINDS.mean);
    for (const row of real) {
      const values = rowFloats(row);
      for (let i = 0; i < width; i++) sums[i]! += values[i]!;
    }
    return narrowTo(
      kernelsOf(),
      dtype,
      Float32Array.from(sums, (sum) => sum / real.length),
    );
  };
  return {
    bytesOf(row) {
      if (rowSource[row] === ROW_KINDS.mean) {
        mean ??= meanBytes();
        return mean;
      }
      if (last?.row !== row) last = { row, bytes: narrowTo(kernelsOf(), dtype, rowFloats(row)) };
      return last.bytes;
    },
    readCast(source, start, elements, into) {
      const { model, name } = placeOf(source);
      if (model.tensors.get(name)!.dtype === dtype) return model.read(name, byteLength(dtype, start), into);
      for (let done = 0; done < elements; done += CHUNK_ELEMENTS) {
        const values = new Float32Array(Math.min(CHUNK_ELEMENTS, elements - done));
        readFloatRange({ model, name, start: start + done }, values, kernelsOf());
        into.set(narrowTo(kernelsOf(), dtype, values), byteLength(dtype, done));
      }
    },
  };
}

function narrowTo(kernels: Kernels, dtype: ComputeDtype, values: Float32Array): Uint8Array {
  const mark = kernels.mark();
  const work = kernels.floats(values.length);
  work.set(values);
  const out = kernels.bytes(byteLength(dtype, values.length));
  kernels.narrow(dtype, work, out);
  const bytes = out.slice();
  kernels.release(mark);
  return bytes;
}
