/** Spherical interpolation of vectors that run along the first axis: a length, a cosine and an arc for every column. */

import { BLOCK_ELEMENTS, type Kernels } from "../../kernels/kernels.ts";
import type { Block, TensorFacts, TensorMerge } from "../method.ts";
import { arcOf, leastNorm } from "./arc.ts";
import { blockElementsOf, vectorsFrom } from "./origin.ts";
import { roundingOf } from "./rounding.ts";

/**
 * Starts the interpolation at t between two models, or between their changes to a base.
 *
 * @complexity 40 bytes of kernel memory and heap for each column.
 */
export function columnArcs(facts: TensorFacts, t: number, kernels: Kernels): TensorMerge {
  const { dtype, n, shape } = facts;
  const columns = Math.max(1, n / Math.max(1, shape[0]!));
  const grain = Math.max(1, shape.at(-1)!);
  const elements = blockElementsOf(n, grain, BLOCK_ELEMENTS);
  const round = roundingOf(dtype);
  const read = vectorsFrom(facts, kernels, elements);
  const scratch = [kernels.floats(elements), kernels.floats(elements)] as const;
  const sums = [new Float64Array(columns), new Float64Array(columns), new Float64Array(columns)] as const;
  const [first, second, divisor] = [kernels.floats(columns), kernels.floats(columns), kernels.floats(columns)];

  const measure = (block: Block): void => {
    const vectors = read(block);
    for (const { from, to, column } of segments(block, columns)) {
      for (const [i, vector] of vectors.entries()) {
        const sum = sums[i]!;
        for (let at = from; at < to; at++) sum[column + at - from]! += vector[at]! ** 2;
      }
    }
  };
  const compare = (block: Block): void => {
    const [v0, v1] = read(block);
    for (const { from, to, column } of segments(block, columns)) {
      const [u0, u1] = [scratch[0].subarray(0, to - from), scratch[1].subarray(0, to - from)];
      kernels.divide(dtype, v0!.subarray(from, to), first.subarray(column, column + to - from), u0);
      kernels.divide(dtype, v1!.subarray(from, to), second.subarray(column, column + to - from), u1);
      kernels.multiply(dtype, u0, u1, u0);
      for (let i = 0; i < u0.length; i++) sums[2][column + i]! += u0[i]!;
    }
  };
  const passes = function* (): Generator<(block: Block) => void> {
    yield measure;
    first.set(sums[0].map((squares) => leastNorm(dtype, squares)));
    second.set(sums[1].map((squares) => leastNorm(dtype, squares)));
    yield compare;
    for (let column = 0; column < columns; column++) {
      const arc = arcOf(dtype, round(sums[2][column]!), t);
      first[column] = arc.c0;
      second[column] = arc.c1;
      divisor[column] = arc.divisor;
    }
  };
  const apply = (block: Block): void => {
    const [v0, v1] = read(block);
    for (const { from, to, column } of segments(block, columns)) {
      const [out, other] = [block.out.subarray(from, to), scratch[0].subarray(0, to - from)];
      const own = (array: Float32Array): Float32Array => array.subarray(column, column + to - from);
      kernels.multiply(dtype, v0!.subarray(from, to), own(first), out);
      kernels.multiply(dtype, v1!.subarray(from, to), own(second), other);
      kernels.add(dtype, out, other, out);
      kernels.divide(dtype, out, own(divisor), out);
    }
    if (block.base !== undefined) kernels.add(dtype, block.base, block.out, block.out);
  };
  return { passes: passes(), apply };
}

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly column: number;
}

/** The parts of a block that lie in one row each: places in the block, and the column of the first. */
function segments({ start, out }: Block, columns: number): Segment[] {
  const parts: Segment[] = [];
  for (let from = 0; from < out.length; ) {
    const column = (start + from) % columns;
    const to = Math.min(out.length, from + columns - column);
    parts.push({ from, to, column });
    from = to;
  }
  return parts;
}
