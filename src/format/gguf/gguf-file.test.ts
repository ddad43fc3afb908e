import { describe, expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { formatGguf, type GgufContent, type TypedValue } from "../../../test/gguf-file.ts";
import { createMemorySource } from "../byte-source.ts";
import { type GgufHeader, parseGgufHeader } from "./gguf-file.ts";

const TENSORS: readonly GgufContent[] = [
  { name: "a", shape: [2, 3], type: 0, bytes: new Uint8Array(24) },
  { name: "b", shape: [2, 32], type: 2, bytes: new Uint8Array(36) },
];

const parse = (bytes: Uint8Array): GgufHeader => parseGgufHeader(createMemorySource(bytes), "x.gguf");
const parseOne = (change: Partial<GgufContent>): GgufHeader => parse(formatGguf({}, [{ ...TENSORS[0]!, ...change }]));
const parseValue = (type: number, value: unknown): unknown =>
  parse(formatGguf({ key: [type, value] }, [])).metadata.get("key");

/** The file with bytes changed from a place on. */
function patched(at: number, ...bytes: readonly number[]): Uint8Array {
  const file = formatGguf({ key: [4, 1] }, TENSORS);
  file.set(bytes, at);
  return file;
}

describe("parseGgufHeader", () => {
  it("reads names, shapes, types and places", () => {
    const { tensors } = parse(formatGguf({ key: [4, 7] }, TENSORS));
    expect(tensors.map(({ name, shape, type }) => [name, shape, type.name])).toEqual([
      ["a", [2, 3], "F32"],
      ["b", [2, 32], "Q4_0"],
    ]);
    const [a, b] = tensors;
    expect([
      a!.beginByte % 32,
      a!.endByte - a!.beginByte,
      b!.beginByte - a!.beginByte,
      b!.endByte - b!.beginByte,
    ]).toEqual([0, 24, 32, 36]);
  });

  it.each<[string, TypedValue, unknown]>([
    ["bytes", [0, 255], 255],
    ["signed bytes", [1, -1], -1],
    ["16 bits", [2, 65535], 65535],
    ["signed 16 bits", [3, -2], -2],
    ["32 bits", [4, 2 ** 32 - 1], 2 ** 32 - 1],
    ["signed 32 bits", [5, -3], -3],
    ["float32", [6, 0.1], Math.fround(0.1)],
    ["flags", [7, 1], true],
    ["texts", [8, "é"], "é"],
    ["64 bits", [10, 2 ** 40], 2 ** 40],
    ["signed 64 bits", [11, -4], -4],
    ["float64", [12, 0.1], 0.1],
    ["lists", [9, [8, ["x", "y"]]], ["x", "y"]],
    [
      "lists of lists",
      [
        9,
        [
          9,
          [
            [0, [1]],
            [7, [0]],
          ],
        ],
      ],
      [[1], [false]],
    ],
  ])("reads %s", (_what, [type, value], expected) => {
    expect(parseValue(type, value)).toEqual(expected);
  });

  it("takes the alignment from the metadata", () => {
    const file = formatGguf({ "general.alignment": [4, 64] }, TENSORS, 64);
    expect(parse(file).tensors.map(({ beginByte }) => beginByte % 64)).toEqual([0, 0]);
    for (const wrong of [0, 12, 2 ** 21])
      expectCode("format/gguf_damaged", () => parse(formatGguf({ "general.alignment": [4, wrong] }, [])));
  });
});

describe("what is refused", () => {
  it("is of another kind or version", () => {
    expectCode("format/not_gguf", () => parse(new Uint8Array(10)));
    expectCode("format/not_gguf", () => parse(patched(0, 1)));
    expectCode("format/not_gguf", () => parse(patched(4, 1)));
    expectCode("format/not_gguf", () => parse(patched(4, 0, 0, 0, 3)));
  });

  it("counts more than there can be", () => {
    expectCode("format/too_many_tensors", () => parse(patched(12, 1)));
    expectCode("format/gguf_too_large", () => parse(patched(20, 1)));
    expectCode("format/truncated", () => parse(patched(8, 200)));
    expectCode("format/gguf_damaged", () => parse(patched(16, 200)));
    const huge = formatGguf({ key: [8, "x"] }, []);
    huge.fill(255, 24 + 11 + 4, 24 + 11 + 12);
    expectCode("format/gguf_too_large", () => parse(huge));
    const list = formatGguf({ key: [9, [0, [1, 2]]] }, []);
    list.fill(255, 24 + 11 + 8, 24 + 11 + 16);
    expectCode("format/truncated", () => parse(list));
    const deep = [0, 1, 2, 3, 4].reduce<unknown>((inner) => [9, [inner]], [0, [1]]);
    expectCode("format/gguf_too_large", () => parseValue(9, deep));
  });

  it("has keys or types that are none", () => {
    expectCode("format/gguf_damaged", () => parse(patched(24 + 11, 13)));
    expectCode("format/gguf_damaged", () => parse(patched(24, 0, 32)));
    expectCode("format/not_utf8", () => parse(patched(24 + 8, 255)));
    expectCode("format/duplicate_key", () => parse(formatGguf({}, [TENSORS[0]!, TENSORS[0]!])));
    expectCode("format/gguf_type", () => parseOne({ type: 16 }));
    expect(expectCode("format/gguf_type", () => parseOne({ type: 999 }))["type"]).toBe("number 999");
  });

  it("has shapes that do not fit", () => {
    expectCode("format/too_many_dimensions", () => parseOne({ shape: Array(9).fill(1) }));
    expectCode("format/too_many_elements", () => parseOne({ shape: [2 ** 40, 2 ** 40] }));
    expectCode("format/gguf_damaged", () => parseOne({ type: 2, shape: [2, 31] }));
    expectCode("format/past_end", () => parseOne({ shape: [2, 300] }));
    expectCode("format/overlap", () => parse(formatGguf({}, [{ ...TENSORS[0]!, shape: [9, 1] }, TENSORS[1]!])));
  });
});
