import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

const { gate, ...shared } = LLAMA_MODULES;
const HAS_BIAS = { configKey: "use_bias" };

/** StarCoder 2: layer norms, biases, and an MLP without a gate. */
export const STARCODER2: DecoderArchitecture = {
  className: "Starcoder2ForCausalLM",
  modelType: "starcoder2",
  modules: {
    ...shared,
    up: "model.layers.{layer}.mlp.c_fc",
    down: "model.layers.{layer}.mlp.c_proj",
  },
  block: {
    ...PLAIN_BLOCK,
    norm: { kind: "layer", hasBias: true, offset: 0 },
    biases: { queryKeyValue: HAS_BIAS, attentionOutput: HAS_BIAS, mlp: HAS_BIAS, head: false },
  },
  keys: { rms_norm_eps: ["norm_epsilon"] },
  defaults: {
    hidden_act: "gelu_pytorch_tanh",
    max_position_embeddings: 4096,
    norm_epsilon: 1e-5,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
    use_bias: true,
  },
  layer: (config) => ({ window: config.optionalCount("sliding_window") }),
};
