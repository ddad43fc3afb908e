import type { DecoderShape } from "./decoder-shape.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import { tabulateRope } from "./rope.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/**
 * Returns a function that makes the inputs which tell a trunk where its sequences stand: `last`, `total`, `cos`, `sin`.
 * The table of angles is kept, and grows as longer sequences come.
 */
export function createPositionInputs(runtime: Runtime, shape: DecoderShape): (last: Int32Array) => Tensors {
  const width = paddedHeadWidth(shape.headWidth) / 2;
  let known = 0;
  let table: Tensors = {};
  const grow = (length: number): void => {
    known = Math.max(length, Math.min(2 * known, shape.contextLength));
    const { cos, sin } = tabulateRope(shape.rope, known, width);
    const dims = [known, width];
    table = { cos: new runtime.Tensor("float32", cos, dims), sin: new runtime.Tensor("float32", sin, dims) };
  };
  return (last) => {
    const total = last.reduce((longest, index) => Math.max(longest, index + 1), 1);
    if (total > known) grow(total);
    return {
      ...table,
      last: new runtime.Tensor("int32", last, [last.length]),
      total: new runtime.Tensor("int32", Int32Array.of(total), [1]),
    };
  };
}
