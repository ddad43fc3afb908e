import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { byteLength, DTYPES } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { createMemorySource } from "./byte-source.ts";
import {
  layoutSafetensors,
  MAX_DIMENSIONS,
  MAX_HEADER_BYTES,
  MAX_TENSORS,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type TensorLayout,
} from "./safetensors.ts";

/** A file with this header text, and `dataBytes` zeros behind it. */
function fileOf(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const parse = (file: Uint8Array): SafetensorsHeader =>
  parseSafetensorsHeader(createMemorySource(file), "x.safetensors");
const parseText = (header: string, dataBytes = 0): SafetensorsHeader => parse(fileOf(header, dataBytes));
const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

describe("parseSafetensorsHeader", () => {
  it("reads names, types, shapes, places and metadata", () => {
    const header = `{"__metadata__":{"format":"pt"},"a":${entry("F32", "[2,1]", "[0,8]")},"b":${entry("BF16", "[]", "[8,10]")}}  `;
    const { tensors, metadata, dataByte } = parseText(header, 10);
    expect(dataByte).toBe(8 + header.length);
    expect([...metadata]).toEqual([["format", "pt"]]);
    expect(tensors).toEqual([
      { name: "a", dtype: "F32", shape: [2, 1], beginByte: dataByte, endByte: dataByte + 8 },
      { name: "b", dtype: "BF16", shape: [], beginByte: dataByte + 8, endByte: dataByte + 10 },
    ]);
  });

  it("accepts an empty file of tensors, empty tensors, and entries in any order", () => {
    expect(parseText("{}").tensors).toEqual([]);
    const header = `{"b":${entry("U8", "[1]", "[1,2]")},"e":${entry("F32", "[0,3]", "[1,1]")},"a":${entry("U8", "[1]", "[0,1]")}}`;
    expect(parseText(header, 2).tensors.map((tensor) => tensor.name)).toEqual(["b", "e", "a"]);
  });

  it("passes over keys of an entry that it does not know", () => {
    const header = '{"a":{"dtype":"U8","extra":{"x":[1]},"shape":[1],"data_offsets":[0,1]}}';
    expect(parseText(header, 1).tensors).toHaveLength(1);
  });

  it("reads packed types that fill their bytes", () => {
    expect(parseText(`{"a":${entry("F4", "[3,2]", "[0,3]")}}`, 3).tensors[0]!.dtype).toBe("F4");
    expect(parseText(`{"a":${entry("F6_E2M3", "[4]", "[0,3]")}}`, 3).tensors[0]!.dtype).toBe("F6_E2M3");
  });

  const one = (dtype: string, shape: string, offsets: string): string => `{"a":${entry(dtype, shape, offsets)}}`;
  const two = (first: string, second: string): string =>
    `{"a":${entry("U8", "[4]", first)},"b":${entry("U8", "[4]", second)}}`;

  it.each([
    ["format/bad_json", "{  ", 0],
    ["format/bad_json", '{"a":1}', 0],
    ["format/bad_json", '{"a":[]}', 0],
    ["format/bad_json", '{"__metadata__":{"a":1}}', 0],
    ["format/bad_json", "{} {}", 0],
    ["format/bad_json", one("F32", "[-1]", "[0,4]"), 4],
    ["format/bad_json", one("F32", "[1.5]", "[0,6]"), 6],
    ["format/bad_json", one("F32", "[1]", "[-4,0]"), 4],
    ["format/bad_json", one("F32", "[9007199254740993]", "[0,4]"), 4],
    ["format/bad_json", '{"a\\ud800":{}}', 0],
    ["format/duplicate_key", `{"a":${entry("U8", "[1]", "[0,1]")},"a":${entry("U8", "[1]", "[1,2]")}}`, 2],
    ["format/duplicate_key", '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1],
    ["format/reserved_name", `{"__proto__":${entry("U8", "[1]", "[0,1]")}}`, 1],
    ["format/missing_field", '{"a":{"shape":[1],"data_offsets":[0,1]}}', 1],
    ["format/missing_field", '{"a":{"dtype":"U8","data_offsets":[0,1]}}', 1],
    ["format/missing_field", '{"a":{"dtype":"U8","shape":[1]}}', 1],
    ["format/missing_field", one("U8", "[1]", "[0]"), 1],
    ["format/unknown_dtype", one("FLOAT", "[1]", "[0,4]"), 4],
    ["format/unknown_dtype", one("constructor", "[1]", "[0,4]"), 4],
    ["format/too_many_dimensions", one("U8", `[${Array(MAX_DIMENSIONS + 1).fill(1)}]`, "[0,1]"), 1],
    ["format/too_many_dimensions", one("U8", "[1]", "[0,1,2]"), 1],
    ["format/too_many_elements", one("F32", "[4294967296,4294967296]", "[0,4]"), 4],
    ["format/too_many_elements", one("F32", "[4294967296,4294967296,0]", "[0,0]"), 0],
    ["format/partial_byte", one("F4", "[3]", "[0,2]"), 2],
    ["format/wrong_length", one("F32", "[2]", "[0,4]"), 4],
    ["format/wrong_length", one("F32", "[1]", "[4,0]"), 4],
    ["format/past_end", one("F32", "[2]", "[0,8]"), 4],
    ["format/past_end", one("U8", "[1]", "[9007199254740990,9007199254740991]"), 4],
    ["format/overlap", two("[0,4]", "[2,6]"), 6],
    ["format/overlap", two("[0,4]", "[0,4]"), 4],
    ["format/hole", two("[0,4]", "[5,9]"), 9],
    ["format/hole", two("[1,5]", "[5,9]"), 9],
    ["format/hole", one("U8", "[1]", "[0,1]"), 2],
    ["format/not_safetensors", " {}", 0],
    ["format/not_safetensors", "[]", 0],
  ])("answers %s to the header %s", (code, header, dataBytes) => {
    expectCode(code, () => parseText(header, dataBytes));
  });

  it("refuses a file that is too short to have a header", () => {
    expectCode("format/not_safetensors", () => parse(new Uint8Array(9)));
  });

  it("refuses a header that goes on past the end of the file", () => {
    const details = expectCode("format/truncated", () =>
      parse(
        fileOf("{}")
          .subarray(0, 9 + 1)
          .fill(9, 0, 1),
      ),
    );
    expect(details).toMatchObject({ file: "x.safetensors", sizeBytes: 10, neededBytes: 17 });
  });

  it("refuses a header longer than any model needs, without taking memory for it", () => {
    const file = fileOf("{}");
    new DataView(file.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(expectCode("format/header_too_long", () => parse(file))).toMatchObject({ maxBytes: MAX_HEADER_BYTES });
  });

  it("refuses a header that is not UTF-8", () => {
    expectCode("format/not_utf8", () => parse(fileOf(Uint8Array.of(0x7b, 0xff, 0x7d))));
  });

  it("refuses more tensors than any model has", () => {
    const item = entry("U8", "[0]", "[0,0]");
    const header = `{${Array.from({ length: MAX_TENSORS + 1 }, (_, i) => `"${i.toString(36)}":${item}`).join(",")}}`;
    expect(header.length).toBeLessThan(MAX_HEADER_BYTES);
    expectCode("format/too_many_tensors", () => parseText(header));
  });

  it("does not let names reach an object's prototype", () => {
    const { tensors } = parseText(`{"constructor":${entry("U8", "[1]", "[0,1]")}}`, 1);
    expect(tensors[0]!.name).toBe("constructor");
  });
});

describe("layoutSafetensors", () => {
  it("puts larger types first, then names in code-point order, and data at a multiple of 8", () => {
    const tensors: TensorLayout[] = [
      { name: "b", dtype: "BF16", shape: [3] },
      { name: "\u{1f600}", dtype: "F32", shape: [1] },
      { name: "\uff01", dtype: "F32", shape: [1] },
      { name: "a", dtype: "BF16", shape: [1] },
      { name: "n", dtype: "I64", shape: [] },
    ];
    const layout = layoutSafetensors(tensors);
    expect(layout.tensors.map((tensor) => tensor.name)).toEqual(["n", "\uff01", "\u{1f600}", "a", "b"]);
    expect(layout.head.length % 8).toBe(0);
    expect(layout.tensors[0]!.beginByte).toBe(layout.head.length);
    expect(layout.sizeBytes).toBe(layout.head.length + 8 + 4 + 4 + 2 + 6);
  });

  it("writes the head that the safetensors library writes", () => {
    // safetensors 0.8.0: save({"w": torch.ones(2, 3), "ä\n": torch.zeros(2, dtype=torch.bfloat16), "i": torch.tensor(7)}, {"format": "pt"})
    const expected =
      '{"__metadata__":{"format":"pt"},"i":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
      '"w":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"ä\\n":{"dtype":"BF16","shape":[2],"data_offsets":[32,36]}}';
    const { head } = layoutSafetensors([
      { name: "w", dtype: "F32", shape: [2, 3] },
      { name: "ä\n", dtype: "BF16", shape: [2] },
      { name: "i", dtype: "I64", shape: [] },
    ]);
    expect(new TextDecoder().decode(head.subarray(8)).trimEnd()).toBe(expected);
    expect(head.length).toBe(8 + 200);
  });

  it("is understood by the parser, whatever the tensors", () => {
    const tensor = fc.record({
      name: fc
        .string({ unit: "binary", minLength: 1 })
        .filter((name) => name !== "__metadata__" && name !== "__proto__"),
      dtype: fc.constantFrom(...DTYPES),
      shape: fc.array(
        fc.integer({ min: 0, max: 3 }).map((size) => size * 4),
        { minLength: 1, maxLength: 3 },
      ),
    });
    const tensors = fc.uniqueArray(tensor, { selector: (t) => t.name, maxLength: 8 });
    fc.assert(
      fc.property(tensors, (given) => {
        const { head, sizeBytes, tensors: placed } = layoutSafetensors(given, {});
        const file = new Uint8Array(sizeBytes);
        file.set(head);
        const parsed = parse(file).tensors;
        expect(parsed).toEqual(placed);
        expect(parsed).toHaveLength(given.length);
        for (const { dtype, shape, beginByte, endByte } of parsed)
          expect(endByte - beginByte).toBe(byteLength(dtype, elementCount(shape)));
      }),
    );
  });

  it("writes a file without tensors", () => {
    expect(new TextDecoder().decode(layoutSafetensors([], {}).head.subarray(8))).toBe("{}      ");
  });

  it("refuses names that a reader would refuse", () => {
    const layout = (...names: string[]): unknown =>
      layoutSafetensors(names.map((name, i) => ({ name, dtype: i === 0 ? "U8" : "F32", shape: [1] })));
    expectCode("format/duplicate_key", () => layout("a", "b", "a"));
    expectCode("format/reserved_name", () => layout("__proto__"));
    expectCode("format/reserved_name", () => layout("__metadata__"));
    expectCode("format/reserved_name", () => layout("\ud800"));
  });
});
