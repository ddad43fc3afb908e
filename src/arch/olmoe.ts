import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";
import { EXPERT_MODULES } from "./mixtral.ts";

/** OLMoE: Llama's block with experts; all queries, and all keys, are normed together. */
export const OLMOE: DecoderArchitecture = {
  className: "OlmoeForCausalLM",
  modelType: "olmoe",
  modules: {
    ...LLAMA_MODULES,
    queryNorm: "model.layers.{layer}.self_attn.q_norm",
    keyNorm: "model.layers.{layer}.self_attn.k_norm",
    experts: EXPERT_MODULES,
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
  keys: { num_experts: ["num_local_experts"] },
  defaults: {
    hidden_act: "silu",
    max_position_embeddings: 4096,
    num_experts: 64,
    num_experts_per_tok: 8,
    rms_norm_eps: 1e-5,
  },
  vary: (config) => {
    if ((config.value("clip_qkv") ?? null) !== null) throw config.reject("clip_qkv", "null");
    return {
      experts: {
        count: config.count("num_experts"),
        perToken: config.count("num_experts_per_tok"),
        feedForward: config.count("intermediate_size"),
        sharedFeedForward: 0,
        normalizes: config.flag("norm_topk_prob"),
      },
    };
  },
  layer: () => ({ isSparse: true }),
};
