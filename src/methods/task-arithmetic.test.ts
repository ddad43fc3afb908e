import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { taskArithmetic } from "./task-arithmetic.ts";

const run = { kernels: wasmKernels() };
const base = Float32Array.of(10, 10);
const models = [Float32Array.of(13, 9), Float32Array.of(11, 14)];
const settings = { ...defaults(taskArithmetic.params, 2), weight: [1, 0.5] };

describe("task arithmetic", () => {
  it("adds the weighted changes to the base", () => {
    expect(mergeWhole(taskArithmetic, { base, models }, settings, run)).toEqual(Float32Array.of(13.5, 11));
  });

  it("divides by the sum of the weights when it normalizes", () => {
    const normalized = { ...settings, normalize: true };
    expect(mergeWhole(taskArithmetic, { base, models }, normalized, run)).toEqual(
      Float32Array.of(10 + Math.fround(3.5 / 1.5), 10 + Math.fround(1 / 1.5)),
    );
  });

  it("takes weights that cancel as 1", () => {
    const cancelling = { ...settings, weight: [1, -1], normalize: true };
    expect(mergeWhole(taskArithmetic, { base, models }, cancelling, run)).toEqual(Float32Array.of(12, 5));
  });

  it.each([0, 2, -1])("moves from the base in proportion to lambda: %d", (lambda) => {
    expect(mergeWhole(taskArithmetic, { base, models }, { ...settings, lambda }, run)).toEqual(
      Float32Array.of(10 + lambda * 3.5, 10 + lambda),
    );
  });

  it("rounds every step to the type", () => {
    const dtype = "BF16";
    const inputs = { base: Float32Array.of(1), models: [Float32Array.of(1.0078125)], dtype } as const;
    const one = { ...defaults(taskArithmetic.params, 1), weight: [0.7] };
    // the weight becomes 0.69921875, the change 2^-7 * 0.69921875; the sum is nearer to 1 + 2^-7 than to 1
    expect(mergeWhole(taskArithmetic, inputs, one, run)).toEqual(Float32Array.of(1.0078125));
    expect(mergeWhole(taskArithmetic, inputs, { ...one, weight: [0.5] }, run)).toEqual(Float32Array.of(1));
  });

  it("ignores the density", () => {
    const sparse = { ...settings, density: [0, 0.5] };
    expect(mergeWhole(taskArithmetic, { base, models }, sparse, run)).toEqual(Float32Array.of(13.5, 11));
  });

  it("gives the base when there is nothing else", () => {
    expect(mergeWhole(taskArithmetic, { base, models: [] }, defaults(taskArithmetic.params, 0), run)).toEqual(base);
  });
});

describeMethodContract(taskArithmetic, { settings: () => ({ normalize: true }) });
