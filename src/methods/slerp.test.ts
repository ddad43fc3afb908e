import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { slerp } from "./slerp.ts";

const run = { kernels: wasmKernels() };
const east = Float32Array.of(2, 0);
const north = Float32Array.of(0, 2);

function between(base: Float32Array, other: Float32Array, t: number): Float32Array {
  return mergeWhole(slerp, { base, models: [other] }, { t }, run);
}

describe("slerp", () => {
  it("goes from the base to the other model along a circle", () => {
    expect(between(east, north, 0)).toEqual(east);
    const half = between(east, north, 0.5);
    expect(half[0]).toBeCloseTo(Math.SQRT2, 6);
    expect(half[1]).toBeCloseTo(Math.SQRT2, 6);
    expect(between(east, north, 1)[1]).toBeCloseTo(2, 6);
  });

  it("goes on beyond the models", () => {
    const beyond = between(east, north, 2);
    expect(beyond[0]).toBeCloseTo(-2, 6);
    expect(beyond[1]).toBeCloseTo(0, 6);
  });

  it("interpolates straight between parallel models, lengths included", () => {
    expect(between(east, Float32Array.of(4, 0), 0.25)).toEqual(Float32Array.of(2.5, 0));
    expect(between(east, Float32Array.of(-4, 0), 0.25)).toEqual(Float32Array.of(0.5, 0));
  });

  it("takes a model of zeros as perpendicular", () => {
    const half = between(Float32Array.of(0, 0), north, 0.25);
    expect(half[1]).toBeCloseTo(2 * Math.sin(Math.PI / 8), 6);
  });
});

describeMethodContract(slerp, {
  excuses: {
    "returns the model when all models are equal": {
      because: "half way to the model is not the model",
      example: { base: [1, 0], models: [[0, 1]] },
    },
  },
  settings: () => ({ t: 0.5 }),
});
