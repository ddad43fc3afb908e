import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

const { query, key, value, gate, up, ...shared } = LLAMA_MODULES;

/** Phi-3 and 4: Llama's block with joint matrices. */
export const PHI3: DecoderArchitecture = {
  className: "Phi3ForCausalLM",
  modelType: "phi3",
  modules: {
    ...shared,
    queryKeyValue: "model.layers.{layer}.self_attn.qkv_proj",
    gateUp: "model.layers.{layer}.mlp.gate_up_proj",
  },
  block: PLAIN_BLOCK,
  defaults: {
    hidden_act: "silu",
    max_position_embeddings: 4096,
    original_max_position_embeddings: 4096,
    partial_rotary_factor: 1,
    rms_norm_eps: 1e-5,
  },
  layer: (config) => ({ window: config.optionalCount("sliding_window") }),
};
