/**
 * Spherical interpolation of two models, or of their changes to a base if there is one, weighted.
 *
 *     t   = w_1 / (w_0 + w_1), 1/2 where the weights cancel
 *     c   = (v_0 / |v_0|) . (v_1 / |v_1|),  theta = acos c
 *     out = (sin((1 - t) theta) v_0 + sin(t theta) v_1) / sin theta
 *     out = (1 - t) v_0 + t v_1                                          where v_0 and v_1 are parallel, or opposite
 *
 * The vectors are whole tensors; or, with `nuslerp_flatten` off, what runs along the last axis, and along the first one
 * with `nuslerp_row_wise`. Every step is rounded to the tensor's type.
 *
 * @source https://github.com/arcee-ai/mergekit (its documentation of nuslerp)
 */

import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import type { Block, TensorFacts, TensorMerge } from "./method.ts";
import { ANY_NUMBER, defineMethod, flag, requiredNumber } from "./method.ts";
import { arcOf, leastNorm, mixAlong } from "./vectors/arc.ts";
import { columnArcs } from "./vectors/column-arcs.ts";
import { blockElementsOf, vectorsFrom } from "./vectors/origin.ts";
import { roundingOf } from "./vectors/rounding.ts";

/** Weights whose sum is below this cancel. */
const NO_WEIGHT = 1e-6;

export const nuslerp = defineMethod({
  name: "nuslerp",
  title: "NuSLERP",
  source: "https://github.com/arcee-ai/mergekit",
  base: "optional",
  arity: [2, 2],
  lone: "copy",
  params: {
    weight: requiredNumber("model", ANY_NUMBER, "Share of the model; only the ratio of the two counts."),
    nuslerp_row_wise: flag("merge", false, "Without flattening: interpolate along the first axis, not the last."),
    nuslerp_flatten: flag("merge", true, "Take the whole tensor as one vector."),
  },
  draws: () => 0,
  grain: (shape) => Math.max(1, shape.at(-1) ?? 1),

  begin(facts, { weight, nuslerp_row_wise, nuslerp_flatten }, { kernels }) {
    const sum = weight[0]! + weight[1]!;
    const t = Math.abs(sum) < NO_WEIGHT ? 0.5 : weight[1]! / sum;
    if (nuslerp_flatten) return wholeTensor(facts, t, kernels);
    if (nuslerp_row_wise && facts.shape.length > 1) return columnArcs(facts, t, kernels);
    return alongRows(facts, t, kernels);
  },
});

function wholeTensor(facts: TensorFacts, t: number, kernels: Kernels): TensorMerge {
  const { dtype } = facts;
  const elements = elementsOf(facts);
  const round = roundingOf(dtype);
  const read = vectorsFrom(facts, kernels, elements);
  const units = [kernels.floats(elements), kernels.floats(elements)] as const;
  const squares = [kernels.runningSum(), kernels.runningSum()] as const;
  const product = kernels.runningSum();
  const norms = (): number[] => squares.map((sum) => leastNorm(dtype, sum.total()));
  const measure = (block: Block): void => {
    for (const [i, vector] of read(block).entries()) squares[i]!.addProducts(block.start, vector, vector);
  };
  const compare = (block: Block): void => {
    const lengths = norms();
    const [u0, u1] = read(block).map((vector, i) => {
      const unit = units[i]!.subarray(0, vector.length);
      kernels.divideBy(dtype, lengths[i]!, vector, unit);
      return unit;
    });
    kernels.multiply(dtype, u0!, u1!, u0!);
    product.addValues(block.start, u0!);
  };
  return {
    passes: [measure, compare],
    apply: (block) => {
      const arc = arcOf(dtype, round(product.total()), t);
      const [v0, v1] = read(block);
      mixAlong(arc, { dtype, kernels, v0: v0!, v1: v1!, scratch: units[0] }, block.out);
      if (block.base !== undefined) kernels.add(dtype, block.base, block.out, block.out);
    },
  };
}

/** Every row is inside one block, so it is measured and mixed when it comes. */
function alongRows(facts: TensorFacts, t: number, kernels: Kernels): TensorMerge {
  const { dtype, shape } = facts;
  const elements = elementsOf(facts);
  const rowLength = Math.max(1, shape.at(-1) ?? 1);
  const round = roundingOf(dtype);
  const read = vectorsFrom(facts, kernels, elements);
  const units = [kernels.floats(rowLength), kernels.floats(rowLength)] as const;
  const lengthOf = (vector: Float32Array): number => {
    const mark = kernels.mark();
    const sum = kernels.runningSum();
    sum.addProducts(0, vector, vector);
    kernels.release(mark);
    return leastNorm(dtype, sum.total());
  };
  const cosineOf = (v0: Float32Array, v1: Float32Array): number => {
    kernels.divideBy(dtype, lengthOf(v0), v0, units[0]);
    kernels.divideBy(dtype, lengthOf(v1), v1, units[1]);
    kernels.multiply(dtype, units[0], units[1], units[0]);
    const mark = kernels.mark();
    const sum = kernels.runningSum();
    sum.addValues(0, units[0]);
    kernels.release(mark);
    return round(sum.total());
  };
  return {
    passes: [],
    apply: (block) => {
      const vectors = read(block);
      for (let at = 0; at < block.out.length; at += rowLength) {
        const [v0, v1, out] = [...vectors, block.out].map((array) => array.subarray(at, at + rowLength));
        const arc = arcOf(dtype, cosineOf(v0!, v1!), t);
        mixAlong(arc, { dtype, kernels, v0: v0!, v1: v1!, scratch: units[0] }, out!);
      }
      if (block.base !== undefined) kernels.add(dtype, block.base, block.out, block.out);
    },
  };
}

function elementsOf({ n, shape }: TensorFacts): number {
  return blockElementsOf(n, Math.max(1, shape.at(-1) ?? 1), BLOCK_ELEMENTS);
}
