import type { DecoderShape } from "./decoder-shape.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import { addNorm } from "./norm-graph.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";
import { addIntegers, addNumber, addScale } from "./onnx/scalar-nodes.ts";

/** Queries or keys that are normed. */
export interface NormedPart {
  /** The input of weights. */
  readonly name: string;
  readonly heads: number;
}

/**
 * Norms queries or keys, each head apart or all together.
 *
 * @param value - [B, T, heads·D]
 */
export function addQueryKeyNorm(g: GraphBuilder, shape: DecoderShape, value: string, part: NormedPart): string {
  const { block, headWidth, epsilon } = shape;
  const D = paddedHeadWidth(headWidth);
  const weight = g.input(part.name, "float32", weightDims(block.queryKeyNorm, part.heads, D));
  // A mean over widened heads is smaller; weights are made larger as they are loaded.
  const rms = { kind: "rms", epsilon: (epsilon * headWidth) / D } as const;
  if (block.queryKeyNorm === "all heads") return addNorm(g, value, { weight }, rms, `normed_by_${part.name}`);
  const heads = g.node("Reshape", [value, addIntegers(g, [0, 0, part.heads, D])]);
  const normed =
    block.norm.kind === "rms" && block.queryKeyNorm === "head"
      ? addNorm(g, heads, { weight }, rms, `normed_by_${part.name}`)
      : addLayerNorm(g, shape, heads, weight);
  return g.node("Reshape", [normed, addIntegers(g, [0, 0, part.heads * D])]);
}

function weightDims(kind: DecoderShape["block"]["queryKeyNorm"], heads: number, D: number): readonly number[] {
  if (kind === "all heads") return [heads * D];
  return kind === "head" ? [D] : [heads, D];
}

/**
 * A layer norm over the channels that were stored; the others are 0, so that they add nothing to sums but the square of
 * the mean to the sum of squared differences. Their weights are 0.
 */
function addLayerNorm(g: GraphBuilder, { headWidth: D, epsilon }: DecoderShape, value: string, weight: string): string {
  const spare = paddedHeadWidth(D) - D;
  const last = addIntegers(g, [-1]);
  const mean = addScale(g, g.node("ReduceSum", [value, last]), 1 / D);
  const centred = g.node("Sub", [value, mean]);
  // As an input, unlike those of ReduceSumSquare, the axis means the same in all versions of ONNX that graphs have.
  const squares = g.node("ReduceSum", [g.node("Mul", [centred, centred]), last]);
  const own = g.node("Sub", [squares, addScale(g, g.node("Mul", [mean, mean]), spare)]);
  const variance = g.node("Add", [addScale(g, own, 1 / D), addNumber(g, epsilon)]);
  return g.node("Mul", [g.node("Div", [centred, g.node("Sqrt", [variance])]), weight]);
}
