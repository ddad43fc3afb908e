import type { DecoderArchitecture } from "./decoder.ts";
import { GPT2, OLD_BLOCK } from "./gpt2.ts";

/** StarCoder 1 and SantaCoder: GPT-2's block, with one key-value head, and matrices stored as elsewhere. */
export const GPT_BIGCODE: DecoderArchitecture = {
  ...GPT2,
  className: "GPTBigCodeForCausalLM",
  modelType: "gpt_bigcode",
  block: { ...OLD_BLOCK, positions: "learned", queryKeyValueOrder: "by head" },
  defaults: { ...GPT2.defaults, activation_function: "gelu_pytorch_tanh", multi_query: true },
  vary: (config) => {
    if (config.flag("add_cross_attention")) throw config.reject("add_cross_attention", "false");
    return {
      block: config.flag("scale_attn_weights") ? {} : { attentionScale: 1 },
      kvHeads: config.flag("multi_query") ? 1 : config.count("num_attention_heads"),
    };
  },
  layer: () => ({}),
};
