import type { DecoderArchitecture } from "./decoder.ts";
import { OLD_BLOCK } from "./gpt2.ts";

/** Bloom: ALiBi, and embeddings are normed. */
export const BLOOM: DecoderArchitecture = {
  className: "BloomForCausalLM",
  modelType: "bloom",
  modules: {
    embedding: "transformer.word_embeddings",
    embeddingNorm: "transformer.word_embeddings_layernorm",
    attentionNorm: "transformer.h.{layer}.input_layernorm",
    queryKeyValue: "transformer.h.{layer}.self_attention.query_key_value",
    attentionOutput: "transformer.h.{layer}.self_attention.dense",
    mlpNorm: "transformer.h.{layer}.post_attention_layernorm",
    up: "transformer.h.{layer}.mlp.dense_h_to_4h",
    down: "transformer.h.{layer}.mlp.dense_4h_to_h",
    finalNorm: "transformer.ln_f",
    head: "lm_head",
  },
  block: { ...OLD_BLOCK, queryKeyValueOrder: "by head", positions: "alibi" },
  keys: {
    hidden_size: ["n_embed"],
    max_position_embeddings: ["seq_length"],
    num_attention_heads: ["n_head"],
    num_hidden_layers: ["n_layer"],
    rms_norm_eps: ["layer_norm_epsilon"],
  },
  feedForwardFactor: 4,
  defaults: {
    hidden_act: "gelu_pytorch_tanh",
    layer_norm_epsilon: 1e-5,
    max_position_embeddings: 2048,
    tie_word_embeddings: true,
  },
  vary: (config) => {
    const key = "apply_residual_connection_post_layernorm";
    if (config.flag(key)) throw config.reject(key, "false");
    return {};
  },
};
