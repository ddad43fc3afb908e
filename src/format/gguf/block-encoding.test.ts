import { describe, expect, it } from "vitest";
import { createMemorySource } from "../byte-source.ts";
import type { TensorEncoding } from "../stored-tensor.ts";
import { createBlockEncoding } from "./block-encoding.ts";
import { BLOCK_TYPES } from "./block-types.ts";
import type { GgufTensor } from "./gguf-file.ts";

/** 4 rows of 64 elements as Q8_0 with scale 1: element e of row r is r + e / 100, as an integer of one byte. */
const ROWS = 4;
const COLUMNS = 64;
const bytes = new Uint8Array(7 + (ROWS * COLUMNS * 34) / 32);
const valueAt = (i: number): number => (i * 7) % 100;
for (let block = 0; block < (ROWS * COLUMNS) / 32; block++) {
  const view = new DataView(bytes.buffer, 7 + block * 34);
  view.setFloat16(0, 1, true);
  for (let i = 0; i < 32; i++) view.setInt8(2 + i, valueAt(32 * block + i));
}
const tensor: GgufTensor = {
  name: "a",
  shape: [ROWS, COLUMNS],
  type: BLOCK_TYPES.get(8)!,
  beginByte: 7,
  endByte: bytes.length,
};

function read(encoding: TensorEncoding, startByte: number, length: number): Uint8Array {
  const into = new Uint8Array(length);
  const source = createMemorySource(bytes);
  encoding.decode((offset, part) => source.read(offset, part), startByte, into);
  return into;
}

const floats = (encoding: TensorEncoding, start: number, count: number): number[] => [
  ...new Float32Array(read(encoding, 4 * start, 4 * count).buffer),
];
const PLACES = Array.from({ length: ROWS * COLUMNS }, (_, i) => i);

describe("createBlockEncoding", () => {
  it("gives any part, also of elements", () => {
    const encoding = createBlockEncoding(tensor);
    const whole = read(encoding, 0, 4 * PLACES.length);
    expect(floats(encoding, 0, PLACES.length)).toEqual(PLACES.map(valueAt));
    for (const [from, to] of [
      [0, 1],
      [3, 9],
      [124, 132],
      [100, 900],
      [1023, 1024],
      [5, 5],
    ] as const)
      expect(read(encoding, from, to - from)).toEqual(whole.slice(from, to));
  });

  it("gives rows in another order", () => {
    const encoding = createBlockEncoding(tensor, { kind: "turned", rowAt: (row) => ROWS - 1 - row });
    const expected = PLACES.map((i) => valueAt((ROWS - 1 - Math.floor(i / COLUMNS)) * COLUMNS + (i % COLUMNS)));
    expect(floats(encoding, 0, PLACES.length)).toEqual(expected);
    expect(floats(encoding, 50, 100)).toEqual(expected.slice(50, 150));
  });

  it("reorders plain elements, of one axis one by one", () => {
    const plain: GgufTensor = { ...tensor, shape: [4], type: BLOCK_TYPES.get(0)!, beginByte: 0, endByte: 16 };
    const source = createMemorySource(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    const into = new Uint8Array(16);
    const order = { kind: "turned", rowAt: (row: number) => 3 - row };
    createBlockEncoding(plain, order, -1).decode((offset, part) => source.read(offset, part), 0, into);
    expect([...new Float32Array(into.buffer)]).toEqual([3, 2, 1, 0]);
  });

  it("tells encodings apart", () => {
    const order = { kind: "x", rowAt: (row: number) => row };
    const kinds = [
      createBlockEncoding(tensor),
      createBlockEncoding(tensor, order),
      createBlockEncoding(tensor, order, 1),
    ];
    expect(new Set(kinds.map(({ kind }) => kind)).size).toBe(3);
  });
});
