import { describe, expect, it } from "vitest";
import { addClassTokens, addTokens, makeVocabulary, plainToken, stripVocabulary } from "./vocabulary.ts";

const BPE = {
  added_tokens: [{ id: 5, content: "<x>", special: true }],
  model: {
    type: "BPE",
    vocab: { a: 0, b: 1, c: 2, ab: 3, abc: 4 },
    merges: [
      ["a", "b"],
      ["ab", "c"],
    ],
  },
};

it("lists tokens and added tokens", () => {
  const { ids, added } = makeVocabulary(BPE, {});
  expect([...ids]).toEqual([
    ["a", 0],
    ["b", 1],
    ["c", 2],
    ["ab", 3],
    ["abc", 4],
    ["<x>", 5],
  ]);
  expect([...added.keys()]).toEqual(["<x>"]);
});

it("reads the lists of Unigram", () => {
  const definition = {
    added_tokens: [],
    model: {
      type: "Unigram",
      vocab: [
        ["a", -1],
        ["b", -2],
      ],
    },
  };
  expect([...makeVocabulary(definition, {}).ids]).toEqual([
    ["a", 0],
    ["b", 1],
  ]);
  expect([...stripVocabulary(makeVocabulary(definition, {}), 1).ids.keys()]).toEqual(["a"]);
});

it("gives new tokens the next ids, and leaves old ones theirs", () => {
  const { ids, added } = addTokens(makeVocabulary(BPE, {}), [plainToken("ab", false), plainToken("new", true)]);
  expect([ids.get("ab"), ids.get("new")]).toEqual([3, 6]);
  expect(added.get("new")).toMatchObject({ id: 6, special: true, normalized: false });
  expect(added.get("ab")).toMatchObject({ id: 3, special: false, normalized: true });
});

describe("stripping", () => {
  it("removes tokens from an id on, with the merges that make or use them", () => {
    const { definition, ids } = stripVocabulary(makeVocabulary(BPE, {}), 3);
    expect([...ids.keys()]).toEqual(["a", "b", "c"]);
    expect(definition).toEqual({
      added_tokens: [],
      model: { type: "BPE", vocab: { a: 0, b: 1, c: 2 }, merges: [] },
    });
  });

  it("understands merges written as one text", () => {
    const text = { ...BPE, model: { ...BPE.model, merges: ["a b", "ab c"] } };
    const { definition } = stripVocabulary(makeVocabulary(text, {}), 4);
    expect(definition["model"]).toMatchObject({ merges: ["a b"] });
  });

  it("does nothing where nothing lies beyond", () => {
    const vocabulary = makeVocabulary(BPE, {});
    expect(stripVocabulary(vocabulary, 6)).toBe(vocabulary);
  });
});

it("adds what transformers adds to a Qwen 2 without a padding token", () => {
  const vocabulary = makeVocabulary(BPE, {});
  expect(addClassTokens(vocabulary, { model_type: "qwen2" }).ids.get("<|endoftext|>")).toBe(6);
  expect(addClassTokens(vocabulary, { model_type: "llama" })).toBe(vocabulary);
  const named = makeVocabulary(BPE, { pad_token: "<x>", unk_token: "<x>" });
  expect(addClassTokens(named, { model_type: "qwen2" })).toBe(named);
});
