import type { DecoderModules } from "../arch/decoder.ts";
import { mapModules } from "../arch/map-modules.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Model } from "../model/model.ts";
import { takeAttention } from "./attention-weights.ts";
import type { QuantisedMatrix } from "./block-quantisation.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { type HalfType, isHalf, isQuantised, type MatrixType } from "./matrix-type.ts";
import { takeMlp } from "./mlp-weights.ts";
import { takeBias, takeNorm } from "./module-weights.ts";
import type { Graph } from "./onnx/encode-model.ts";
import { quantiseProducts } from "./quantised-graph.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import { leaseSession, ownSession, type SessionLease, type SessionRequest } from "./session-pool.ts";
import { createWeightMemory, type WeightMemory } from "./weight-memory.ts";
import { widenInputs } from "./widened-graph.ts";

/** A model's weights in memory, laid out as the graphs take them, by their names there. */
export interface WeightTensors {
  /** `embedding` [V, C], and `position_table` [positions, C], `embedding_norm` [C] where the model has them. */
  readonly source: Tensors;
  /** `final_norm` [C] */
  readonly finalNorm: Tensors;
  /** `head` [V, C], the embedding's own tensor in tied models unless it is in few bits; `head_bias` [V] where the model has it. */
  readonly head: Tensors;
  /** [L] inputs of a layer, without the layer's number. */
  readonly layers: readonly Tensors[];
}

/** The weights of models of one shape, one after another. */
export interface DecoderWeights {
  /** Another object where a load brought other memory. */
  readonly tensors: WeightTensors;
  /**
   * Takes a session of a graph with these weights among its inputs. Those in few bits become part of the session, which
   * does not look at them again: it must be asked for after loading, and is of use until the next load.
   *
   * @param inputs - the weights that the graph will be given.
   * @throws engine/runtime_missing, engine/run_failed
   */
  lease(request: SessionRequest, inputs: Tensors): Promise<SessionLease>;
  /** Checks that a model has all tensors in the shapes expected. @throws model/tensor_missing, engine/bad_shape */
  check(model: Model): void;
  /** Fills the memory with the weights of a model that was checked. @throws what reading raises */
  load(model: Model, kernels: Kernels): void;
}

/** Elements of a head that are widened at a time: 32 MiB. */
const HEAD_PIECE_ELEMENTS = 2 ** 23;
/** Fewer bits of the head cost more errors than they save time. */
const HEAD_BITS = 8;

/** Takes memory for the weights of a shape. Nothing is read yet. @param matrices - what all matrices are stored in, or F32 */
export function createDecoderWeights(runtime: Runtime, shape: DecoderShape, matrices: MatrixType): DecoderWeights {
  const memory = createWeightMemory(runtime, { matrices });
  const tensors = takeWeights(memory, shape, matrices);
  return { tensors, lease: leaseOf(memory, shape, { matrices, tensors }), check: memory.check, load: memory.load };
}

/** Takes all weights of a shape. */
export function takeWeights(memory: WeightMemory, shape: DecoderShape, matrices: MatrixType): WeightTensors {
  return {
    ...takeEnds(memory, shape, matrices),
    layers: Array.from({ length: shape.layers }, (_, l) => takeLayer(memory, shape, l)),
  };
}

/** Takes what comes before and after the layers. */
export function takeEnds(
  memory: WeightMemory,
  shape: DecoderShape,
  matrices: MatrixType,
): Omit<WeightTensors, "layers"> {
  const source = takeSource(memory, shape);
  return {
    source,
    finalNorm: takeNorm(memory, shape, shape.modules.finalNorm, "final_norm"),
    head: takeHead(memory, shape, source, isQuantised(matrices)),
  };
}

/** Makes what leases sessions. @param tensors - with the types that they will have. */
export function leaseOf(
  memory: WeightMemory,
  shape: DecoderShape,
  { matrices, tensors }: { readonly matrices: MatrixType; readonly tensors: WeightTensors },
): DecoderWeights["lease"] {
  const { source, head, layers } = tensors;
  const widen = isHalf(matrices) ? widener(shape, matrices, [source, head, ...layers]) : undefined;
  return ({ graph, threads }, inputs) => {
    if (!isQuantised(matrices)) return leaseSession({ graph: widen?.(graph) ?? graph, threads });
    return ownSession({ graph: quantiseProducts(graph, quantisedAmong(memory, inputs)), threads });
  };
}

function quantisedAmong(memory: WeightMemory, inputs: Tensors): ReadonlyMap<string, QuantisedMatrix> {
  return new Map(
    Object.entries(inputs).flatMap(([name, tensor]) => {
      const matrix = memory.quantisedOf(tensor);
      return matrix === undefined ? [] : [[name, matrix] as const];
    }),
  );
}

/** Returns what makes graphs take 16-bit matrices. */
function widener(
  { vocabulary: rows, width }: DecoderShape,
  type: HalfType,
  all: readonly Tensors[],
): (graph: Graph) => Graph {
  const entries = all.flatMap((tensors) => Object.entries(tensors));
  const held = new Set(entries.filter(([, { type: found }]) => found === "uint16").map(([name]) => name));
  const isHeld = (input: string): boolean => held.has(input.replace(/\.\d+$/, ""));
  const pieces = new Map([["head", { rows, pieceRows: Math.max(1, Math.floor(HEAD_PIECE_ELEMENTS / width)) }]]);
  return (graph) => widenInputs(graph, { type, isHeld, pieces });
}

function takeSource(memory: WeightMemory, shape: DecoderShape): Tensors {
  const { modules, vocabulary: V, width: C, contextLength: P } = shape;
  const { embedding, positions, embeddingNorm } = modules;
  return {
    embedding: memory.takeMatrix([{ name: `${embedding}.weight`, shape: [V, C] }], [V, C]),
    ...(positions === undefined
      ? {}
      : { position_table: memory.takeMatrix([{ name: `${positions}.weight`, shape: [P, C] }], [P, C]) }),
    ...takeNorm(memory, shape, embeddingNorm, "embedding_norm"),
  };
}

function takeHead(memory: WeightMemory, shape: DecoderShape, { embedding }: Tensors, isInFewBits: boolean): Tensors {
  const { modules, vocabulary: V, width: C, headTensor, block } = shape;
  const isTied = headTensor === `${modules.embedding}.weight`;
  return {
    head:
      isTied && !isInFewBits ? embedding! : memory.takeLinear([{ name: headTensor, shape: [V, C] }], [V, C], HEAD_BITS),
    ...(block.biases.head ? { head_bias: takeBias(memory, modules.head, V) } : {}),
  };
}

/** Takes the weights of one layer. @returns them without the layer's number. */
export function takeLayer(memory: WeightMemory, shape: DecoderShape, l: number): Tensors {
  const modules: DecoderModules = mapModules(shape.modules, (name) => name.replace("{layer}", `${l}`));
  return {
    ...takeNorm(memory, shape, modules.attentionNorm, "attention_norm"),
    ...takeAttention(memory, shape, modules),
    ...takeNorm(memory, shape, modules.attentionPostNorm, "attention_post_norm"),
    ...takeNorm(memory, shape, modules.mlpNorm, "mlp_norm"),
    ...takeMlp(memory, shape, modules, l),
    ...takeNorm(memory, shape, modules.mlpPostNorm, "mlp_post_norm"),
  };
}
