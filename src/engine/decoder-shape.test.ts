import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import type { ModelConfig } from "../model/model.ts";
import { readDecoderShape } from "./decoder-shape.ts";

function read(changes: ModelConfig = {}, shapes = LLAMA_SHAPES) {
  return readDecoderShape(generateModel({ ...LLAMA_CONFIG, ...changes }, shapes));
}

function without(...keys: readonly string[]): ModelConfig {
  return Object.fromEntries(Object.entries(LLAMA_CONFIG).filter(([key]) => !keys.includes(key)));
}

describe("readDecoderShape", () => {
  it("reads the sizes", () => {
    expect(read()).toMatchObject({
      vocabulary: 28,
      width: 32,
      layers: 2,
      heads: 2,
      kvHeads: 1,
      headWidth: 16,
      feedForward: 40,
      epsilon: 1e-5,
      contextLength: 64,
      layerDesigns: [
        { window: undefined, rope: 0 },
        { window: undefined, rope: 0 },
      ],
      headTensor: "lm_head.weight",
      block: { biases: { queryKeyValue: false, attentionOutput: false, mlp: false } },
    });
  });

  it("counts the vocabulary in the embedding, not in the config", () => {
    expect(read({ vocab_size: 5 }).vocabulary).toBe(28);
  });

  it("fills in what old configs do not say", () => {
    const keys = without("head_dim", "num_key_value_heads", "max_position_embeddings", "rms_norm_eps", "hidden_act");
    const shape = readDecoderShape(generateModel(keys, LLAMA_SHAPES));
    expect(shape).toMatchObject({ headWidth: 16, kvHeads: 2, contextLength: 2048, epsilon: 1e-6 });
  });

  it("finds the architecture by model_type when there is no class", () => {
    const shape = readDecoderShape(generateModel(without("architectures"), LLAMA_SHAPES));
    expect(shape.architecture.className).toBe("LlamaForCausalLM");
  });

  it("knows a window only where the architecture has one: a number, 4096 if the key is missing, none for null", () => {
    const windowOf = (changes: ModelConfig) => read(changes).layerDesigns[1]!.window;
    expect(windowOf({ sliding_window: 8 })).toBeUndefined();
    const mistral = { architectures: ["MistralForCausalLM"], model_type: "mistral" };
    expect(windowOf({ ...mistral, sliding_window: 8 })).toBe(8);
    expect(windowOf(mistral)).toBe(4096);
    expect(windowOf({ ...mistral, sliding_window: null })).toBeUndefined();
  });

  it("uses the embedding as head when they are tied, or when there is no head", () => {
    expect(read({ tie_word_embeddings: true }).headTensor).toBe("model.embed_tokens.weight");
    const { "lm_head.weight": _, ...headless } = LLAMA_SHAPES;
    expect(read({}, headless).headTensor).toBe("model.embed_tokens.weight");
  });

  it("names the architectures that it runs when it is asked for another", () => {
    const details = expectCode("engine/unknown_architecture", () => read({ architectures: ["RwkvForCausalLM"] }));
    expect(details).toMatchObject({ architecture: "RwkvForCausalLM" });
    expect(details["supported"]).toContain("LlamaForCausalLM");
  });

  it("says so when the config names no architecture", () => {
    const config = without("architectures", "model_type");
    expectCode("engine/unknown_architecture", () => readDecoderShape(generateModel(config, LLAMA_SHAPES)));
  });

  it.each([
    ["hidden_size", "32"],
    ["num_hidden_layers", 0],
    ["num_attention_heads", 1.5],
    ["num_key_value_heads", 3],
    ["head_dim", 7],
    ["hidden_act", "mish"],
    ["rms_norm_eps", -1],
    ["rope_theta", 0],
  ])("refuses %s %j", (key, value) => {
    expect(expectCode("engine/bad_config", () => read({ [key]: value }))).toMatchObject({ key });
  });

  it("refuses a config without a size", () => {
    const config = without("intermediate_size");
    const details = expectCode("engine/bad_config", () => readDecoderShape(generateModel(config, LLAMA_SHAPES)));
    expect(details).toMatchObject({ key: "intermediate_size", got: "missing" });
  });

  it("refuses weights that mean nothing without scales stored elsewhere", () => {
    const quantised = { quantization_config: { quant_method: "fp8" } };
    expect(read(quantised).layers).toBe(2);
    const model = generateModel({ ...LLAMA_CONFIG, ...quantised }, LLAMA_SHAPES);
    const name = "model.layers.0.mlp.up_proj.weight";
    const tensors = new Map(model.tensors).set(name, { name, dtype: "F8_E4M3", shape: [40, 32] });
    const details = expectCode("engine/bad_config", () => readDecoderShape({ ...model, tensors }));
    expect(details).toMatchObject({ key: "quantization_config" });
  });

  it("refuses a model without an embedding, or with one that is no matrix", () => {
    const { "model.embed_tokens.weight": _, ...rest } = LLAMA_SHAPES;
    expectCode("model/tensor_missing", () => read({}, rest));
    expectCode("engine/bad_shape", () => read({}, { ...rest, "model.embed_tokens.weight": [28] }));
  });
});

