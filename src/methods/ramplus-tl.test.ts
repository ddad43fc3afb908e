import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { ramplusTl } from "./ramplus-tl.ts";

const run = { kernels: wasmKernels(), blockElements: 2 };
const base = Float32Array.of(10, 10, 10, 10);
// the first model shares one change and has two of its own, the second shares one and has none
const models = [Float32Array.of(12, 14, 10, 9), Float32Array.of(14, 10, 10, 10)];

describe("ramplus_tl", () => {
  it("reinforces what a model changes alone by the ratio of what it shares", () => {
    const merged = mergeWhole(ramplusTl, { base, models }, { r: 0.5, alpha: 1, epsilon: 0.5 }, run);
    // ratio 1/2, factor 1.25
    expect(merged).toEqual(Float32Array.of(13, 15, 10, 8.75));
  });

  it("counts ratios up to alpha", () => {
    const merged = mergeWhole(ramplusTl, { base, models }, { r: 0.5, alpha: 0.25, epsilon: 0.5 }, run);
    expect(merged).toEqual(Float32Array.of(13, 14.5, 10, 8.875));
  });

  it("answers in float32 for 16-bit models", () => {
    const inputs = { base: Float32Array.of(1), models: [Float32Array.of(1.0078125)], dtype: "BF16" } as const;
    const merged = mergeWhole(ramplusTl, inputs, { r: 0, alpha: 0, epsilon: 0.001 }, run);
    expect(ramplusTl.result).toBe("F32");
    expect(merged).toEqual(Float32Array.of(1.0078125));
  });
});

describeMethodContract(ramplusTl, {
  excuses: {
    "returns the model when all models are equal": {
      because: "changes up to epsilon do not count",
      example: { base: [0], models: [[1e-6]] },
    },
  },
});
