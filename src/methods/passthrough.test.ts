import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { passthrough } from "./passthrough.ts";

const run = { kernels: wasmKernels() };
const models = [Float32Array.of(1, -2, Number.NaN)];

describe("passthrough", () => {
  it("gives the model as it is", () => {
    expect(mergeWhole(passthrough, { models }, { scale: [null] }, run)).toEqual(models[0]);
  });

  it("scales, with the factor in float32", () => {
    const dtype = "BF16";
    const result = mergeWhole(passthrough, { models: [Float32Array.of(3)], dtype }, { scale: [0.37] }, run);
    // 1.11, where 3 times the bfloat16 nearest to 0.37 would be 1.1074
    expect(result).toEqual(Float32Array.of(1.109375));
  });
});

describeMethodContract(passthrough);
