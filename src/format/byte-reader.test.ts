import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { ByteReader } from "./byte-reader.ts";
import { createMemorySource } from "./byte-source.ts";

/** A reader over all but the first and last two bytes. */
function readerOf(bytes: readonly number[]): ByteReader {
  const source = createMemorySource(Uint8Array.from([9, 9, ...bytes, 9, 9]));
  return new ByteReader({ source, beginByte: 2, endByte: 2 + bytes.length, name: "x" });
}

describe("ByteReader", () => {
  it("reads numbers of every width", () => {
    const reader = readerOf([0xff, 0xff, 1, 2, 0xfe, 0xff, 4, 3, 2, 1, 0xff, 0xff, 0xff, 0xff]);
    expect([reader.u8(), reader.i8(), reader.u16(), reader.i16(), reader.u32(), reader.i32()]).toEqual([
      255, -1, 0x201, -2, 0x1020304, -1,
    ]);
    expect([reader.at, reader.left]).toEqual([14, 0]);
  });

  it("reads long numbers and floats", () => {
    const long = [1, 0, 0, 0, 0, 0, 0, 0];
    const minus = Array<number>(8).fill(255);
    const reader = readerOf([
      ...long,
      ...minus,
      0,
      0,
      0xc0,
      0x3f,
      0,
      0,
      0,
      0,
      0,
      0,
      0xf8,
      0x3f,
      0x3f,
      0xf8,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
    expect([reader.u64(), reader.i64(), reader.f32(), reader.f64(), reader.f64BigEndian()]).toEqual([
      1, -1, 1.5, 1.5, 1.5,
    ]);
  });

  it("goes through more than its buffer holds, in numbers, steps and long pieces", () => {
    const bytes = Array.from({ length: 200_000 }, (_, i) => i % 251);
    const reader = readerOf(bytes);
    expect(reader.u8()).toBe(0);
    reader.skip(65_534);
    expect([...reader.bytes(3)]).toEqual(bytes.slice(65_535, 65_538));
    expect([...reader.bytes(100_000)]).toEqual(bytes.slice(65_538, 165_538));
    expect(reader.u16()).toBe(bytes[165_538]! + 256 * bytes[165_539]!);
  });

  it("stops at the window's end, before memory is taken", () => {
    const reader = readerOf([1, 2, 3]);
    expectCode("format/truncated", () => reader.u32());
    expectCode("format/truncated", () => reader.bytes(2 ** 50));
    expectCode("format/truncated", () => reader.skip(4));
    expect([...reader.bytes(3)]).toEqual([1, 2, 3]);
    expectCode("format/truncated", () => reader.u8());
  });
});
