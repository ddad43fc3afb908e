/**
 * The graph of a run of decoder layers. All weights are inputs, and so are the key-value caches, which the attention
 * operator extends in place when its past and present are the same memory.
 */

import type { LayerDesign } from "../arch/decoder.ts";
import { addAttention, type LayerPlace } from "./attention-graph.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { addHead } from "./head-graph.ts";
import { addLinear } from "./linear-graph.ts";
import { addMlp } from "./mlp-graph.ts";
import { addNorm, declareNorm } from "./norm-graph.ts";
import type { Graph } from "./onnx/encode-model.ts";
import { createGraphBuilder, type GraphBuilder } from "./onnx/graph-builder.ts";
import { addScale } from "./onnx/scalar-nodes.ts";
import { addPositions, type PositionInputs, positionNeeds } from "./position-graph.ts";
import { chooseRows, createResidualStream, type ResidualStream } from "./residual-stream.ts";
import { addRunEnd } from "./run-end.ts";

/** What a trunk's graph depends on. Equal settings give equal graphs. */
export interface TrunkSettings {
  readonly shape: DecoderShape;
  readonly layers: readonly LayerDesign[];
  /** What goes in: token ids to be looked up, hidden states, or hidden states that a layer left and the next goes on from. */
  readonly source: "ids" | "hidden" | "layer";
  /** What comes out: hidden states of all positions; normed hidden states of chosen rows; logits of chosen rows. */
  readonly result: "hidden" | "rows" | "logits";
  /** Whether what each position attends to comes out as well. @default false */
  readonly showsAttention?: boolean;
  /** Whether the hidden states between layers come out as well. @default false */
  readonly showsStates?: boolean;
}

/**
 * Writes the graph of a trunk.
 *
 * Inputs: `ids` [B, T] and `embedding` [V, C], or `hidden` [B, T, C], with `zeros` [1, T, C] if a layer left it; `last` [B], index of each sequence's last
 * position; `total` [1], length of the longest; `cos.r`, `sin.r` [positions, D/2] of each rotation, `position_ids`
 * [B, T], `alibi` [1, H, 1, positions] as `positionNeeds` says; `rows` [N], indices into B·T, unless all are wanted;
 * the weights that `createDecoderWeights` takes, those of layer l with `.l` behind their names (matrices are [out, in]);
 * and the caches `past_key.l`, `past_value.l` [B, heads, positions, D]. Outputs: `result`, `key.l`, `value.l` for each layer, `attention.l` [B, H, T, positions] and `state.l` [B, T, C], what layer l
 * leaves to the next, if they are to be shown.
 *
 * After the last attention only the chosen rows go on, which saves most of a layer where few are wanted.
 */
export function trunkGraph(settings: TrunkSettings): Graph {
  const { shape, layers, source, result, showsAttention = false, showsStates = false } = settings;
  const g = createGraphBuilder("trunk");
  const positionsOf = addPositions(g, positionNeeds(shape, layers, source));
  addRunEnd(g, "total");
  const rows = result === "hidden" ? undefined : g.input("rows", "int32", ["N"]);
  const start = source === "ids" ? addEmbedding(g, shape) : g.input("hidden", "float32", ["B", "T", "C"]);
  const positions = positionsOf(start);
  const stream = createResidualStream(g, start, { kind: shape.block.norm.kind, epsilon: shape.epsilon });
  // A sum and its norm are one operation, which rounds otherwise than a norm alone: whoever goes on must sum too.
  if (source === "layer") stream.add(g.input("zeros", "float32", [1, "T", "C"]));
  for (const [layer, design] of layers.entries()) {
    const isLast = layer === layers.length - 1;
    const shown = showsStates && layer > 0 ? `state.${layer - 1}` : undefined;
    addLayer(g, { shape, layer, design, showsAttention }, stream, {
      positions,
      rows: isLast ? rows : undefined,
      shown,
    });
    if (shown !== undefined) g.output(shown, "float32", ["B", "T", "C"]);
  }
  addResult(g, { shape, result }, stream);
  return g.graph();
}

function addEmbedding(g: GraphBuilder, { block, modules, epsilon }: DecoderShape): string {
  const rows = g.node("Gather", [g.input("embedding", "float32", ["V", "C"]), g.input("ids", "int32", ["B", "T"])]);
  let value = addScale(g, rows, block.embeddingScale);
  if (block.positions === "learned") {
    const table = g.input("position_table", "float32", ["P", "C"]);
    value = g.node("Add", [value, g.node("Gather", [table, "position_ids"])]);
  }
  if (modules.embeddingNorm === undefined) return value;
  const norm = declareNorm(g, "embedding_norm", block.norm.hasBias);
  return addNorm(g, value, norm, { kind: block.norm.kind, epsilon }, "embedded");
}

interface LayerInputs {
  readonly positions: PositionInputs;
  /** Those that go on after attention; undefined if all. */
  readonly rows: string | undefined;
  /** A name for what comes in, whose last term is pending; undefined if it needs none. */
  readonly shown: string | undefined;
}

/** Adds attention and MLP with their norms to the stream. */
function addLayer(g: GraphBuilder, place: LayerPlace, stream: ResidualStream, inputs: LayerInputs): void {
  const { positions, rows, shown } = inputs;
  const { shape, layer } = place;
  const { block, modules, epsilon } = shape;
  const choose = (value: string): string => (rows === undefined ? value : chooseRows(g, value, rows));
  const norm = (name: string) => declareNorm(g, `${name}.${layer}`, block.norm.hasBias);
  const normed =
    modules.attentionNorm === undefined ? stream.value(shown) : stream.norm(norm("attention_norm"), { sum: shown });
  const attended = choose(addAttention(g, place, normed, positions));
  if (rows !== undefined) stream.choose(rows);
  const mlpInput = (): string => {
    if (modules.mlpNorm !== undefined) return stream.norm(norm("mlp_norm"));
    return block.isParallel && modules.attentionNorm !== undefined ? choose(normed) : stream.value();
  };
  const add = (value: string, module: string | undefined, name: string): void => {
    const settings = { kind: block.norm.kind, epsilon };
    const added = module === undefined ? value : addNorm(g, value, norm(name), settings, `added_by_${name}.${layer}`);
    stream.add(addScale(g, added, block.residualScale));
  };
  const early = block.isParallel ? mlpInput() : undefined;
  const hasBias = block.biases.attentionOutput;
  const output = addLinear(g, attended, { name: "attention_output", layer, dims: ["C", "A"], hasBias });
  add(output, modules.attentionPostNorm, "attention_post_norm");
  add(addMlp(g, place, early ?? mlpInput()), modules.mlpPostNorm, "mlp_post_norm");
}

function addResult(
  g: GraphBuilder,
  { shape, result }: Pick<TrunkSettings, "shape" | "result">,
  stream: ResidualStream,
): void {
  if (result === "hidden") {
    stream.finish("result");
    g.output("result", "float32", ["B", "T", "C"]);
    return;
  }
  const norm = declareNorm(g, "final_norm", shape.block.norm.hasBias);
  const normed = stream.norm(norm, { norm: result === "rows" ? "result" : undefined });
  if (result === "logits") addHead(g, normed, shape.block, "result");
  g.output("result", "float32", ["N", result === "rows" ? "C" : "V"]);
}
