import type { ConfigReader } from "./config-reader.ts";
import type { DecoderArchitecture, DecoderModules, DecoderVariation } from "./decoder.ts";
import { GEMMA_BLOCK, gemmaScale } from "./gemma.ts";
import { layerWindow } from "./layer-window.ts";
import { LLAMA_MODULES } from "./llama.ts";
import { slidingLayers } from "./stacked-config.ts";

/** What attention and MLP add is normed too. */
export const GEMMA2_MODULES: DecoderModules = {
  ...LLAMA_MODULES,
  attentionPostNorm: "model.layers.{layer}.post_attention_layernorm",
  mlpNorm: "model.layers.{layer}.pre_feedforward_layernorm",
  mlpPostNorm: "model.layers.{layer}.post_feedforward_layernorm",
};

/** What Gemma 2 and 3 take from config.json. */
export function varyGemma(config: ConfigReader): DecoderVariation {
  if (config.flag("use_bidirectional_attention")) throw config.reject("use_bidirectional_attention", "false");
  return {
    block: {
      ...gemmaScale(config),
      attentionScale: config.positive("query_pre_attn_scalar") ** -0.5,
      attentionCap: config.optionalPositive("attn_logit_softcapping"),
      logitCap: config.optionalPositive("final_logit_softcapping"),
    },
  };
}

/** Gemma 2: logits and attention are bounded, and every other layer slides. */
export const GEMMA2: DecoderArchitecture = {
  className: "Gemma2ForCausalLM",
  modelType: "gemma2",
  modules: GEMMA2_MODULES,
  block: GEMMA_BLOCK,
  keys: { hidden_act: ["hidden_activation"] },
  defaults: {
    attn_logit_softcapping: 50,
    final_logit_softcapping: 30,
    head_dim: 256,
    hidden_activation: "gelu_pytorch_tanh",
    max_position_embeddings: 8192,
    num_key_value_heads: 4,
    query_pre_attn_scalar: 256,
    rms_norm_eps: 1e-6,
    sliding_window: 4096,
    tie_word_embeddings: true,
  },
  vary: varyGemma,
  layer: (config, l) => ({ window: layerWindow(config, l, { slides: (layer) => layer % 2 === 0 }) }),
  stackConfig: slidingLayers((_, layer) => layer % 2 === 0),
};
