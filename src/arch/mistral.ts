import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

/** Mistral: Llama's names and block, with a sliding window in the first models. */
export const MISTRAL: DecoderArchitecture = {
  className: "MistralForCausalLM",
  modelType: "mistral",
  modules: LLAMA_MODULES,
  block: PLAIN_BLOCK,
  defaults: {
    hidden_act: "silu",
    max_position_embeddings: 131_072,
    num_key_value_heads: 8,
    rms_norm_eps: 1e-6,
    sliding_window: 4096,
  },
  layer: (config) => ({ window: config.optionalCount("sliding_window") }),
};
