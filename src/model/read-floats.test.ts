import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, type TensorContent, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { openFolderModel } from "./folder-model.ts";
import { readKernelModule } from "./kernel-module.ts";
import type { Model } from "./model.ts";
import { readFloatRange, readFloats } from "./read-floats.ts";

const MEMORY_BYTES = 32 * 2 ** 20;

function open(...tensors: TensorContent[]): Model {
  const folder = join(createTemporaryFolder(), "model");
  writeCheckpoint(folder, {}, tensors);
  return openFolderModel(folder);
}

describe.each([
  ["plain", () => createPlainKernels(MEMORY_BYTES)],
  ["WebAssembly", () => openWasmKernels(readKernelModule(), MEMORY_BYTES)],
])("with %s kernels", (_, createKernels) => {
  it("reads float32, bfloat16, float16 and integers", () => {
    const halves = Uint8Array.from([0x80, 0x3f, 0x20, 0xc0]);
    using model = open(
      floatTensor("f32", [2], [1.25, -3]),
      { name: "bf16", dtype: "BF16", shape: [2], bytes: halves },
      { name: "f16", dtype: "F16", shape: [1, 2], bytes: Uint8Array.from([0x00, 0x3c, 0x00, 0xc1]) },
      { name: "i8", dtype: "I8", shape: [2], bytes: Uint8Array.from([1, 0xff]) },
    );
    const kernels = createKernels();
    const into = new Float32Array(2);
    const read = (name: string): number[] => {
      readFloats(model, name, into, kernels);
      return [...into];
    };
    expect(read("f32")).toEqual([1.25, -3]);
    expect(read("bf16")).toEqual([1, -2.5]);
    expect(read("f16")).toEqual([1, -2.5]);
    expect(read("i8")).toEqual([1, -1]);
  });

  it("reads a tensor larger than its chunks, and gives the memory back", () => {
    const n = 2 ** 21 + 3;
    using model = open(
      floatTensor(
        "a",
        [n],
        Array.from({ length: n }, (_, i) => i),
      ),
    );
    const kernels = createKernels();
    const mark = kernels.mark();
    const into = new Float32Array(n);
    readFloats(model, "a", into, kernels);
    expect(into.every((value, i) => value === i)).toBe(true);
    expect(kernels.mark()).toBe(mark);
    const part = new Float32Array(5);
    readFloatRange({ model, name: "a", start: 2 ** 20 - 2 }, part, kernels);
    expect([...part]).toEqual([-2, -1, 0, 1, 2].map((i) => 2 ** 20 + i));
  });

  it("refuses names and lengths that are wrong, and gives the memory back", () => {
    using model = open(floatTensor("a", [2], [1, 2]), { name: "p", dtype: "F4", shape: [2], bytes: new Uint8Array(1) });
    const kernels = createKernels();
    const mark = kernels.mark();
    expectCode("model/tensor_missing", () => readFloats(model, "b", new Float32Array(2), kernels));
    expectCode("base/invariant", () => readFloats(model, "a", new Float32Array(1), kernels));
    expectCode("base/invariant", () => readFloatRange({ model, name: "a", start: 1 }, new Float32Array(2), kernels));
    expectCode("kernels/unsupported_dtype", () => readFloats(model, "p", new Float32Array(2), kernels));
    expect(kernels.mark()).toBe(mark);
  });

  it("reads an empty tensor", () => {
    using model = open(floatTensor("a", [0, 3], []));
    readFloats(model, "a", new Float32Array(0), createKernels());
  });
});
