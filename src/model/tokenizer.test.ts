import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import type { Json } from "../base/canonical-json.ts";
import { openTokenizer, type Tokenizer } from "./tokenizer.ts";

const GOLDEN = join(import.meta.dirname, "../../test/golden/data/tokenizers");

interface Expected {
  readonly size: number;
  readonly bos: number | null;
  readonly eos: number | null;
  readonly pad: number | null;
  readonly unk: number | null;
  readonly texts: readonly { text: string; ids: number[]; bare_ids: number[]; decoded: string; plain: string }[];
  readonly ids: readonly { ids: number[]; decoded: string; plain: string }[];
}

const { tokenizers } = JSON.parse(readFileSync(join(GOLDEN, "expected.json"), "utf8")) as {
  tokenizers: Record<string, Expected>;
};

it("has an expectation for every golden tokenizer", () => {
  const folders = readdirSync(GOLDEN, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((folder) => folder.name).toSorted()).toEqual(Object.keys(tokenizers).toSorted());
});

describe.each(Object.entries(tokenizers))("the %s tokenizer agrees with transformers", (name, expected) => {
  const tokenizer = openTokenizer(join(GOLDEN, name));

  it("on size and special tokens", () => {
    const { vocabularySize, bosId = null, eosId = null, padId = null, unkId = null } = tokenizer;
    expect([vocabularySize, bosId, eosId, padId, unkId]).toEqual([
      expected.size,
      expected.bos,
      expected.eos,
      expected.pad,
      expected.unk,
    ]);
  });

  it("on texts", () => {
    expect(expected.texts.length).toBeGreaterThan(40);
    for (const { text, ids, bare_ids, decoded, plain } of expected.texts) {
      expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.encode(text, { addSpecialTokens: false }), text).toEqual(bare_ids);
      expect(tokenizer.decode(ids), text).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true }), text).toBe(plain);
    }
  });

  it("on random ids", () => {
    for (const { ids, decoded, plain } of expected.ids) {
      expect(tokenizer.decode(ids), ids.join()).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true }), ids.join()).toBe(plain);
    }
  });
});

const WORDS = {
  model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", vocab: { "[UNK]": 0, a: 1, b: 2 } },
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "WhitespaceSplit" },
  post_processor: null,
  decoder: null,
};

function open(definition: Json | string, files: Readonly<Record<string, Json>> = {}): Tokenizer {
  const folder = createTemporaryFolder();
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  writeFileSync(join(folder, "tokenizer.json"), text);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  return openTokenizer(folder);
}

describe("a tokenizer", () => {
  it("looks tokens up both ways", () => {
    const tokenizer = open(WORDS);
    expect([tokenizer.tokenId("b"), tokenizer.tokenId("c")]).toEqual([2, undefined]);
    expect([tokenizer.tokenText(2), tokenizer.tokenText(9), tokenizer.tokenText(-1)]).toEqual([
      "b",
      undefined,
      undefined,
    ]);
  });

  it("decodes nothing from no ids, and passes over ids that it does not have", () => {
    const tokenizer = open(WORDS);
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode([1, 99, 2, -1])).toBe("a b");
    expect(tokenizer.decode([99])).toBe("");
  });

  it("refuses half a surrogate pair, and says where", () => {
    expect(expectCode("model/bad_text", () => open(WORDS).encode("ab\ud800"))).toEqual({ at: 2 });
    expect(open(WORDS).encode("a \u{1f600}")).toEqual([1, 0]);
  });

  it("ignores add_bos_token, as transformers 5 does", () => {
    const config = { bos_token: "a", add_bos_token: true };
    const tokenizer = open(WORDS, { "tokenizer_config.json": config });
    expect(tokenizer.encode("b")).toEqual([2]);
    expect(tokenizer.bosId).toBe(1);
  });
});

