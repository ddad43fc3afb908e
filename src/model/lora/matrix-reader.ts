/** Reads parts of a matrix to which a product is added. */

import { narrow } from "../../kernels/plain/narrow.ts";
import { widen } from "../../kernels/plain/widen.ts";
import { byteLength, type ComputeDtype } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";
import type { TensorInfo } from "../model.ts";
import { type AdapterProduct, addProduct, lengthOf } from "./adapter-product.ts";

/** A tensor that may be read in part. */
export interface TensorReader {
  readonly info: TensorInfo;
  /** As `Model.read`. */
  read(startByte: number, into: Uint8Array): void;
  /** Lets go of memory that is held between reads. */
  release?(): void;
}

/** What becomes of a matrix. */
export interface ChangedMatrix extends AdapterProduct {
  /** Of DoRA: the length that each row, or each column, gets. */
  readonly magnitude?: Float32Array;
  readonly isPerColumn?: boolean;
}

/** How a tensor is read. */
export interface MatrixChange {
  /** As it is handed out. Its type is one that can be computed with. */
  readonly info: TensorInfo;
  /** Reads the adapter's factors. Undefined if only the type changes. */
  readonly open: () => ChangedMatrix | undefined;
}

/** Elements that are in memory as float32 at a time, where rows are not longer. */
const CHUNK_ELEMENTS = 2 ** 18;

/**
 * Makes a reader. Factors are kept while the same tensor is read, and let go by `release`.
 *
 * @param source - the tensor without the change, of the same number of elements.
 */
export function createMatrixReader(source: TensorReader, { info, open }: MatrixChange): TensorReader {
  let opened: OpenMatrix | undefined;
  const itemBytes = byteLength(info.dtype, 1);
  const readChunk = (first: number, end: number, skipBytes: number, into: Uint8Array): void => {
    const bytes = toBytes(readChanged(source, opened!, first, end), info.dtype as ComputeDtype);
    into.set(bytes.subarray(skipBytes).subarray(0, into.length));
  };
  return {
    info,
    read(startByte, into) {
      opened ??= openMatrix(source, open());
      const step = chunkOf(opened.matrix?.columns ?? 1);
      const endByte = startByte + into.length;
      for (let at = startByte; at < endByte; ) {
        const first = Math.floor(at / itemBytes);
        const end = Math.min(Math.ceil(endByte / itemBytes), (Math.floor(first / step) + 1) * step);
        const part = into.subarray(at - startByte, Math.min(endByte, end * itemBytes) - startByte);
        readChunk(first, end, at - first * itemBytes, part);
        at += part.length;
      }
    },
    release() {
      opened = undefined;
    },
  };
}

function toBytes(values: Float32Array, dtype: ComputeDtype): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytes = new Uint8Array(byteLength(dtype, values.length));
  narrow(dtype, values, bytes);
  return bytes;
}

/** Whole rows, at least one. */
function chunkOf(columns: number): number {
  return Math.max(1, Math.floor(CHUNK_ELEMENTS / columns)) * columns;
}

interface OpenMatrix {
  readonly matrix: ChangedMatrix | undefined;
  /** By what each column is multiplied, of DoRA on columns. */
  readonly columnFactors: Float32Array | undefined;
}

function openMatrix(source: TensorReader, matrix: ChangedMatrix | undefined): OpenMatrix {
  if (matrix?.magnitude === undefined || matrix.isPerColumn !== true) return { matrix, columnFactors: undefined };
  const squares = new Float64Array(matrix.columns);
  const rowsPerChunk = chunkOf(matrix.columns) / matrix.columns;
  for (let row = 0; row < matrix.rows; row += rowsPerChunk) {
    const to = Math.min(matrix.rows, row + rowsPerChunk);
    const values = addRows(source, matrix, row * matrix.columns, to * matrix.columns);
    for (let i = 0; i < values.length; i++) squares[i % matrix.columns]! += values[i]! ** 2;
  }
  const { magnitude } = matrix;
  return { matrix, columnFactors: Float32Array.from(squares, (sum, i) => magnitude[i]! / Math.fround(Math.sqrt(sum))) };
}

function readChanged(
  source: TensorReader,
  { matrix, columnFactors }: OpenMatrix,
  first: number,
  end: number,
): Float32Array {
  if (matrix === undefined) return readSource(source, first, end);
  if (matrix.magnitude === undefined) return addRows(source, matrix, first, end);
  const { columns } = matrix;
  if (columnFactors !== undefined) {
    const values = addRows(source, matrix, first, end);
    for (let i = 0; i < values.length; i++) values[i]! *= columnFactors[(first + i) % columns]!;
    return values;
  }
  // The norm of a row takes all of it.
  const from = Math.floor(first / columns) * columns;
  const values = addRows(source, matrix, from, Math.ceil(end / columns) * columns);
  for (let at = 0; at < values.length; at += columns) {
    const row = values.subarray(at, at + columns);
    const factor = Math.fround(matrix.magnitude[(from + at) / columns]! / Math.fround(lengthOf(row)));
    for (let i = 0; i < columns; i++) row[i]! *= factor;
  }
  return values.subarray(first - from, end - from);
}

/** The matrix with the product, from an element to another. */
function addRows(source: TensorReader, matrix: ChangedMatrix, first: number, end: number): Float32Array {
  const values = readSource(source, first, end);
  const { columns } = matrix;
  for (let at = first; at < end; ) {
    const row = Math.floor(at / columns);
    const to = Math.min(end, (row + 1) * columns);
    const part = { row, from: at - row * columns, to: to - row * columns };
    addProduct(matrix, part, values.subarray(at - first, to - first));
    at = to;
  }
  return values;
}

function readSource({ info: { dtype, shape }, read }: TensorReader, first: number, end: number): Float32Array {
  const last = Math.min(end, elementCount(shape));
  const bytes = new Uint8Array(byteLength(dtype, last - first));
  read(byteLength(dtype, first), bytes);
  const values = new Float32Array(last - first);
  widen(dtype, bytes, values);
  return values;
}
