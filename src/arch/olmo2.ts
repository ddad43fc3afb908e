import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

const { attentionNorm, mlpNorm, ...shared } = LLAMA_MODULES;

/** OLMo 2: norms come after attention and MLP instead of before, and all queries, and all keys, are normed together. */
export const OLMO2: DecoderArchitecture = {
  className: "Olmo2ForCausalLM",
  modelType: "olmo2",
  modules: {
    ...shared,
    queryNorm: "model.layers.{layer}.self_attn.q_norm",
    keyNorm: "model.layers.{layer}.self_attn.k_norm",
    attentionPostNorm: "model.layers.{layer}.post_attention_layernorm",
    mlpPostNorm: "model.layers.{layer}.post_feedforward_layernorm",
  },
  block: {
    ...PLAIN_BLOCK,
    biases: {
      ...PLAIN_BLOCK.biases,
      queryKeyValue: { configKey: "attention_bias" },
      attentionOutput: { configKey: "attention_bias" },
    },
    queryKeyNorm: "all heads",
  },
  defaults: { hidden_act: "silu", max_position_embeddings: 2048, rms_norm_eps: 1e-5 },
};