describe("special tokens", () => {
  it("come from tokenizer_config.json, else from special_tokens_map.json, as texts or objects", () => {
    const tokenizer = open(WORDS, {
      "tokenizer_config.json": { bos_token: { content: "a", lstrip: false }, pad_token: null },
      "special_tokens_map.json": { bos_token: "b", eos_token: "b", pad_token: "[UNK]" },
    });
    expect([tokenizer.bosId, tokenizer.eosId, tokenizer.padId, tokenizer.unkId]).toEqual([1, 2, 0, undefined]);
  });

  it("that the vocabulary lacks get the next ids, in the order of their declaration", () => {
    const tokenizer = open(WORDS, {
      "tokenizer_config.json": {
        eos_token: "<end>",
        added_tokens_decoder: { "10": { content: "<y>", special: true }, "9": { content: "<x>", special: false } },
        additional_special_tokens: ["<z>"],
      },
    });
    expect(["<x>", "<y>", "<end>", "<z>"].map((token) => tokenizer.tokenId(token))).toEqual([3, 4, 5, 6]);
    expect(tokenizer.vocabularySize).toBe(7);
    expect(tokenizer.encode("a<end>b<x>")).toEqual([1, 5, 2, 3]);
    expect(tokenizer.decode([1, 5, 3, 6], { skipSpecialTokens: true })).toBe("a <x>");
  });
});

describe("a token with a role", () => {
  it("is special, whatever tokenizer.json says", () => {
    const added = [
      { id: 3, content: "<end>", special: false },
      { id: 4, content: "<x>", special: false },
    ];
    const tokenizer = open({ ...WORDS, added_tokens: added }, { "tokenizer_config.json": { eos_token: "<end>" } });
    expect(tokenizer.decode([1, 3, 4], { skipSpecialTokens: true })).toBe("a <x>");
    expect(tokenizer.vocabularySize).toBe(5);
  });
});

describe("a folder's tokenizer", () => {
  it("may be missing", () => {
    expectCode("model/missing_file", () => openTokenizer(createTemporaryFolder()));
  });

  it.each<[string, Json | string, string]>([
    ["not JSON", "{", "model/bad_json"],
    ["not an object", [], "model/not_an_object"],
    ["without a model", {}, "model/bad_tokenizer"],
    ["without a vocabulary", { ...WORDS, model: { type: "BPE" } }, "model/bad_tokenizer"],
    ["of an unknown kind", { ...WORDS, model: { type: "New", vocab: {} } }, "model/bad_tokenizer"],
    ["with an unknown pre-tokenizer", { ...WORDS, pre_tokenizer: { type: "New" } }, "model/bad_tokenizer"],
    ["with broken merges", { ...WORDS, model: { type: "BPE", vocab: { a: 0 }, merges: 3 } }, "model/bad_tokenizer"],
    ["without added tokens", { ...WORDS, added_tokens: 3 }, "model/bad_tokenizer"],
    ["with an odd added token", { ...WORDS, added_tokens: [null] }, "model/bad_tokenizer"],
    ["with a nameless added token", { ...WORDS, added_tokens: [{ id: 3 }] }, "model/bad_tokenizer"],
    ["with an added token without id", { ...WORDS, added_tokens: [{ content: "x" }] }, "model/bad_tokenizer"],
    ["with a negative id", { ...WORDS, model: { ...WORDS.model, vocab: { a: -1 } } }, "model/bad_tokenizer"],
    ["with an enormous id", { ...WORDS, model: { ...WORDS.model, vocab: { a: 1e9 } } }, "model/bad_tokenizer"],
    ["with a fractional id", { ...WORDS, model: { ...WORDS.model, vocab: { a: 0.5 } } }, "model/bad_tokenizer"],
    ["with text for an id", { ...WORDS, model: { ...WORDS.model, vocab: { a: "0" } } }, "model/bad_tokenizer"],
  ])("may be %s", (_, definition, code) => {
    expectCode(code, () => open(definition));
  });
});
