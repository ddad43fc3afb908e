import { describe, expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { ByteReader } from "../byte-reader.ts";
import { createMemorySource } from "../byte-source.ts";
import type { PickleHost } from "./pickle-machine.ts";
import { OPAQUE, PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from "./pickle-value.ts";
import { readPickle } from "./read-pickle.ts";

/** Knows the names `m.join`, which counts its arguments, and nothing else; persistent ids stand for themselves. */
const HOST: PickleHost = {
  findGlobal(module, name) {
    expect(`${module}.${name}`).toBe("m.join");
    return new PickleGlobal("m.join", (args) => args.length);
  },
  findPersistent: (id) => id,
};

function read(text: string): PickleValue {
  const bytes = Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  const window = { source: createMemorySource(bytes), beginByte: 0, endByte: bytes.length, name: "p" };
  return readPickle(new ByteReader(window), HOST, "p");
}

/** The value as JSON would show it; dicts as lists of pairs. */
function plain(value: PickleValue): unknown {
  if (value instanceof PickleList || value instanceof PickleTuple) return value.items.map(plain);
  if (value instanceof PickleDict) return [...value.entries].map(([key, entry]) => [plain(key), plain(entry)]);
  return value === OPAQUE ? "opaque" : value;
}

describe("readPickle", () => {
  it.each([
    [
      "numbers of every width",
      "(K\x01M\x00\x01J\xff\xff\xff\xff\x8a\x00\x8a\x01\x80\x8a\x02\xff\x00t.",
      [1, 256, -1, 0, -128, 255],
    ],
    ["floats, most significant byte first", "G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5],
    [
      "words",
      "(NT\x01\x00\x00\x00aU\x01bX\x01\x00\x00\x00c\x8c\x01d\x88\x89t.",
      [null, "a", "b", "c", "d", true, false],
    ],
    ["long texts", "\x8d\x01\0\0\0\0\0\0\0é.".replace("é", "e"), "e"],
    ["lists in all ways", "(]K\x01a(K\x02K\x03e(K\x04lt.", [[1, 2, 3], [4]]],
    [
      "dicts in all ways",
      "(}K\x01K\x02s(K\x03K\x04u(K\x05K\x06dt.",
      [
        [
          [1, 2],
          [3, 4],
        ],
        [[5, 6]],
      ],
    ],
    ["tuples", "()K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87t.", [[], [1], [1, 2], [1, 2, 3]]],
    ["what was remembered", "(K\x07q\x00h\x00r\x01\x00\x00\x00j\x01\x00\x00\x00\x94h\x02t.", [7, 7, 7, 7]],
    ["values that are thrown away", "(K\x01K\x020(K\x03K\x0412t.", [1, 1]],
    ["calls", "(cm\njoin\nK\x01K\x02\x86R\x8c\x01m\x8c\x04join\x93)\x81cm\njoin\n)}\x92t.", [2, 0, 0]],
    ["attributes, which are passed over", "]K\x01b.", []],
    ["ids", "K\x09Q.", 9],
    ["frames and protocols", "\x80\x04\x95\x05\0\0\0\0\0\0\0K\x01.", 1],
    [
      "bytes, sets and large numbers, unread",
      "(B\x01\0\0\0aC\x01b\x8e\x01\0\0\0\0\0\0\0c\x8f(K\x01\x90(K\x01\x91\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01\x8b\x01\0\0\0\x05t.",
      ["opaque", "opaque", "opaque", "opaque", "opaque", "opaque", 5],
    ],
  ])("reads %s", (_what, text, expected) => {
    expect(plain(read(text))).toEqual(expected);
  });

  it.each([
    ["an empty stack", "0."],
    ["no mark", "t."],
    ["values before the mark", "K\x01(0."],
    ["a memo that was not set", "h\x01."],
    ["a call of a number", "K\x01)R."],
    ["a call with a list", "cm\njoin\n]R."],
    ["a call with keywords", "cm\njoin\n)}K\x01K\x02s\x92."],
    ["a key without a value", "}(K\x01u."],
    ["a name that is a number", "K\x01K\x02\x93."],
    ["a name without end", `c${"a".repeat(2000)}\n`],
  ])("refuses %s", (_what, text) => {
    expectCode("format/pickle_damaged", () => read(text));
  });

  it.each(["S'a'\n.", "i", "o", "\x82\x01", "\x96", "\xff"])("refuses the operation %j", (text) => {
    expectCode("format/pickle_operation", () => read(text));
  });

  it("refuses what ends early or asks for more than there is", () => {
    expectCode("format/truncated", () => read("K"));
    expectCode("format/truncated", () => read("X\xff\x00\x00\x00a."));
    expectCode("format/truncated", () => read("\x8e\xff\xff\xff\xff\xff\xff\xff\xffa."));
    expectCode("format/pickle_too_large", () => read("\x8d\xff\xff\xff\xff\xff\xff\xff\xffa."));
  });

  it("stops at a list that is handed over again and again", () => {
    const call = "cm\njoin\nh\x00\x85R0";
    expectCode("format/pickle_too_large", () => read(`]q\x00(${"N".repeat(10_000)}e${call.repeat(500)}.`));
  });
});
