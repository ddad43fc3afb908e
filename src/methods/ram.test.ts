import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { ram } from "./ram.ts";

describe("ram", () => {
  it("takes a change of one model in full, the mean of several, and none that is small", () => {
    const base = Float32Array.of(10, 10, 10, 10);
    const models = [Float32Array.of(12, 13, 10.1, 9), Float32Array.of(14, 10.1, 10.1, 13), base];
    const merged = mergeWhole(ram, { base, models }, { epsilon: 0.5 }, { kernels: wasmKernels() });
    expect(merged).toEqual(Float32Array.of(13, 13, 10, 11));
  });
});

describeMethodContract(ram, {
  excuses: {
    "returns the model when all models are equal": {
      because: "changes up to epsilon do not count",
      example: { base: [0], models: [[1e-6]] },
    },
  },
});
