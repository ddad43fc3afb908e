import { describe, expect, it } from "vitest";
import { hasVocabularyAxis, isHead, isInputEmbedding, sideOf } from "./tensor-roles.ts";

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
    ["head.weight", "after"],
    ["rwkv.ln_out.weight", "after"],
    ["model.final_layernorm.weight", "after"],
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
