import { expect, it } from "vitest";
import type { Dtype } from "../tensor/dtype.ts";
import { type GatheredTensor, openGatheredModel, ROW_KINDS } from "./gathered-model.ts";
import type { Model } from "./model.ts";

/** A model with one tensor of rows of two; BF16 bytes are the upper halves of float32. */
function matrixModel(name: string, rows: readonly (readonly number[])[], dtype: Dtype = "F32"): Model {
  const floats = Float32Array.from(rows.flat());
  const all = new Uint8Array(floats.buffer);
  const bytes = dtype === "F32" ? all : all.filter((_, i) => i % 4 >= 2);
  return {
    name,
    config: {},
    tensors: new Map([["e", { name: "e", dtype, shape: [rows.length, 2] }]]),
    filesFolder: name,
    read: (_name, startByte, into) => into.set(bytes.subarray(startByte, startByte + into.length)),
    identity: () => name,
    [Symbol.dispose]() {},
  };
}

const A = matrixModel("a", [
  [1, 2],
  [3, 4],
  [5, 6],
]);
const B = matrixModel("b", [[10, 20]], "BF16");

const GATHERED: GatheredTensor = {
  name: "e",
  dtype: "F32",
  shape: [7, 2],
  from: [
    { model: 0, tensor: "e" },
    { model: 1, tensor: "e" },
  ],
  rowSource: Int32Array.of(0, 0, 1, ROW_KINDS.zero, ROW_KINDS.average, 0, ROW_KINDS.mean),
  rowIndex: Int32Array.of(1, 2, 0, 0, 0, 0, 0),
  averages: [
    [
      [0, 0],
      [1, 0],
    ],
  ],
};

function readAll(model: Model, pieceBytes: number, elementBytes = 4): number[] {
  const bytes = new Uint8Array(14 * elementBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    model.read("e", at, bytes.subarray(at, Math.min(bytes.length, at + pieceBytes)));
  }
  return elementBytes === 4 ? [...new Float32Array(bytes.buffer)] : [...new Uint16Array(bytes.buffer)];
}

const WANTED = [3, 4, 5, 6, 10, 20, 0, 0, 5.5, 11, 1, 2, 24.5 / 6, 43 / 6];

it("puts rows together from several models, casts them, averages and pads", () => {
  const model = openGatheredModel({ own: A, models: [A, B], tensors: [GATHERED], key: "k" });
  expect(model.tensors.get("e")).toEqual({ name: "e", dtype: "F32", shape: [7, 2] });
  expect(readAll(model, 56)).toEqual(WANTED.map(Math.fround));
});

it("gives the same bytes in pieces that cut rows", () => {
  const model = openGatheredModel({ own: A, models: [A, B], tensors: [GATHERED], key: "k" });
  for (const piece of [4, 12, 20]) expect(readAll(model, piece)).toEqual(WANTED.map(Math.fround));
});

it("rounds every sum of an average to the tensor's type, as arithmetic in that type does", () => {
  const fine = matrixModel("fine", [
    [256, 0],
    [1, 0],
    [1, 0],
  ]);
  const tensor: GatheredTensor = {
    ...GATHERED,
    dtype: "BF16",
    from: [{ model: 0, tensor: "e" }],
    rowSource: Int32Array.from({ length: 7 }, () => ROW_KINDS.average),
    rowIndex: new Int32Array(7),
    averages: [
      [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
    ],
  };
  const model = openGatheredModel({ own: fine, models: [fine], tensors: [tensor], key: "k" });
  // 256 + 1 is 256 in bfloat16, twice; a third of it rounds to 85.5, which is 0x42ab.
  expect(readAll(model, 28, 2)[0]).toBe(0x42ab);
});

it("is another model when the rows, or any model they come from, are others", () => {
  const identity = (key: string, models: readonly Model[]) =>
    openGatheredModel({ own: A, models, tensors: [GATHERED], key }).identity();
  expect(identity("k", [A, B])).toBe(identity("k", [A, B]));
  expect(new Set([identity("k", [A, B]), identity("l", [A, B]), identity("k", [A, A])]).size).toBe(3);
});

it("hands on what is not gathered", () => {
  const own = matrixModel("own", [[7, 8]]);
  const model = openGatheredModel({ own, models: [A, B], tensors: [{ ...GATHERED, name: "other" }], key: "k" });
  expect([...model.tensors.keys()]).toEqual(["e", "other"]);
  const bytes = new Uint8Array(8);
  model.read("e", 0, bytes);
  expect([...new Float32Array(bytes.buffer)]).toEqual([7, 8]);
});
