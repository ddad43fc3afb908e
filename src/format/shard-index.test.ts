import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import type { TensorLayout } from "./safetensors.ts";
import { formatShardIndex, parseShardIndex, splitShards } from "./shard-index.ts";

const tensor = (name: string, bytes: number): TensorLayout => ({ name, dtype: "U8", shape: [bytes] });

describe("splitShards", () => {
  it("keeps one file without a limit, or when all fits", () => {
    const tensors = [tensor("a", 5), tensor("b", 5)];
    for (const limit of [0, 10]) {
      const shards = splitShards(tensors, limit);
      expect(shards.map((shard) => [shard.fileName, shard.dataBytes])).toEqual([["model.safetensors", 10]]);
    }
  });

  it("begins a file when the current one would grow beyond the limit", () => {
    const shards = splitShards([tensor("a", 5), tensor("b", 5), tensor("c", 1), tensor("d", 10)], 10);
    expect(shards.map((shard) => shard.tensors.map((t) => t.name).join())).toEqual(["a,b", "c", "d"]);
    expect(shards[2]!.fileName).toBe("model-00003-of-00003.safetensors");
  });

  it("gives a tensor larger than the limit a file of its own", () => {
    const shards = splitShards([tensor("a", 1), tensor("b", 2), tensor("c", 3), tensor("d", 4)], 1);
    expect(shards.map((shard) => shard.fileName)).toEqual(
      [1, 2, 3, 4].map((i) => `model-0000${i}-of-00004.safetensors`),
    );
  });

  it("has no file for no tensors", () => expect(splitShards([], 5)).toEqual([]));

  it("spreads a two-layer model as mergekit does", () => {
    // 2 layers, hidden 32, MLP 48, vocabulary 64, F32, limit 20 000 bytes: 5 files, 86 656 bytes (mergekit's own check)
    const layer = (i: number): [string, number][] => [
      [`model.layers.${i}.input_layernorm.weight`, 32],
      [`model.layers.${i}.mlp.down_proj.weight`, 32 * 48],
      [`model.layers.${i}.mlp.gate_proj.weight`, 32 * 48],
      [`model.layers.${i}.mlp.up_proj.weight`, 32 * 48],
      [`model.layers.${i}.post_attention_layernorm.weight`, 32],
      ...["k", "o", "q", "v"].map((p): [string, number] => [`model.layers.${i}.self_attn.${p}_proj.weight`, 32 * 32]),
    ];
    const sizes: [string, number][] = [
      ["lm_head.weight", 64 * 32],
      ["model.embed_tokens.weight", 64 * 32],
    ];
    sizes.push(...layer(0), ...layer(1), ["model.norm.weight", 32]);
    const shards = splitShards(
      sizes.map(([name, n]) => ({ name, dtype: "F32", shape: [n] })),
      20_000,
    );
    expect(shards).toHaveLength(5);
    expect(shards[0]!.tensors.map((t) => t.name)).toEqual([
      "lm_head.weight",
      "model.embed_tokens.weight",
      "model.layers.0.input_layernorm.weight",
    ]);
    expect(JSON.parse(formatShardIndex(shards)).metadata.total_size).toBe(86_656);
  });
});

describe("formatShardIndex", () => {
  it("is read back by parseShardIndex, in the order written", () => {
    const shards = splitShards([tensor("b", 5), tensor("__proto__", 5), tensor("a", 1)], 5);
    const text = formatShardIndex(shards, { made_by: "test" });
    expect([...parseShardIndex(text, "i.json")]).toEqual([
      ["b", "model-00001-of-00003.safetensors"],
      ["__proto__", "model-00002-of-00003.safetensors"],
      ["a", "model-00003-of-00003.safetensors"],
    ]);
    expect(text.startsWith('{\n  "metadata": {\n    "total_size": 11,\n    "made_by": "test"\n  },\n')).toBe(true);
  });
});

describe("parseShardIndex", () => {
  const index = (shard: string): string => JSON.stringify({ weight_map: { a: shard } });

  it.each([
    "../model.safetensors",
    "sub/model.safetensors",
    "/etc/model.safetensors",
    "..\\model.safetensors",
    "C:model.safetensors",
    "..safetensors",
    "a\0.safetensors",
    "pytorch_model-00001-of-00002.bin",
    "",
  ])("refuses %j as a file name", (shard) => {
    expectCode("format/bad_shard_name", () => parseShardIndex(index(shard), "i.json"));
  });

  it.each(["{}", '{"weight_map":{}}', '{"metadata":{"total_size":3}}'])("refuses %s, which names no tensor", (text) => {
    expectCode("format/empty_index", () => parseShardIndex(text, "i.json"));
  });

  it("refuses a tensor that is named twice", () => {
    const text = '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}';
    expectCode("format/duplicate_key", () => parseShardIndex(text, "i.json"));
  });

  it.each(["", "[]", '{"weight_map":[]}', '{"weight_map":{"a":1}}'])("refuses %j as an index", (text) => {
    expectCode("format/bad_json", () => parseShardIndex(text, "i.json"));
  });
});
