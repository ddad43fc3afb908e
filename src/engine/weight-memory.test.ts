import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { generateModel } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Shape } from "../tensor/shape.ts";
import { loadRuntime } from "./runtime.ts";
import { createWeightMemory } from "./weight-memory.ts";

const runtime = await loadRuntime();
const kernels = createPlainKernels(2 ** 23);

/** A model whose tensors count up from 1. */
function counting(shapes: Readonly<Record<string, Shape>>) {
  const edit = (_: string, values: Float32Array): void => {
    for (const i of values.keys()) values[i] = i + 1;
  };
  return generateModel({}, shapes, { edit });
}

describe("createWeightMemory", () => {
  it("lays tensors one after the other, and fills the same memory again", () => {
    const memory = createWeightMemory(runtime);
    const stacked = memory.take(
      [
        { name: "a", shape: [2, 2] },
        { name: "b", shape: [1, 2] },
      ],
      [3, 2],
    );
    expect([...(stacked.data as Float32Array)]).toEqual([0, 0, 0, 0, 0, 0]);
    memory.load(counting({ a: [2, 2], b: [1, 2] }), kernels);
    expect(stacked.dims).toEqual([3, 2]);
    expect([...(stacked.data as Float32Array)]).toEqual([1, 2, 3, 4, 1, 2]);
    memory.load(generateModel({}, { a: [2, 2], b: [1, 2] }, { edit: (_, values) => void values.fill(9) }), kernels);
    expect([...(stacked.data as Float32Array)]).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it("puts the rows of narrow heads where the operator wants them, and leaves the rest 0", () => {
    const memory = createWeightMemory(runtime);
    const rows = memory.take([{ name: "q", shape: [4, 3], heads: { places: [0, 8], inner: 3 } }], [32, 3]);
    memory.load(counting({ q: [4, 3] }), kernels);
    const data = rows.data as Float32Array;
    const row = (i: number): number[] => [...data.subarray(3 * i, 3 * i + 3)];
    expect([0, 8, 16, 24].map(row)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ]);
    expect(data.reduce((sum, value) => sum + value, 0)).toBe(78);
  });

  it("puts the columns of narrow heads where the operator wants them", () => {
    const memory = createWeightMemory(runtime);
    const columns = memory.take([{ name: "o", shape: [2, 2], heads: { places: [0, 1], inner: 1 } }], [2, 16]);
    memory.load(counting({ o: [2, 2] }), kernels);
    expect([...(columns.data as Float32Array)].flatMap((value, i) => (value === 0 ? [] : [[i, value]]))).toEqual([
      [0, 1],
      [1, 2],
      [16, 3],
      [17, 4],
    ]);
  });

  it("refuses models that lack a tensor or have it in another shape", () => {
    const memory = createWeightMemory(runtime);
    memory.take([{ name: "a", shape: [2, 2] }], [2, 2]);
    const details = expectCode("model/tensor_missing", () => memory.check(counting({ aa: [2, 2] })));
    expect(details).toMatchObject({ tensor: "a", nearest: "aa" });
    expect(expectCode("engine/bad_shape", () => memory.check(counting({ a: [4] })))).toEqual({
      model: "generated",
      tensor: "a",
      got: "[4]",
      expected: "[2, 2]",
    });
    expect(() => memory.check(counting({ a: [2, 2] }))).not.toThrow();
  });
});
