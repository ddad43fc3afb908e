import type { DecoderArchitecture } from "./decoder.ts";
import { layerWindow } from "./layer-window.ts";
import { EXPERT_MODULES } from "./mixtral.ts";
import { denseLayers, isQwenSparse, qwenExperts } from "./qwen2-moe.ts";
import { QWEN3, QWEN3_MODULES } from "./qwen3.ts";

/** Qwen 3 with experts. */
export const QWEN3_MOE: DecoderArchitecture = {
  className: "Qwen3MoeForCausalLM",
  modelType: "qwen3_moe",
  modules: { ...QWEN3_MODULES, experts: EXPERT_MODULES },
  block: QWEN3.block,
  keys: { num_experts: ["num_local_experts"] },
  defaults: {
    decoder_sparse_step: 1,
    hidden_act: "silu",
    max_position_embeddings: 32_768,
    moe_intermediate_size: 768,
    num_experts: 128,
    num_experts_per_tok: 8,
    num_key_value_heads: 4,
    rms_norm_eps: 1e-6,
    sliding_window: 4096,
  },
  vary: (config) => ({ experts: qwenExperts(config) }),
  layer: (config, l) => ({
    window: layerWindow(config, l, { slides: () => true, switchKey: "use_sliding_window" }),
    isSparse: isQwenSparse(config, l),
  }),
  stackConfig: denseLayers,
};
