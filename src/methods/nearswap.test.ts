import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { nearswap } from "./nearswap.ts";

describe("nearswap", () => {
  it("takes the other model where it is nearer than t, and a part of it elsewhere", () => {
    const base = Float32Array.of(0, 0, 5, 1);
    const models = [Float32Array.of(0.5, 4, 5, 3)];
    const merged = mergeWhole(nearswap, { base, models }, { t: 1 }, { kernels: wasmKernels() });
    expect(merged).toEqual(Float32Array.of(0.5, 1, 5, 2));
  });
});

describeMethodContract(nearswap, {
  settings: () => ({ t: 0.5 }),
  excuses: {
    "returns the model when all models are equal": {
      because: "a model far from the base is taken in part",
      example: { base: [0], models: [[4]] },
    },
  },
});
