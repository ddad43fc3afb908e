import { describe, expect, it } from "vitest";
import {
  formatLayerName,
  hasVocabularyAxis,
  isHead,
  isInputEmbedding,
  mapTensors,
  parseLayerName,
  sideOf,
} from "./tensor-roles.ts";

describe("parseLayerName", () => {
  it("takes the first number between dots as the layer", () => {
    expect(parseLayerName("model.layers.12.mlp.experts.3.w1.weight")).toEqual({
      tower: "model.layers",
      layer: 12,
      ending: "mlp.experts.3.w1.weight",
    });
    expect(parseLayerName("transformer.h.0.ln_1.bias")).toEqual({
      tower: "transformer.h",
      layer: 0,
      ending: "ln_1.bias",
    });
  });

  it("does not take numbers inside of words for layers", () => {
    expect(parseLayerName("visual.conv1d_2.weight")).toBeUndefined();
    expect(parseLayerName("lm_head.weight")).toBeUndefined();
  });

  it("is undone by formatLayerName", () => {
    const name = "encoder.block.3.layer.0.SelfAttention.q.weight";
    expect(formatLayerName(parseLayerName(name)!)).toBe(name);
  });
});

describe("roles outside of the layers", () => {
  it.each([
    ["model.embed_tokens.weight", "before"],
    ["transformer.wte.weight", "before"],
    ["transformer.wpe.weight", "before"],
    ["gpt_neox.embed_in.weight", "before"],
    ["model.tok_embeddings.weight", "before"],
    ["bert.embeddings.LayerNorm.weight", "before"],
    ["model.embedding_norm.weight", "before"],
    ["transformer.relative_pe.slopes", "before"],
    ["multi_modal_projector.linear_1.weight", "before"],
    ["model.norm.weight", "after"],
    ["lm_head.weight", "after"],
    ["lm_head.bias", "after"],
    ["transformer.ln_f.bias", "after"],
    ["gpt_neox.final_layer_norm.weight", "after"],
    ["embed_out.weight", "after"],
    ["output.weight", "after"],
    ["backbone.norm_f.weight", "after"],
    ["score.weight", "after"],
    ["bert.pooler.dense.weight", "after"],
    ["cls.predictions.decoder.weight", "after"],
  ])("puts %s %s the layers", (name, side) => expect(sideOf(name)).toBe(side));

  it("knows the tensors whose rows are the vocabulary", () => {
    const names = [
      "model.embed_tokens.weight",
      "lm_head.weight",
      "lm_head.bias",
      "embed_out.weight",
      "transformer.wte.weight",
    ];
    expect(names.filter(hasVocabularyAxis)).toEqual(names);
    expect(["transformer.wpe.weight", "model.norm.weight", "score.weight"].some(hasVocabularyAxis)).toBe(false);
  });

  it("tells embeddings from heads", () => {
    expect(isInputEmbedding("model.embed_tokens.weight")).toBe(true);
    expect(isInputEmbedding("embed_out.weight")).toBe(false);
    expect(isHead("embed_out.weight")).toBe(true);
    expect(isHead("model.layers.0.attention.output.weight")).toBe(false);
  });
});

describe("mapTensors", () => {
  it("sorts names into layers and the rest", () => {
    const { loose, towers } = mapTensors(["a.layers.0.w", "a.layers.2.w", "lm_head.weight"], "LlamaForCausalLM");
    expect([...loose.keys()]).toEqual(["lm_head.weight"]);
    expect([...towers.keys()]).toEqual(["a.layers"]);
    expect(towers.get("a.layers")!.count).toBe(3);
    expect(towers.get("a.layers")!.layers.get(2)).toEqual(new Map([["w", "a.layers.2.w"]]));
  });

  it("keeps rows of layers apart", () => {
    const { towers } = mapTensors(["encoder.block.0.w", "decoder.block.0.w"], "T5ForConditionalGeneration");
    expect([...towers.keys()]).toEqual(["encoder.block", "decoder.block"]);
  });

  it("gives GPT-2 names their prefix and remembers how they are stored", () => {
    const { loose, towers } = mapTensors(["wte.weight", "h.0.ln_1.weight", "transformer.ln_f.bias"], "GPT2LMHeadModel");
    expect(loose.get("transformer.wte.weight")).toBe("wte.weight");
    expect(loose.get("transformer.ln_f.bias")).toBe("transformer.ln_f.bias");
    expect(towers.get("transformer.h")!.layers.get(0)!.get("ln_1.weight")).toBe("h.0.ln_1.weight");
  });

  it("reads the old spelling of BERT's norms", () => {
    const { loose } = mapTensors(["embeddings.LayerNorm.gamma"], "BertModel");
    expect(loose.get("embeddings.LayerNorm.weight")).toBe("embeddings.LayerNorm.gamma");
  });

  it("leaves out buffers that libraries compute, except where they are demanded", () => {
    const names = ["m.0.attention.rotary_emb.inv_freq", "m.0.attn.bias"];
    expect(mapTensors(names, "LlamaForCausalLM").towers.get("m")!.layers.get(0)!.size).toBe(1);
    expect(mapTensors(names, "GPTNeoXForCausalLM").towers.get("m")!.layers.get(0)!.size).toBe(2);
    expect([...mapTensors(names, "GPT2LMHeadModel").towers.get("m")!.layers.get(0)!.keys()]).toEqual([
      "attention.rotary_emb.inv_freq",
    ]);
  });
});
