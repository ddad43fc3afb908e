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

  it("lays tensors out anew, and leaves the rest 0", () => {
    const memory = createWeightMemory(runtime);
    const layout = { rows: 4, columns: 3, rowPlaces: Int32Array.of(2, 0) };
    const rows = memory.take([{ name: "q", shape: [2, 3], layout }], [4, 3]);
    const stacked = memory.take([{ name: "e", shape: [2, 1, 3], layout }], [4, 3]);
    memory.load(counting({ q: [2, 3], e: [2, 1, 3] }), kernels);
    for (const { data } of [rows, stacked])
      expect([...(data as Float32Array)]).toEqual([4, 5, 6, 0, 0, 0, 1, 2, 3, 0, 0, 0]);
  });

  it("lays vectors out as columns", () => {
    const memory = createWeightMemory(runtime);
    const layout = { rows: 3, columns: 1, rowPlaces: Int32Array.of(2, 0), added: 1 };
    const vector = memory.take([{ name: "b", shape: [2], layout }], [3]);
    memory.load(counting({ b: [2] }), kernels);
    expect([...(vector.data as Float32Array)]).toEqual([3, 0, 2]);
  });

  it("takes 0 for tensors that a class of models may lack", () => {
    const memory = createWeightMemory(runtime);
    const bias = memory.take([{ name: "model.layers.0.self_attn.q_proj.bias", shape: [2] }], [2]);
    const shapes = { "model.layers.0.self_attn.q_proj.bias": [2] };
    const edit = (_: string, values: Float32Array): void => void values.fill(3);
    memory.load(generateModel({ architectures: ["StableLmForCausalLM"] }, shapes, { edit }), kernels);
    const lacking = generateModel({ architectures: ["StableLmForCausalLM"] }, {});
    expect([...(bias.data as Float32Array)]).toEqual([3, 3]);
    memory.check(lacking);
    memory.load(lacking, kernels);
    expect([...(bias.data as Float32Array)]).toEqual([0, 0]);
    const strict = generateModel({ architectures: ["Qwen2ForCausalLM"] }, {});
    expectCode("model/tensor_missing", () => memory.check(strict));
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
