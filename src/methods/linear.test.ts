import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { linear } from "./linear.ts";

const run = { kernels: wasmKernels() };
const models = [Float32Array.of(1, 2, -4), Float32Array.of(3, 6, 8)];

describe("linear", () => {
  it("averages by weight", () => {
    const settings = { weight: [1, 3], normalize: true };
    expect(mergeWhole(linear, { models }, settings, run)).toEqual(Float32Array.of(2.5, 5, 5));
  });

  it("adds up when it does not normalize", () => {
    const settings = { weight: [1, -0.5], normalize: false };
    expect(mergeWhole(linear, { models }, settings, run)).toEqual(Float32Array.of(-0.5, -1, -8));
  });

  it("rounds to the type once, after the division", () => {
    // 1 + 2^-8 is between two bfloat16; rounding the sum 2 + 2^-7 first would lose the last place of the other.
    const pair = [Float32Array.of(1), Float32Array.of(1.0078125)];
    const settings = { weight: [1, 3], normalize: true };
    expect(mergeWhole(linear, { models: pair, dtype: "BF16" }, settings, run)).toEqual(Float32Array.of(1.0078125));
  });

  it("adds a product without rounding it first", () => {
    // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, of which float32 alone would lose the last term before -1 is added.
    const x = 1 + 2 ** -12;
    const settings = { weight: [-1, x], normalize: false };
    const pair = [Float32Array.of(1), Float32Array.of(x)];
    expect(mergeWhole(linear, { models: pair }, settings, run)).toEqual(Float32Array.of(2 ** -11 + 2 ** -24));
  });

  it("shows weights that add up to nothing as infinities", () => {
    const settings = { weight: [1, -1], normalize: true };
    expect(mergeWhole(linear, { models }, settings, run)).toEqual(
      Float32Array.of(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
  });
});

describeMethodContract(linear);
