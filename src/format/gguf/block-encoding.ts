/** Makes a tensor's elements out of its blocks, row by row, in any order of rows. */

import { byteLength } from "../../tensor/dtype.ts";
import type { ReadAt, TensorEncoding } from "../stored-tensor.ts";
import type { GgufTensor } from "./gguf-file.ts";

/** Bytes of blocks that are read and decoded at a time. */
const CHUNK_BYTES = 2 ** 18;

/** What becomes of a tensor's elements. */
export interface BlockOrder {
  /** Tells orders apart in hashes. */
  readonly kind: string;
  /** Where in the file the row is that stands at a place of the result. */
  readonly rowAt: (row: number) => number;
}

/**
 * Makes the encoding of a tensor of a GGUF file.
 *
 * @param order - absent where rows stay as they are. Of a tensor with one axis every element is a row.
 * @param shift - added to every element, rounded to float32; only for F32. @default 0
 */
export function createBlockEncoding(tensor: GgufTensor, order?: BlockOrder, shift = 0): TensorEncoding {
  const rowElements = order !== undefined && tensor.shape.length === 1 ? 1 : (tensor.shape.at(-1) ?? 1);
  return {
    kind: `${tensor.type.name} ${order?.kind ?? ""} ${shift}`,
    decode(read, startByte, into) {
      const itemBytes = byteLength(tensor.type.dtype, 1);
      const first = Math.floor(startByte / itemBytes);
      const end = Math.ceil((startByte + into.length) / itemBytes);
      const isWhole = first * itemBytes === startByte && (end - first) * itemBytes === into.length;
      const out = isWhole ? into : new Uint8Array((end - first) * itemBytes);
      const runs =
        order === undefined ? [{ from: first, to: end, stored: first }] : runsOf(first, end, rowElements, order);
      let done = 0;
      for (const { from, to, stored } of runs) {
        const part = out.subarray(done, done + (to - from) * itemBytes);
        decodeRun(tensor, read, stored, part);
        done += part.length;
      }
      if (shift !== 0) shiftFloats(out, shift);
      if (!isWhole) into.set(out.subarray(startByte - first * itemBytes).subarray(0, into.length));
    },
  };
}

/** Elements that lie together in the file, and where. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly stored: number;
}

function* runsOf(first: number, end: number, rowElements: number, { rowAt }: BlockOrder): Generator<Run> {
  for (let from = first; from < end; ) {
    const row = Math.floor(from / rowElements);
    const to = Math.min(end, (row + 1) * rowElements);
    yield { from, to, stored: rowAt(row) * rowElements + (from - row * rowElements) };
    from = to;
  }
}

/** Decodes elements that lie one after the other, from any place in a block to any other. */
function decodeRun({ type, beginByte }: GgufTensor, read: ReadAt, start: number, out: Uint8Array): void {
  if (type.decode === undefined) {
    read(beginByte + start * type.bytes, out);
    return;
  }
  const count = out.length / 4;
  const firstBlock = Math.floor(start / type.elements);
  const endBlock = Math.ceil((start + count) / type.elements);
  const perChunk = Math.max(1, Math.min(Math.floor(CHUNK_BYTES / type.bytes), endBlock - firstBlock));
  const bytes = new Uint8Array(perChunk * type.bytes);
  const floats = new Float32Array(perChunk * type.elements);
  const view = new DataView(bytes.buffer);
  for (let block = firstBlock; block < endBlock; block += perChunk) {
    const blocks = Math.min(perChunk, endBlock - block);
    read(beginByte + block * type.bytes, bytes.subarray(0, blocks * type.bytes));
    for (let i = 0; i < blocks; i++) type.decode(view, i * type.bytes, floats, i * type.elements);
    const at = block * type.elements;
    const from = Math.max(start, at);
    const to = Math.min(start + count, at + blocks * type.elements);
    out.set(new Uint8Array(floats.buffer, (from - at) * 4, (to - from) * 4), (from - start) * 4);
  }
}

function shiftFloats(bytes: Uint8Array, shift: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 4) view.setFloat32(at, view.getFloat32(at, true) + shift, true);
}
