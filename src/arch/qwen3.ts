import { type DecoderArchitecture, type DecoderModules, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";
import { QWEN2 } from "./qwen2.ts";

/** Qwen 3's modules: queries and keys are normed head by head. */
export const QWEN3_MODULES: DecoderModules = {
  ...LLAMA_MODULES,
  queryNorm: "model.layers.{layer}.self_attn.q_norm",
  keyNorm: "model.layers.{layer}.self_attn.k_norm",
};

/** Qwen 3. */
export const QWEN3: DecoderArchitecture = {
  ...QWEN2,
  className: "Qwen3ForCausalLM",
  modelType: "qwen3",
  modules: QWEN3_MODULES,
  block: {
    ...PLAIN_BLOCK,
    biases: {
      ...PLAIN_BLOCK.biases,
      queryKeyValue: { configKey: "attention_bias" },
      attentionOutput: { configKey: "attention_bias" },
    },
    queryKeyNorm: "head",
  },
  defaults: { ...QWEN2.defaults, head_dim: 128 },
};
