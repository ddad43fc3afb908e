import { type DecoderArchitecture, type DecoderModules, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

const NORMED_MODULES: DecoderModules = {
  ...LLAMA_MODULES,
  queryNorm: "model.layers.{layer}.self_attn.q_layernorm.norms.{head}",
  keyNorm: "model.layers.{layer}.self_attn.k_layernorm.norms.{head}",
};

/** StableLM: layer norms, and part of each head turns; its largest model norms each head, and has one norm a layer. */
export const STABLELM: DecoderArchitecture = {
  className: "StableLmForCausalLM",
  modelType: "stablelm",
  modules: LLAMA_MODULES,
  block: {
    ...PLAIN_BLOCK,
    norm: { kind: "layer", hasBias: true, offset: 0 },
    biases: { ...PLAIN_BLOCK.biases, queryKeyValue: { configKey: "use_qkv_bias" } },
    isParallel: { configKey: "use_parallel_residual" },
  },
  keys: { partial_rotary_factor: ["rope_pct"], rms_norm_eps: ["layer_norm_eps", "norm_eps"] },
  defaults: {
    hidden_act: "silu",
    layer_norm_eps: 1e-5,
    max_position_embeddings: 4096,
    partial_rotary_factor: 0.25,
  },
  vary: (config) => {
    const isNormed = config.flag("qk_layernorm");
    const { mlpNorm, ...withoutMlpNorm } = isNormed ? NORMED_MODULES : LLAMA_MODULES;
    const hasMlpNorm = !config.flag("use_parallel_residual") && mlpNorm !== undefined;
    return {
      modules: hasMlpNorm ? { ...withoutMlpNorm, mlpNorm } : withoutMlpNorm,
      block: isNormed ? { queryKeyNorm: "each head" } : {},
    };
  },
};
