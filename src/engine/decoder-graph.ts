/**
 * The graph of a run of decoder layers. All weights are inputs, and so are the key-value caches, which the attention
 * operator extends in place when its past and present are the same memory.
 */

import type { DecoderBiases } from "../arch/decoder.ts";
import type { Attribute, Graph } from "./onnx/encode-model.ts";
import { createGraphBuilder, type GraphBuilder } from "./onnx/graph-builder.ts";
import { chooseRows, createResidualStream, type ResidualStream } from "./residual-stream.ts";
import { addRunEnd } from "./run-end.ts";

/** What a trunk's graph depends on; the sizes of weights are not among it. Equal settings give equal graphs. */
export interface TrunkSettings {
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Factor on products of queries and keys. */
  readonly scale: number;
  readonly epsilon: number;
  /** Positions that attention looks back, itself included. */
  readonly window: number | undefined;
  readonly biases: DecoderBiases<boolean>;
  /** What goes in: token ids to be looked up, or hidden states. */
  readonly source: "ids" | "hidden";
  /** What comes out: hidden states of all positions; normed hidden states of chosen rows; logits of chosen rows. */
  readonly result: "hidden" | "rows" | "logits";
}

/**
 * Writes the graph of a trunk.
 *
 * Inputs: `ids` [B, T] and `embedding` [V, C], or `hidden` [B, T, C]; `last` [B], index of each sequence's last
 * position; `total` [1], length of the longest; `cos`, `sin` [positions, D/2]; `rows` [N], indices into B·T, unless
 * all are wanted; `final_norm` [C] and `head` [V, C] as the result needs them. For each layer l the weights
 * `attention_norm.l`, `qkv.l`, `attention_output.l`, `mlp_norm.l`, `gate.l`, `up.l`, `down.l` (as checkpoints hold
 * them, [out, in]), their biases as `qkv_bias.l` and so on, and the caches `past_key.l`, `past_value.l`
 * [B, heads, positions, D]. Outputs: `result`, and `key.l`, `value.l` for each layer.
 *
 * After the last attention only the chosen rows go on, which saves most of a layer where few are wanted.
 */
export function trunkGraph(settings: TrunkSettings): Graph {
  const g = createGraphBuilder("trunk");
  const positions = addPositions(g);
  addRunEnd(g, "total");
  const rows = settings.result === "hidden" ? undefined : g.input("rows", "int32", ["N"]);
  const stream = createResidualStream(g, addSource(g, settings.source), settings.epsilon);
  for (let l = 0; l < settings.layers; l++) {
    const layer = layerWriter(g, l, settings);
    let attended = layer.attention(stream.norm(layer.norm("attention_norm")), positions);
    if (rows !== undefined && l === settings.layers - 1) {
      attended = chooseRows(g, attended, rows);
      stream.choose(rows);
    }
    stream.add(layer.linear(attended, "attention_output", settings.biases.attentionOutput));
    stream.add(layer.mlp(stream.norm(layer.norm("mlp_norm"))));
  }
  addResult(g, settings.result, stream);
  return g.graph();
}

/** Names of `last`, `total`, `cos` and `sin`, in the order in which attention takes them. */
function addPositions(g: GraphBuilder): readonly string[] {
  const last = g.input("last", "int32", ["B"]);
  const total = g.input("total", "int32", [1]);
  return [last, total, g.input("cos", "float32", ["P", "R"]), g.input("sin", "float32", ["P", "R"])];
}

function addSource(g: GraphBuilder, source: TrunkSettings["source"]): string {
  if (source === "hidden") return g.input("hidden", "float32", ["B", "T", "C"]);
  return g.node("Gather", [g.input("embedding", "float32", ["V", "C"]), g.input("ids", "int32", ["B", "T"])]);
}

function addResult(g: GraphBuilder, result: TrunkSettings["result"], stream: ResidualStream): void {
  if (result === "hidden") {
    stream.finish("result");
    g.output("result", "float32", ["B", "T", "C"]);
    return;
  }
  const normed = stream.norm(g.input("final_norm", "float32", ["C"]), result === "rows" ? "result" : undefined);
  if (result === "logits") linear(g, normed, g.input("head", "float32", ["V", "C"]), "result");
  g.output("result", "float32", ["N", result === "rows" ? "C" : "V"]);
}

/** Multiplies [.., in] by the transpose of [out, in]. */
function linear(g: GraphBuilder, value: string, weight: string, output?: string): string {
  const attributes = { transB: { int: 1 } };
  return g.node("FusedMatMul", [value, weight], {
    set: "microsoft",
    attributes,
    ...(output === undefined ? {} : { outputs: [output] }),
  });
}

/** Sizes of a layer's weights, [out, in]. Equal names are equal sizes: the runtime reuses buffers by them. */
const WEIGHT_DIMS = {
  qkv: ["Q", "C"],
  attention_output: ["C", "A"],
  gate: ["F", "C"],
  up: ["F", "C"],
  down: ["C", "F"],
} as const satisfies Record<string, readonly [string, string]>;
const CACHE_DIMS = ["B", "K", "S", "D"];

interface LayerWriter {
  /** Declares a norm's weight. */
  norm(name: string): string;
  linear(value: string, name: keyof typeof WEIGHT_DIMS, hasBias: boolean): string;
  attention(normed: string, positions: readonly string[]): string;
  mlp(normed: string): string;
}

function layerWriter(g: GraphBuilder, l: number, settings: TrunkSettings): LayerWriter {
  const addLinear: LayerWriter["linear"] = (value, name, hasBias) => {
    const [out] = WEIGHT_DIMS[name];
    const product = linear(g, value, g.input(`${name}.${l}`, "float32", WEIGHT_DIMS[name]));
    return hasBias ? g.node("Add", [product, g.input(`${name}_bias.${l}`, "float32", [out])]) : product;
  };
  return {
    norm: (name) => g.input(`${name}.${l}`, "float32", ["C"]),
    linear: addLinear,
    attention(normed, positions) {
      const qkv = addLinear(normed, "qkv", settings.biases.queryKeyValue);
      const caches = ["past_key", "past_value"].map((name) => g.input(`${name}.${l}`, "float32", CACHE_DIMS));
      const outputs = [`attended.${l}`, `key.${l}`, `value.${l}`];
      for (const name of outputs.slice(1)) g.output(name, "float32", CACHE_DIMS);
      const attributes = attentionAttributes(settings);
      return g.node("GroupQueryAttention", [qkv, "", "", ...caches, ...positions], {
        set: "microsoft",
        attributes,
        outputs,
      });
    },
    mlp(normed) {
      const { mlp: hasBias } = settings.biases;
      const gate = addLinear(normed, "gate", hasBias);
      const open = g.node("QuickGelu", [gate], { set: "microsoft", attributes: { alpha: { float: 1 } } });
      return addLinear(g.node("Mul", [open, addLinear(normed, "up", hasBias)]), "down", hasBias);
    },
  };
}

function attentionAttributes({ heads, kvHeads, scale, window }: TrunkSettings): Readonly<Record<string, Attribute>> {
  return {
    num_heads: { int: heads },
    kv_num_heads: { int: kvHeads },
    scale: { float: scale },
    do_rotary: { int: 1 },
    ...(window === undefined ? {} : { local_window_size: { int: window } }),
  };
}
