import type { Tensor } from "onnxruntime-node";
import type { DecoderModules } from "../arch/decoder.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Model } from "../model/model.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { channelPlaces, paddedHeadWidth } from "./head-layout.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import { createWeightMemory, type StoredWeight, type WeightMemory } from "./weight-memory.ts";

/** A model's weights in memory, as float32, laid out as the graphs take them. */
export interface DecoderWeights {
  /** [V, C] */
  readonly embedding: Tensor;
  /** [C] */
  readonly finalNorm: Tensor;
  /** [V, C]; the embedding's own tensor in tied models. */
  readonly head: Tensor;
  /** [L] inputs of a layer, by their names in `trunkGraph` without the layer's number. */
  readonly layers: readonly Tensors[];
  /** Checks that a model has all tensors in the shapes expected. @throws model/tensor_missing, engine/bad_shape */
  check(model: Model): void;
  /** Fills the memory with the weights of a model that was checked. @throws what reading raises */
  load(model: Model, kernels: Kernels): void;
}

/** Takes memory for the weights of a shape. Nothing is read yet. */
export function createDecoderWeights(runtime: Runtime, shape: DecoderShape): DecoderWeights {
  const memory = createWeightMemory(runtime);
  const { vocabulary: V, width: C, headTensor, architecture } = shape;
  const { modules } = architecture;
  const embedding = matrix(modules.embedding, V, C);
  const taken = memory.take([embedding], [V, C]);
  const isTied = headTensor === embedding.name;
  return {
    embedding: taken,
    finalNorm: memory.take([{ name: `${modules.finalNorm}.weight`, shape: [C] }], [C]),
    head: isTied ? taken : memory.take([{ name: headTensor, shape: [V, C] }], [V, C]),
    layers: Array.from({ length: shape.layers }, (_, l) => {
      const named = atLayer(modules, l);
      return { ...takeAttention(memory, shape, named), ...takeMlp(memory, shape, named) };
    }),
    check: memory.check,
    load: memory.load,
  };
}

function atLayer(modules: DecoderModules, l: number): DecoderModules {
  const named = Object.entries(modules).map(([role, name]) => [role, name.replace("{layer}", `${l}`)]);
  return Object.fromEntries(named) as DecoderModules;
}

function matrix(module: string, out: number, inner: number): StoredWeight {
  return { name: `${module}.weight`, shape: [out, inner] };
}

/** Queries, keys and values share one matrix, so that one product makes all three. */
function takeAttention(memory: WeightMemory, shape: DecoderShape, modules: DecoderModules): Tensors {
  const { width: C, heads: H, kvHeads: K, headWidth: D, biases } = shape;
  const wide = paddedHeadWidth(D);
  const Q = (H + 2 * K) * wide;
  const projections = [
    { module: modules.query, count: H, places: channelPlaces(D, "turned") },
    { module: modules.key, count: K, places: channelPlaces(D, "turned") },
    { module: modules.value, count: K, places: channelPlaces(D, "plain") },
  ];
  const weights = projections.map(({ module, count, places }) => ({
    ...matrix(module, count * D, C),
    heads: { places, inner: C },
  }));
  const biasVectors = projections.map(({ module, count, places }) => ({
    name: `${module}.bias`,
    shape: [count * D],
    heads: { places, inner: 1 },
  }));
  const outputHeads = { places: channelPlaces(D, "plain"), inner: 1 };
  const output = { ...matrix(modules.attentionOutput, C, H * D), heads: outputHeads };
  return {
    attention_norm: memory.take([{ name: `${modules.attentionNorm}.weight`, shape: [C] }], [C]),
    qkv: memory.take(weights, [Q, C]),
    attention_output: memory.take([output], [C, H * wide]),
    ...(biases.queryKeyValue ? { qkv_bias: memory.take(biasVectors, [Q]) } : {}),
    ...(biases.attentionOutput ? { attention_output_bias: takeBias(memory, modules.attentionOutput, C) } : {}),
  };
}

function takeMlp(memory: WeightMemory, shape: DecoderShape, modules: DecoderModules): Tensors {
  const { width: C, feedForward: F, biases } = shape;
  return {
    mlp_norm: memory.take([{ name: `${modules.mlpNorm}.weight`, shape: [C] }], [C]),
    gate: memory.take([matrix(modules.gate, F, C)], [F, C]),
    up: memory.take([matrix(modules.up, F, C)], [F, C]),
    down: memory.take([matrix(modules.down, C, F)], [C, F]),
    ...(biases.mlp
      ? {
          gate_bias: takeBias(memory, modules.gate, F),
          up_bias: takeBias(memory, modules.up, F),
          down_bias: takeBias(memory, modules.down, C),
        }
      : {}),
  };
}

function takeBias(memory: WeightMemory, module: string, length: number): Tensor {
  return memory.take([{ name: `${module}.bias`, shape: [length] }], [length]);
}
