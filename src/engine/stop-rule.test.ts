import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "../model/tokenizer.ts";
import { createStopRule } from "./stop-rule.ts";

const FOLDER = join(import.meta.dirname, "../../test/golden/data/tokenizers");
const EOS = 2;
const tokenizers = { bytes: openTokenizer(join(FOLDER, "zoo")), pieces: openTokenizer(join(FOLDER, "mistral")) };

describe.each(Object.entries(tokenizers))("a stop rule over %s", (_, tokenizer) => {
  const rule = createStopRule(
    () => tokenizer,
    () => new Set([EOS]),
  );
  const ids = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: false });

  /** @returns how many ids were read until the rule said stop, and what it said. */
  function readOn(
    all: readonly number[],
    until: readonly string[],
  ): { readonly count: number; readonly reason: string } {
    for (let count = 1; count <= all.length; count++) {
      const reason = rule.reason(all.slice(0, count), until);
      if (reason !== undefined) return { count, reason };
    }
    return { count: all.length, reason: "none" };
  }

  it("stops at an end-of-sequence id, which is no part of the text", () => {
    const all = [...ids("one two"), EOS];
    expect(readOn(all, ["three"])).toEqual({ count: all.length, reason: "eos" });
    expect(rule.text(all, [])).toBe("one two");
  });

  it("stops at the token that completes a stop string, wherever it begins", () => {
    for (const stop of ["\n\n", "Question:", " three", "ee f"]) {
      const all = ids("one two three four\n\nQuestion: five");
      const { count, reason } = readOn(all, ["nowhere", stop]);
      expect(reason, stop).toBe("until");
      const text = tokenizer.decode(all);
      expect(rule.text(all.slice(0, count), ["nowhere", stop])).toBe(text.slice(0, text.indexOf(stop)));
      expect(tokenizer.decode(all.slice(0, count - 1))).not.toContain(stop);
    }
  });

  it("ends the text before the first of several stop strings", () => {
    expect(rule.text(ids("a b c d"), ["d", "b", "c"])).toBe("a ");
  });

  it("finds stop strings of several bytes a character", () => {
    const all = ids("x 答え：二");
    expect(readOn(all, ["答え"]).reason).toBe("until");
    expect(rule.text(all, ["答え"])).toBe("x ");
  });

  it("looks past tokens that show nothing", () => {
    const special = Array.from({ length: 12 }, () => 1);
    const all = [...ids("ab"), ...special, ...ids("ab")];
    const text = tokenizer.decode(all, { skipSpecialTokens: true });
    const stop = text.slice(1, 3);
    expect(readOn(all, [stop]).reason).toBe("until");
  });

  it("passes over ids that the tokenizer does not have", () => {
    const all = [...ids("ab"), 5000];
    expect(readOn(all, ["c"])).toEqual({ count: all.length, reason: "none" });
    expect(rule.text(all, [])).toBe("ab");
  });

  it("ignores empty stop strings", () => {
    expect(readOn(ids("ab"), [""]).reason).toBe("none");
    expect(rule.text(ids("ab"), [""])).toBe("ab");
  });

  it("has no text for nothing", () => expect(rule.text([], ["a"])).toBe(""));
});

describe("a stop rule without a tokenizer", () => {
  const rule = createStopRule(undefined, () => new Set([EOS]));

  it("stops at end-of-sequence ids, and has no text", () => {
    expect(rule.reason([5], ["a"])).toBeUndefined();
    expect(rule.reason([5, EOS], [])).toBe("eos");
    expect(rule.text([5, EOS], [])).toBe("");
  });
});
