import { describe, expect, it } from "vitest";
import type { GgufValue } from "../../format/gguf/gguf-metadata.ts";
import { openTokenizer, type Tokenizer } from "../tokenizer.ts";
import { createGgufFacts } from "./gguf-facts.ts";
import { makeGgufTokenizer } from "./gguf-tokenizer.ts";

function filesOf(metadata: Readonly<Record<string, GgufValue>>): ReadonlyMap<string, string> {
  const named = Object.entries(metadata).map(([key, value]) => [`tokenizer.${key}`, value] as const);
  return new Map(makeGgufTokenizer(createGgufFacts(new Map(named), "x.gguf")));
}

const open = (metadata: Readonly<Record<string, GgufValue>>): Tokenizer =>
  openTokenizer({ filesFolder: "/nowhere", sideTexts: filesOf(metadata) });

const BYTE_PAIRS = {
  "ggml.model": "gpt2",
  "ggml.pre": "gpt-2",
  "ggml.tokens": ["<s>", "h", "i", "Ġ", "hi", "Ġhi", "<tool>"],
  "ggml.token_type": [3, 1, 1, 1, 1, 1, 4],
  "ggml.merges": ["h i", "Ġ hi"],
  "ggml.bos_token_id": 0,
};

describe("byte pairs", () => {
  it("encode and decode, special tokens apart", () => {
    const tokenizer = open(BYTE_PAIRS);
    expect(tokenizer.encode("hi hi<s><tool>i")).toEqual([4, 5, 0, 6, 2]);
    expect(tokenizer.decode([4, 5])).toBe("hi hi");
    expect(tokenizer.decode([0, 4], { skipSpecialTokens: true })).toBe("hi");
    expect(tokenizer.bosId).toBe(0);
  });

  it("begin with the first token where the file says so", () => {
    expect(open({ ...BYTE_PAIRS, "ggml.add_bos_token": true }).encode("hi")).toEqual([0, 4]);
  });

  it.each(["smollm", "llama-bpe", "qwen2"])("are split as %s asks", (pre) => {
    expect(open({ ...BYTE_PAIRS, "ggml.pre": pre }).encode("hi hi")).toEqual([4, 5]);
  });

  it("keep the chat template", () => {
    const config = JSON.parse(
      filesOf({ ...BYTE_PAIRS, chat_template: "{{ 1 }}" }).get("tokenizer_config.json")!,
    ) as unknown;
    expect(config).toMatchObject({ chat_template: "{{ 1 }}", bos_token: "<s>" });
  });
});

describe("SentencePiece's byte pairs", () => {
  const PIECES = {
    "ggml.model": "llama",
    "ggml.tokens": ["<unk>", "<s>", "<0x41>", "▁", "h", "i", "hi", "▁hi"],
    "ggml.scores": [0, 0, 0, -5, -4, -3, -1, -2],
    "ggml.token_type": [2, 3, 6, 1, 1, 1, 1, 1],
    "ggml.bos_token_id": 1,
  };

  it("merge by scores, fall back to bytes, and begin with the first token", () => {
    const tokenizer = open(PIECES);
    expect(tokenizer.encode("hi hiA")).toEqual([1, 7, 7, 2]);
    expect(tokenizer.decode([7, 7, 2])).toBe("hi hiA");
  });

  it("begin without a space where the file says so", () => {
    const tokenizer = open({ ...PIECES, "ggml.add_space_prefix": false, "ggml.add_bos_token": false });
    expect(tokenizer.encode("hi hi")).toEqual([6, 7]);
  });
});

it.each([
  ["has no vocabulary", {}],
  ["splits words by a rule that is not known", { ...BYTE_PAIRS, "ggml.pre": "odd" }],
  ["is of another kind", { ...BYTE_PAIRS, "ggml.model": "t5" }],
  ["has a token twice", { ...BYTE_PAIRS, "ggml.tokens": ["a", "a"] }],
  ["lacks scores", { "ggml.model": "llama", "ggml.tokens": ["a"] }],
])("makes no tokenizer where the file %s", (_what, metadata) => {
  expect(filesOf(metadata as Readonly<Record<string, GgufValue>>).size).toBe(0);
});
