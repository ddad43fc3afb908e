import type { DecoderModules } from "../arch/decoder.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { type HeadLayout, headPlaces, jointPlaces, paddedHeadWidth, plainPlaces, turnedPlaces } from "./head-layout.ts";
import { type LinearPlan, linearBias, linearWeight, takeBias } from "./module-weights.ts";
import type { Tensors } from "./runtime.ts";
import type { StoredWeight, WeightMemory } from "./weight-memory.ts";

/**
 * Takes `qkv` [(H + 2·K)·D, C], `attention_output` [C, H·D], their biases, `query_norm` and `key_norm`, with D as wide
 * as the operator wants. Queries, keys and values share one matrix, so that one product makes all three.
 *
 * @param modules - of the layer.
 */
export function takeAttention(memory: WeightMemory, shape: DecoderShape, modules: DecoderModules): Tensors {
  const { width: C, heads: H, kvHeads: K, headWidth: D, block } = shape;
  const layout = layHeadsOut(shape);
  const wide = paddedHeadWidth(D);
  const Q = (H + 2 * K) * wide;
  const projections = planProjections(shape, modules, layout);
  const output: LinearPlan = {
    module: modules.attentionOutput,
    out: C,
    inner: H * D,
    columns: H * wide,
    columnPlaces: headPlaces(layout.plain, H),
  };
  const weights = projections.map((plan) => linearWeight(plan, block.isTransposed));
  return {
    qkv: memory.takeLinear(weights, [Q, C]),
    attention_output: memory.takeLinear([linearWeight(output, block.isTransposed)], [C, H * wide]),
    ...(block.biases.queryKeyValue ? { qkv_bias: memory.take(projections.map(linearBias), [Q]) } : {}),
    ...(block.biases.attentionOutput ? { attention_output_bias: takeBias(memory, modules.attentionOutput, C) } : {}),
    ...takeQueryKeyNorm(memory, shape, modules.queryNorm, { name: "query_norm", heads: H, channels: layout.turned }),
    ...takeQueryKeyNorm(memory, shape, modules.keyNorm, { name: "key_norm", heads: K, channels: layout.turned }),
  };
}

function layHeadsOut({ heads, kvHeads, headWidth: D, ropes, block }: DecoderShape): HeadLayout {
  const turned = 2 * (ropes[0]?.frequencies.length ?? 0);
  return { heads, kvHeads, turned: turnedPlaces(D, { turned, pairs: block.rotaryPairs }), plain: plainPlaces(D) };
}

function planProjections(shape: DecoderShape, modules: DecoderModules, layout: HeadLayout): readonly LinearPlan[] {
  const { width: inner, heads: H, kvHeads: K, headWidth: D, block } = shape;
  const wide = paddedHeadWidth(D);
  if (modules.queryKeyValue !== undefined) {
    const rowPlaces = jointPlaces(layout, block.queryKeyValueOrder);
    return [{ module: modules.queryKeyValue, out: (H + 2 * K) * D, inner, rows: (H + 2 * K) * wide, rowPlaces }];
  }
  const parts = [
    { module: modules.query!, count: H, channels: layout.turned },
    { module: modules.key!, count: K, channels: layout.turned },
    { module: modules.value!, count: K, channels: layout.plain },
  ];
  return parts.map(({ module, count, channels }) => ({
    module,
    out: count * D,
    inner,
    rows: count * wide,
    rowPlaces: headPlaces(channels, count),
  }));
}

interface NormedHeads {
  readonly name: string;
  readonly heads: number;
  readonly channels: readonly number[];
}

/**
 * Weights of a norm over widened heads. Channels that stay 0 make its mean square smaller by D/wide, so that weights
 * are multiplied by √(D/wide), and the graph's ε by D/wide. A layer norm's graph counts D channels itself.
 */
function takeQueryKeyNorm(
  memory: WeightMemory,
  { block, headWidth: D }: DecoderShape,
  module: string | undefined,
  { name, heads, channels }: NormedHeads,
): Tensors {
  if (module === undefined || block.queryKeyNorm === "none") return {};
  const wide = paddedHeadWidth(D);
  const factor = block.norm.kind === "rms" ? Math.sqrt(D / wide) : 1;
  const weight = (own: string, count: number): StoredWeight => ({
    name: `${own}.weight`,
    shape: [count * D],
    layout: {
      rows: count * wide,
      columns: 1,
      rowPlaces: Int32Array.from(headPlaces(channels, count)),
      factor,
      added: block.norm.offset,
    },
  });
  if (block.queryKeyNorm === "head") return { [name]: memory.take([weight(module, 1)], [wide]) };
  if (block.queryKeyNorm === "all heads") return { [name]: memory.take([weight(module, heads)], [heads * wide]) };
  if (!module.includes("{head}")) {
    const layout = { rows: heads, columns: wide, columnPlaces: Int32Array.from(channels) };
    return { [name]: memory.take([{ name: `${module}.weight`, shape: [heads, D], layout }], [heads, wide]) };
  }
  const each = Array.from({ length: heads }, (_, head) => weight(module.replace("{head}", `${head}`), 1));
  return { [name]: memory.take(each, [heads, wide]) };
}
