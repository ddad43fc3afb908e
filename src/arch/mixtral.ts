import { type DecoderArchitecture, type ExpertModules, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

/** Experts as current libraries name them; those of older files are shown under these names when a model is opened. */
export const EXPERT_MODULES: ExpertModules = {
  router: "model.layers.{layer}.mlp.gate",
  gateUp: "model.layers.{layer}.mlp.experts.gate_up_proj",
  down: "model.layers.{layer}.mlp.experts.down_proj",
};

/** Mixtral: Mistral's block with experts in place of the MLP. */
export const MIXTRAL: DecoderArchitecture = {
  className: "MixtralForCausalLM",
  modelType: "mixtral",
  modules: { ...LLAMA_MODULES, experts: EXPERT_MODULES },
  block: PLAIN_BLOCK,
  keys: { num_experts: ["num_local_experts"] },
  ropes: [{ thetaKey: "rope_theta", theta: 1_000_000, isScaled: true }],
  defaults: {
    hidden_act: "silu",
    max_position_embeddings: 131_072,
    num_experts_per_tok: 2,
    num_key_value_heads: 8,
    num_local_experts: 8,
    rms_norm_eps: 1e-5,
  },
  vary: (config) => ({
    experts: {
      count: config.count("num_experts"),
      perToken: config.count("num_experts_per_tok"),
      feedForward: config.count("intermediate_size"),
      sharedFeedForward: 0,
      normalizes: true,
    },
  }),
  layer: (config) => ({ window: config.optionalCount("sliding_window"), isSparse: true }),
};
