import { BLOCK_ELEMENTS, type Kernels } from "../../kernels/kernels.ts";
import type { Model } from "../../model/model.ts";
import { byteLength, type Dtype } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";

/** A tensor of a model. */
export interface TensorPlace {
  readonly model: Model;
  readonly tensor: string;
}

/** A piece of tensors of one shape. */
export interface Piece {
  /** Index of the first element. */
  readonly start: number;
  /** One array for each tensor, of the same length; overwritten by the next piece. */
  readonly values: readonly Float32Array[];
  /** Their stored bytes. */
  readonly bytes: readonly Uint8Array[];
}

/** Most elements of a piece, if its rows are not longer. */
const PIECE_ELEMENTS = 16 * BLOCK_ELEMENTS;

/** Rows longer than this are read in parts. */
const LONGEST_ROW = 1 << 20;

/**
 * Reads tensors of one shape side by side, as float32, in pieces of whole rows along the last axis where rows are not
 * too long.
 *
 * @throws what reading raises, kernels/unsupported_dtype, kernels/out_of_memory
 */
export function readValues(places: readonly TensorPlace[], kernels: Kernels, visit: (piece: Piece) => void): void {
  const [first] = places;
  const { shape } = first!.model.tensors.get(first!.tensor)!;
  const n = elementCount(shape);
  const step = pieceElements(shape.at(-1) ?? 1);
  const mark = kernels.mark();
  try {
    const buffers = places.map((place) => openBuffer(place, kernels, Math.min(n, step)));
    for (let start = 0; start < n; start += step) {
      const count = Math.min(step, n - start);
      const read = buffers.map((buffer) => readPiece(buffer, kernels, start, count));
      visit({ start, values: read.map(({ values }) => values), bytes: read.map(({ bytes }) => bytes) });
    }
  } finally {
    kernels.release(mark);
  }
}

function pieceElements(rowLength: number): number {
  if (rowLength < 1 || rowLength > LONGEST_ROW) return PIECE_ELEMENTS;
  return rowLength * Math.max(1, Math.floor(PIECE_ELEMENTS / rowLength));
}

interface Buffer extends TensorPlace {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
  readonly values: Float32Array;
}

function openBuffer({ model, tensor }: TensorPlace, kernels: Kernels, elements: number): Buffer {
  const { dtype } = model.tensors.get(tensor)!;
  const bytes = kernels.bytes(byteLength(dtype, elements));
  return { model, tensor, dtype, bytes, values: kernels.floats(elements) };
}

function readPiece({ model, tensor, dtype, ...memory }: Buffer, kernels: Kernels, start: number, count: number) {
  const bytes = memory.bytes.subarray(0, byteLength(dtype, count));
  const values = memory.values.subarray(0, count);
  model.read(tensor, byteLength(dtype, start), bytes);
  kernels.widen(dtype, bytes, values);
  return { bytes, values };
}
