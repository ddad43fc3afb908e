import type { DecoderArchitecture } from "./decoder.ts";
import { OLD_BLOCK } from "./gpt2.ts";

/** GPT-NeoX and Pythia: attention and MLP side by side, and part of each head turns. */
export const GPT_NEOX: DecoderArchitecture = {
  className: "GPTNeoXForCausalLM",
  modelType: "gpt_neox",
  modules: {
    embedding: "gpt_neox.embed_in",
    attentionNorm: "gpt_neox.layers.{layer}.input_layernorm",
    queryKeyValue: "gpt_neox.layers.{layer}.attention.query_key_value",
    attentionOutput: "gpt_neox.layers.{layer}.attention.dense",
    mlpNorm: "gpt_neox.layers.{layer}.post_attention_layernorm",
    up: "gpt_neox.layers.{layer}.mlp.dense_h_to_4h",
    down: "gpt_neox.layers.{layer}.mlp.dense_4h_to_h",
    finalNorm: "gpt_neox.final_layer_norm",
    head: "embed_out",
  },
  block: {
    ...OLD_BLOCK,
    biases: {
      ...OLD_BLOCK.biases,
      queryKeyValue: { configKey: "attention_bias" },
      attentionOutput: { configKey: "attention_bias" },
    },
    isParallel: { configKey: "use_parallel_residual" },
    queryKeyValueOrder: "by head",
  },
  keys: {
    partial_rotary_factor: ["rotary_pct"],
    rms_norm_eps: ["layer_norm_eps"],
  },
  ropes: [{ thetaKey: "rotary_emb_base", isScaled: true }],
  defaults: {
    attention_bias: true,
    hidden_act: "gelu",
    layer_norm_eps: 1e-5,
    max_position_embeddings: 2048,
    partial_rotary_factor: 0.25,
    use_parallel_residual: true,
  },
};
