import type { DecoderArchitecture } from "./decoder.ts";
import { LLAMA } from "./llama.ts";

/** Granite: Llama's block with factors at embeddings, attention, what layers add, and logits. */
export const GRANITE: DecoderArchitecture = {
  ...LLAMA,
  className: "GraniteForCausalLM",
  modelType: "granite",
  defaults: {
    ...LLAMA.defaults,
    attention_multiplier: 1,
    embedding_multiplier: 1,
    logits_scaling: 1,
    residual_multiplier: 1,
  },
  vary: (config) => ({
    block: {
      attentionScale: config.positive("attention_multiplier"),
      embeddingScale: config.positive("embedding_multiplier"),
      logitScale: 1 / config.positive("logits_scaling"),
      residualScale: config.positive("residual_multiplier"),
    },
  }),
};
