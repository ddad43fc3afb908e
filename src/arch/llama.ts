import { type DecoderArchitecture, type DecoderModules, PLAIN_BLOCK } from "./decoder.ts";

/** What Llama's modules are called; many families took the names over. */
export const LLAMA_MODULES: DecoderModules = {
  embedding: "model.embed_tokens",
  attentionNorm: "model.layers.{layer}.input_layernorm",
  query: "model.layers.{layer}.self_attn.q_proj",
  key: "model.layers.{layer}.self_attn.k_proj",
  value: "model.layers.{layer}.self_attn.v_proj",
  attentionOutput: "model.layers.{layer}.self_attn.o_proj",
  mlpNorm: "model.layers.{layer}.post_attention_layernorm",
  gate: "model.layers.{layer}.mlp.gate_proj",
  up: "model.layers.{layer}.mlp.up_proj",
  down: "model.layers.{layer}.mlp.down_proj",
  finalNorm: "model.norm",
  head: "lm_head",
};

/** Llama 1 to 3 and the many models that use its class: Yi, SmolLM, TinyLlama, Vicuna, DeepSeek's first models. */
export const LLAMA: DecoderArchitecture = {
  className: "LlamaForCausalLM",
  modelType: "llama",
  modules: LLAMA_MODULES,
  block: {
    ...PLAIN_BLOCK,
    biases: {
      queryKeyValue: { configKey: "attention_bias" },
      attentionOutput: { configKey: "attention_bias" },
      mlp: { configKey: "mlp_bias" },
      head: false,
    },
  },
  defaults: { hidden_act: "silu", max_position_embeddings: 2048, rms_norm_eps: 1e-6 },
};
