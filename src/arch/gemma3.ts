import type { DecoderArchitecture } from "./decoder.ts";
import { GEMMA_BLOCK } from "./gemma.ts";
import { GEMMA2_MODULES, varyGemma } from "./gemma2.ts";
import { layerWindow, slidesAt } from "./layer-window.ts";
import { isWithinPattern, slidingLayers } from "./stacked-config.ts";

/** Gemma 3, text only: queries and keys are normed, and layers that slide turn at another speed than the others. */
export const GEMMA3: DecoderArchitecture = {
  className: "Gemma3ForCausalLM",
  modelType: "gemma3_text",
  modules: {
    ...GEMMA2_MODULES,
    queryNorm: "model.layers.{layer}.self_attn.q_norm",
    keyNorm: "model.layers.{layer}.self_attn.k_norm",
  },
  block: { ...GEMMA_BLOCK, queryKeyNorm: "head" },
  keys: { hidden_act: ["hidden_activation"] },
  ropes: [
    { section: "full_attention", thetaKey: "rope_theta", theta: 1_000_000, isScaled: true },
    { section: "sliding_attention", thetaKey: "rope_local_base_freq", theta: 10_000, isScaled: false },
  ],
  defaults: {
    head_dim: 256,
    hidden_activation: "gelu_pytorch_tanh",
    max_position_embeddings: 131_072,
    num_key_value_heads: 4,
    query_pre_attn_scalar: 256,
    rms_norm_eps: 1e-6,
    sliding_window: 4096,
    sliding_window_pattern: 6,
    tie_word_embeddings: true,
  },
  vary: (config) => {
    const { block } = varyGemma(config);
    // Its attention does not look at attn_logit_softcapping.
    return { block: { ...block, attentionCap: undefined } };
  },
  layer: (config, l) => {
    const slides = (layer: number): boolean => (layer + 1) % config.count("sliding_window_pattern") !== 0;
    return { window: layerWindow(config, l, { slides }), rope: slidesAt(config, l, slides) ? 1 : 0 };
  },
  stackConfig: slidingLayers((config, layer) => isWithinPattern(config, layer, "sliding_window_pattern", 6)),
};
