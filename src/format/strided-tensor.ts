/**
 * Tensors that are views of a block of elements: axes in another order, rows of a wider matrix, one row many times.
 *
 * Elements are gathered when they are asked for, in runs along the axis whose neighbours lie closest, so that a part of a
 * transposed matrix costs one read a column and no memory for the rest.
 */

import { elementCount, type Shape } from "../tensor/shape.ts";
import type { ReadAt, TensorEncoding } from "./stored-tensor.ts";

/** Bytes that one read brings in at most. */
const WINDOW_BYTES = 2 ** 20;

/** Where a view's elements lie. */
export interface StridedView {
  readonly shape: Shape;
  /** Elements from one index of an axis to the next; at least 0. */
  readonly strides: readonly number[];
  readonly itemBytes: number;
  /** Of the first element, in the file. */
  readonly beginByte: number;
}

/** Whether a view's elements lie one after the other in row-major order. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Elements from the first to the last of a view, both counted; 0 for an empty one. */
export function spanOf(shape: Shape, strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, size, axis) => span + (size - 1) * strides[axis]!, 1);
}

/** Makes the encoding of a view. */
export function createStridedEncoding(view: StridedView): TensorEncoding {
  return {
    kind: `strides ${view.strides.join(",")}`,
    decode(read, startByte, into) {
      const { itemBytes } = view;
      const first = Math.floor(startByte / itemBytes);
      const end = Math.ceil((startByte + into.length) / itemBytes);
      const isWhole = first * itemBytes === startByte && (end - first) * itemBytes === into.length;
      const out = isWhole ? into : new Uint8Array((end - first) * itemBytes);
      gatherRange(view, read, { first, end, out });
      if (!isWhole) into.set(out.subarray(startByte - first * itemBytes).subarray(0, into.length));
    },
  };
}

interface Range {
  readonly first: number;
  readonly end: number;
  readonly out: Uint8Array;
}

/** Cuts a range of elements into boxes: whole slices along an axis, and what is left before and after them. */
function gatherRange(view: StridedView, read: ReadAt, { first, end, out }: Range): void {
  const { shape, strides, itemBytes } = view;
  const gather = (axis: number, from: number, to: number, at: number, begin: number): void => {
    if (from === to) return;
    const inner = elementCount(shape.slice(axis + 1));
    const low = Math.ceil(from / inner);
    const high = Math.floor(to / inner);
    const stepBytes = (strides[axis] ?? 0) * itemBytes;
    if (low > high) {
      gather(axis + 1, from - high * inner, to - high * inner, at, begin + high * stepBytes);
      return;
    }
    const head = low * inner - from;
    if (head > 0) gather(axis + 1, inner - head, inner, at, begin + (low - 1) * stepBytes);
    const sizes = [high - low, ...shape.slice(axis + 1)];
    const box: Box = { sizes, strides: strides.slice(axis), begin: begin + low * stepBytes, at: at + head * itemBytes };
    if (high > low) gatherBox(view, read, box, out);
    const done = head + (high - low) * inner;
    if (from + done < to) gather(axis + 1, 0, to - high * inner, at + done * itemBytes, begin + high * stepBytes);
  };
  if (shape.length === 0) read(view.beginByte, out);
  else gather(0, first, end, 0, view.beginByte);
}

interface Box {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  /** Byte of its first element in the file. */
  readonly begin: number;
  /** Byte of its first element in the output, where it is contiguous. */
  readonly at: number;
}

/** One axis of a box: how many indices, and the bytes between them in the file and in the output. */
interface Axis {
  readonly size: number;
  readonly fromBytes: number;
  readonly toBytes: number;
}

function gatherBox({ itemBytes }: StridedView, read: ReadAt, box: Box, out: Uint8Array): void {
  const axes = box.sizes
    .map((size, axis): Axis => {
      const toBytes = elementCount(box.sizes.slice(axis + 1)) * itemBytes;
      return { size, fromBytes: box.strides[axis]! * itemBytes, toBytes };
    })
    .filter(({ size }) => size > 1)
    .toSorted((a, b) => b.fromBytes - a.fromBytes);
  const last = axes.findLastIndex(({ fromBytes }) => fromBytes > 0);
  const [run] = last < 0 ? [{ size: 1, fromBytes: itemBytes, toBytes: itemBytes }] : axes.splice(last, 1);
  const visit = (depth: number, begin: number, at: number): void => {
    const axis = axes[depth];
    if (axis === undefined) readRun({ read, itemBytes, begin, at, out }, run!);
    for (let i = 0; i < (axis?.size ?? 0); i++) visit(depth + 1, begin + i * axis!.fromBytes, at + i * axis!.toBytes);
  };
  visit(0, box.begin, box.at);
}

interface RunPlace {
  readonly read: ReadAt;
  readonly itemBytes: number;
  readonly begin: number;
  readonly at: number;
  readonly out: Uint8Array;
}

/** Reads the elements of one run and puts them at their places. */
function readRun({ read, itemBytes, begin, at, out }: RunPlace, { size, fromBytes, toBytes }: Axis): void {
  if (fromBytes === itemBytes && toBytes === itemBytes) {
    read(begin, out.subarray(at, at + size * itemBytes));
    return;
  }
  const perWindow = Math.max(1, Math.floor(WINDOW_BYTES / fromBytes));
  const window = new Uint8Array((Math.min(size, perWindow) - 1) * fromBytes + itemBytes);
  for (let i = 0; i < size; i += perWindow) {
    const count = Math.min(perWindow, size - i);
    const bytes = window.subarray(0, (count - 1) * fromBytes + itemBytes);
    read(begin + i * fromBytes, bytes);
    for (let k = 0; k < count; k++) {
      const to = at + (i + k) * toBytes;
      for (let b = 0; b < itemBytes; b++) out[to + b] = bytes[k * fromBytes + b]!;
    }
  }
}
