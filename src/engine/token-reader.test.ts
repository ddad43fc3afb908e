import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { openTokenizer, type Tokenizer } from "../model/tokenizer.ts";
import { createTokenReader } from "./token-reader.ts";

const FOLDER = join(import.meta.dirname, "../../test/golden/data/tokenizers");
const zoo = openTokenizer(join(FOLDER, "zoo"));
const qwen = openTokenizer(join(FOLDER, "qwen2"));

function readerOf(tokenizer: Tokenizer, vocabulary = 1000) {
  return createTokenReader({ modelName: () => "model", vocabulary, tokenizer: () => tokenizer });
}

function plain(tokenizer: Tokenizer, text: string): readonly number[] {
  return tokenizer.encode(text, { addSpecialTokens: false });
}

describe("readPrompt", () => {
  it("adds BOS where the tokenizer does", () => {
    expect(readerOf(zoo).readPrompt("Hello")).toEqual([1, ...plain(zoo, "Hello")]);
    expect(readerOf(qwen).readPrompt("Hello")).toEqual(plain(qwen, "Hello"));
  });

  it("adds no second BOS where a chat template wrote one", () => {
    expect(readerOf(zoo).readPrompt(`${zoo.tokenText(zoo.bosId!)}Hello`)).toEqual([1, ...plain(zoo, "Hello")]);
  });

  it("takes ids as they are", () => expect(readerOf(zoo).readPrompt([5, 6])).toEqual([5, 6]));

  it("starts from BOS, or else from EOS, when there is nothing to read", () => {
    expect(readerOf(zoo).readPrompt([])).toEqual([zoo.bosId]);
    expect(readerOf(qwen).readPrompt("")).toEqual([qwen.eosId]);
    const bare = { ...qwen, eosId: undefined };
    expect(expectCode("engine/empty_prompt", () => readerOf(bare).readPrompt(""))).toEqual({ model: "model" });
  });

  it("does not tokenise a text again", () => {
    let calls = 0;
    const counting: Tokenizer = { ...zoo, encode: (text, options) => zoo.encode(text, options) && [++calls] };
    const reader = readerOf(counting);
    expect([reader.readPrompt("a"), reader.readPrompt("b"), reader.readPrompt("a")]).toEqual([[1], [2], [1]]);
  });

  it.each([-1, 1.5, 28])("refuses the id %d for a vocabulary of 28", (id) => {
    const details = expectCode("engine/unknown_token", () => readerOf(zoo, 28).readPrompt([1, id]));
    expect(details).toEqual({ model: "model", id, vocabulary: 28 });
  });

  it("refuses texts whose tokens the model does not have", () => {
    expectCode("engine/unknown_token", () => readerOf(zoo, 100).readPrompt("Hello world"));
  });
});

describe("readPair", () => {
  it("encodes both together, and takes as continuation what follows the context", () => {
    const pair = readerOf(zoo).readPair("Hello", " world");
    expect(pair).toEqual({ context: zoo.encode("Hello"), continuation: plain(zoo, "Hello world").slice(3) });
  });

  it.each([" ", "\n\n", " \t\u3000", "\u001c", "\u0085"])(
    "gives white space %j at the end of the context to the continuation",
    (space) => {
      const reader = readerOf(zoo);
      const pair = reader.readPair(`Hello${space}`, "world");
      expect(pair.context).toEqual(zoo.encode("Hello"));
      expect(pair.continuation).toEqual(zoo.encode(`Hello${space}world`).slice(pair.context.length));
    },
  );

  it("does not take a byte order mark for white space, as Python does not", () => {
    expect(readerOf(zoo).readPair("Hello\ufeff", "x").context).toEqual(zoo.encode("Hello\ufeff"));
  });

  it("replaces an empty context by BOS, or by EOS where there is no BOS", () => {
    expect(readerOf(zoo).readPair("", "Hello")).toEqual({ context: [1], continuation: plain(zoo, "Hello") });
    const eosId = qwen.eosId!;
    expect(readerOf(qwen).readPair("", "Hello")).toEqual({ context: [eosId], continuation: plain(qwen, "Hello") });
    expect(readerOf(qwen).readPair("  ", "Hello")).toEqual({ context: [eosId], continuation: plain(qwen, "  Hello") });
  });

  it("takes ids on either side", () => {
    const reader = readerOf(zoo);
    expect(reader.readPair([4, 5], [6])).toEqual({ context: [4, 5], continuation: [6] });
    expect(reader.readPair([], [6])).toEqual({ context: [1], continuation: [6] });
    expect(reader.readPair("Hello", [6])).toEqual({ context: zoo.encode("Hello"), continuation: [6] });
    expect(reader.readPair([4, 5], " world")).toEqual({ context: [4, 5], continuation: plain(zoo, " world") });
  });

  it("refuses unknown ids on either side", () => {
    expectCode("engine/unknown_token", () => readerOf(zoo, 28).readPair([28], [1]));
    expectCode("engine/unknown_token", () => readerOf(zoo, 28).readPair([1], [28]));
  });
});

describe("readWhole", () => {
  it("reads a text as a prompt is read, and names the token that stands before it", () => {
    expect(readerOf(zoo).readWhole("Hello")).toEqual({ start: zoo.bosId, ids: zoo.encode("Hello") });
    expect(readerOf(qwen).readWhole("Hello")).toEqual({ start: qwen.eosId, ids: plain(qwen, "Hello") });
    expect(readerOf(zoo).readWhole([5]).ids).toEqual([5]);
  });
});
