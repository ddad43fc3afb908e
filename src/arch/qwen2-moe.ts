import type { ConfigReader } from "./config-reader.ts";
import { type DecoderArchitecture, type ExpertDesign, PLAIN_BLOCK } from "./decoder.ts";
import { layerWindow, maxWindowLayers } from "./layer-window.ts";
import { LLAMA_MODULES } from "./llama.ts";
import { EXPERT_MODULES } from "./mixtral.ts";
import { firstWindow, hasWindow } from "./qwen2.ts";
import { allOf, type LayerConfig, type SourceLayer, slidingLayers } from "./stacked-config.ts";

/** Experts of both generations, without what all tokens share. */
export function qwenExperts(config: ConfigReader): ExpertDesign {
  return {
    count: config.count("num_experts"),
    perToken: config.count("num_experts_per_tok"),
    feedForward: config.count("moe_intermediate_size"),
    sharedFeedForward: 0,
    normalizes: config.flag("norm_topk_prob"),
  };
}

/** Whether layer `l` has experts: every so many layers, but not those that are listed. */
export function isQwenSparse(config: ConfigReader, l: number): boolean {
  const dense = config.value("mlp_only_layers");
  if (Array.isArray(dense) && dense.includes(l)) return false;
  return (l + 1) % config.count("decoder_sparse_step") === 0;
}

/** Lists the layers without experts where their rule does not hold any more. */
export function denseLayers(layers: readonly SourceLayer[], config: LayerConfig): LayerConfig {
  const isDense = layers.map((source) => isDenseAt(source.config, source.layer));
  if (isDense.every((dense, place) => dense === isDenseAt(config, place))) return {};
  return { decoder_sparse_step: 1, mlp_only_layers: isDense.flatMap((dense, place) => (dense ? [place] : [])) };
}

function isDenseAt({ decoder_sparse_step: step, mlp_only_layers: dense }: LayerConfig, layer: number): boolean {
  if (Array.isArray(dense) && dense.includes(layer)) return true;
  return (layer + 1) % (typeof step === "number" ? step : 1) !== 0;
}

/** Qwen 1.5 and 2 with experts, and an MLP that all tokens share. */
export const QWEN2_MOE: DecoderArchitecture = {
  className: "Qwen2MoeForCausalLM",
  modelType: "qwen2_moe",
  modules: {
    ...LLAMA_MODULES,
    experts: {
      ...EXPERT_MODULES,
      shared: {
        gate: "model.layers.{layer}.mlp.shared_expert.gate_proj",
        up: "model.layers.{layer}.mlp.shared_expert.up_proj",
        down: "model.layers.{layer}.mlp.shared_expert.down_proj",
        weight: "model.layers.{layer}.mlp.shared_expert_gate",
      },
    },
  },
  block: { ...PLAIN_BLOCK, biases: { ...PLAIN_BLOCK.biases, queryKeyValue: { configKey: "qkv_bias" } } },
  keys: { num_experts: ["num_local_experts"] },
  defaults: {
    decoder_sparse_step: 1,
    hidden_act: "silu",
    max_position_embeddings: 32_768,
    max_window_layers: 28,
    moe_intermediate_size: 1408,
    num_experts: 60,
    num_experts_per_tok: 4,
    qkv_bias: true,
    rms_norm_eps: 1e-6,
    shared_expert_intermediate_size: 5632,
    sliding_window: 4096,
  },
  vary: (config) => ({
    experts: { ...qwenExperts(config), sharedFeedForward: config.count("shared_expert_intermediate_size") },
  }),
  layer: (config, l) => {
    const slides = (layer: number): boolean => layer % 2 === 0 && layer < maxWindowLayers(config);
    const window = layerWindow(config, l, { slides, switchKey: "use_sliding_window" });
    return { window, isSparse: isQwenSparse(config, l) };
  },
  stackConfig: allOf(
    denseLayers,
    slidingLayers((config, layer) => hasWindow(config) && layer % 2 === 0 && layer < firstWindow(config)),
  ),
};
