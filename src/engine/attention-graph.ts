import type { LayerDesign } from "../arch/decoder.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import { addLinear } from "./linear-graph.ts";
import type { Attribute } from "./onnx/encode-model.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";
import { addIntegers } from "./onnx/scalar-nodes.ts";
import type { PositionInputs } from "./position-graph.ts";
import { addQueryKeyNorm } from "./query-key-norm-graph.ts";

/** Of what is added up of the values, after softmax; 1 would be before it. */
const SHARES: Attribute = { int: 2 };
const CACHE_DIMS = ["B", "K", "S", "D"];

/** A layer of a graph under construction. */
export interface LayerPlace {
  readonly shape: DecoderShape;
  /** In the graph, from 0. */
  readonly layer: number;
  readonly design: LayerDesign;
  /** Whether what each position attends to is an output. */
  readonly showsAttention: boolean;
}

/**
 * Adds attention without its last map: inputs `qkv.l`, its bias, `query_norm.l`, `key_norm.l`, `past_key.l`,
 * `past_value.l`; outputs `key.l` and `value.l`, the caches, and `attention.l` [B, H, T, S] if it is to be shown.
 *
 * @param normed - [B, T, C]
 * @returns [B, T, H·D]
 */
export function addAttention(g: GraphBuilder, place: LayerPlace, normed: string, positions: PositionInputs): string {
  const { shape, layer, design, showsAttention } = place;
  const hasBias = shape.block.biases.queryKeyValue;
  const qkv = addLinear(g, normed, { name: "qkv", layer, dims: ["Q", "C"], hasBias });
  const heads = shape.block.queryKeyNorm === "none" ? [qkv, "", ""] : addNormedHeads(g, place, qkv);
  const caches = ["past_key", "past_value"].map((name) => g.input(`${name}.${layer}`, "float32", CACHE_DIMS));
  const outputs = [`attended.${layer}`, `key.${layer}`, `value.${layer}`];
  for (const name of outputs.slice(1)) g.output(name, "float32", CACHE_DIMS);
  if (showsAttention) {
    outputs.push(`attention.${layer}`);
    g.output(`attention.${layer}`, "float32", ["B", "H", "T", "S"]);
  }
  const turns = design.rope === undefined ? undefined : positions.turns.get(design.rope)!;
  const isLong = design.rope !== undefined && shape.ropes[design.rope]!.long !== undefined;
  const optional = [turns?.cos ?? "", turns?.sin ?? "", isLong ? positions.ids : "", positions.bias];
  while (optional.at(-1) === "") optional.pop();
  return g.node("GroupQueryAttention", [...heads, ...caches, positions.last, positions.total, ...optional], {
    set: "microsoft",
    attributes: { ...attentionAttributes(shape, design), ...(showsAttention ? { qk_output: SHARES } : {}) },
    outputs,
  });
}

function addNormedHeads(g: GraphBuilder, { shape, layer }: LayerPlace, qkv: string): readonly string[] {
  const { heads: H, kvHeads: K } = shape;
  const D = paddedHeadWidth(shape.headWidth);
  const parts = ["query", "key", "value"].map((name) => `own_${name}.${layer}`);
  const sizes = addIntegers(g, [H * D, K * D, K * D]);
  g.node("Split", [qkv, sizes], { attributes: { axis: { int: -1 } }, outputs: parts });
  const [query, key, value] = parts as [string, string, string];
  return [
    addQueryKeyNorm(g, shape, query, { name: `query_norm.${layer}`, heads: H }),
    addQueryKeyNorm(g, shape, key, { name: `key_norm.${layer}`, heads: K }),
    value,
  ];
}

function attentionAttributes(
  { heads, kvHeads, headWidth, block }: DecoderShape,
  { window, rope, attentionFactor }: LayerDesign,
): Readonly<Record<string, Attribute>> {
  const { attentionScale = 1 / Math.sqrt(headWidth), attentionCap } = block;
  return {
    num_heads: { int: heads },
    kv_num_heads: { int: kvHeads },
    scale: { float: attentionScale * attentionFactor },
    do_rotary: { int: rope === undefined ? 0 : 1 },
    ...(window === undefined ? {} : { local_window_size: { int: window } }),
    ...(attentionCap === undefined ? {} : { softcap: { float: attentionCap } }),
  };
}
