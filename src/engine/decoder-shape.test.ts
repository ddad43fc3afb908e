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

  it("refuses a model without an embedding, or with one that is no matrix", () => {
    const { "model.embed_tokens.weight": _, ...rest } = LLAMA_SHAPES;
    expectCode("model/tensor_missing", () => read({}, rest));
    expectCode("engine/bad_shape", () => read({}, { ...rest, "model.embed_tokens.weight": [28] }));
  });
});