describe("readDecoderShape of other families", () => {
  const GPT2 = { architectures: ["GPT2LMHeadModel"], n_embd: 32, n_head: 2, n_layer: 1 };
  const refused: readonly (readonly [string, ModelConfig])[] = [
    ["add_cross_attention", { ...GPT2, add_cross_attention: true }],
    ["activation_function", { ...GPT2, activation_function: "mish" }],
    ["apply_residual_connection_post_layernorm", bloom({ apply_residual_connection_post_layernorm: true })],
    ["use_bidirectional_attention", gemma2({ use_bidirectional_attention: true })],
    ["query_pre_attn_scalar", gemma2({ query_pre_attn_scalar: 0 })],
    ["layer_types", gemma2({ layer_types: ["chunked_attention"] })],
    ["qk_layernorm", { ...LLAMA_CONFIG, architectures: ["PhiForCausalLM"], qk_layernorm: true }],
    ["num_experts_per_tok", mixtral({ num_experts_per_tok: 9 })],
    ["hidden_act", mixtral({ hidden_act: "gelu" })],
    ["num_local_experts", mixtral({ num_local_experts: 0 })],
  ];

  function bloom(changes: ModelConfig): ModelConfig {
    return { architectures: ["BloomForCausalLM"], hidden_size: 32, n_head: 2, n_layer: 1, ...changes };
  }
  function gemma2(changes: ModelConfig): ModelConfig {
    return { ...LLAMA_CONFIG, architectures: ["Gemma2ForCausalLM"], ...changes };
  }
  function mixtral(changes: ModelConfig): ModelConfig {
    return { ...LLAMA_CONFIG, architectures: ["MixtralForCausalLM"], ...changes };
  }

  it.each(refused)("refuses %s that it cannot follow", (key, config) => {
    expect(expectCode("engine/bad_config", () => readDecoderShape(generateModel(config, LLAMA_SHAPES)))).toMatchObject({
      key,
    });
  });

  it("finds modules in files that leave out the body's name, and heads under their new name", () => {
    const shapes = { "wte.weight": [28, 32], "lm_head.weight": [28, 32] };
    const shape = readDecoderShape(generateModel({ ...GPT2, tie_word_embeddings: false }, shapes));
    expect(shape.modules).toMatchObject({ embedding: "wte", attentionNorm: "h.{layer}.ln_1", head: "lm_head" });
    const neox = { ...LLAMA_CONFIG, architectures: ["GPTNeoXForCausalLM"], hidden_act: "gelu" };
    const tensors = { "gpt_neox.embed_in.weight": [28, 32], "lm_head.weight": [28, 32] };
    expect(readDecoderShape(generateModel(neox, tensors)).headTensor).toBe("lm_head.weight");
    const older = { "gpt_neox.embed_in.weight": [28, 32], "embed_out.weight": [28, 32] };
    expect(readDecoderShape(generateModel(neox, older)).headTensor).toBe("embed_out.weight");
  });

  it.each([
    "T5ForConditionalGeneration",
    "BertForMaskedLM",
    "Gemma3ForConditionalGeneration",
    "Qwen2VLForConditionalGeneration",
    "MambaForCausalLM",
  ])("refuses %s by its name", (className) => {
    const details = expectCode("engine/unknown_architecture", () => read({ architectures: [className] }));
    expect(details).toMatchObject({ architecture: className });
  });
});
