import { expect, it } from "vitest";
import { mapTensors } from "./tensor-map.ts";

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
