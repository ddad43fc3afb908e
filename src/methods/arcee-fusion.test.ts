import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { arceeFusion } from "./arcee-fusion.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);

describe("arcee_fusion", () => {
  it("takes over what stands out from the other changes", () => {
    // in one row importances are as the changes: median 1.25, quartiles 1.125 and 1.375, threshold 1.625
    const merged = mergeWhole(
      arceeFusion,
      { base: f32(0, 0, 0, 0, 0), models: [f32(1, 1.125, 1.25, 1.375, 9)] },
      {},
      run,
    );
    expect(merged).toEqual(f32(0, 0, 0, 0, 9));
  });

  it("weights a row's changes by how much the row's distribution changed", () => {
    // the first row is shifted as a whole, which softmax does not see
    const base = f32(0, 0, 0, 0, 0, 0);
    const models = [f32(9, 9, 9, 0, 0, 2)];
    const merged = mergeWhole(arceeFusion, { base, models, shape: [2, 3] }, {}, run);
    expect(merged).toEqual(models[0]!.map((v, i) => (i < 3 ? merged[i]! : v)));
    expect(merged[5]).toBe(2);
  });

  it("gives the model where nothing differs", () => {
    expect(mergeWhole(arceeFusion, { base: f32(1, 2), models: [f32(1, 2)] }, {}, run)).toEqual(f32(1, 2));
  });

  it("answers in float32 for 16-bit models", () => expect(arceeFusion.result).toBe("F32"));
});

describeMethodContract(arceeFusion, {
  excuses: {
    "returns the model when all models are equal": {
      because: "only what matters most is taken over",
      example: { base: [0, 0, 0, 0, 0], models: [[1, 2, 3, 4, 5]] },
    },
  },
});
