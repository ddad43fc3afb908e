import type { ConfigReader } from "./config-reader.ts";
import { type BlockDesign, type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

/** What all Gemmas have: norms count from 1, and biases by a flag. */
export const GEMMA_BLOCK: BlockDesign = {
  ...PLAIN_BLOCK,
  norm: { kind: "rms", hasBias: false, offset: 1 },
  biases: {
    ...PLAIN_BLOCK.biases,
    queryKeyValue: { configKey: "attention_bias" },
    attentionOutput: { configKey: "attention_bias" },
  },
};

/** Embeddings are as long as the root of their width. */
export function gemmaScale(config: ConfigReader): Pick<BlockDesign, "embeddingScale"> {
  return { embeddingScale: Math.sqrt(config.count("hidden_size")) };
}

/** Gemma 1. */
export const GEMMA: DecoderArchitecture = {
  className: "GemmaForCausalLM",
  modelType: "gemma",
  modules: LLAMA_MODULES,
  block: GEMMA_BLOCK,
  defaults: {
    head_dim: 256,
    hidden_act: "gelu_pytorch_tanh",
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-6,
    tie_word_embeddings: true,
  },
  vary: (config) => ({
    block: gemmaScale(config),
    // First releases say "gelu" and mean its approximation.
    ...(config.value("hidden_act") === "gelu" ? { activation: "tanh_gelu" as const } : {}),
  }),
};
