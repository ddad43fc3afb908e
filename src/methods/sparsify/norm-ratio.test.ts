import { expect, it } from "vitest";
import { placed, wasmKernels } from "../../../test/contracts/kernel-twins.ts";
import { NormRatio } from "./norm-ratio.ts";

const kernels = wasmKernels();

it.each([
  ["l1", 7 / 4],
  ["l2", 5 / 4],
  ["linf", 4 / 4],
] as const)("gives back the %s norm that thinning took", (norm, factor) => {
  const ratio = new NormRatio(norm, "F32", kernels);
  ratio.addBefore(0, placed(kernels, [3]));
  ratio.addBefore(1, placed(kernels, [-4]));
  ratio.addAfter(0, placed(kernels, [0, -4]));
  expect(ratio.factor()).toBe(Math.fround(factor));
});

it("rounds norms and their ratio to the type", () => {
  const ratio = new NormRatio("l1", "BF16", kernels);
  ratio.addBefore(0, placed(kernels, [1, 2 ** -9]));
  ratio.addAfter(0, placed(kernels, [0.75]));
  expect(ratio.factor()).toBe(1.3359375);
});

it("leaves alone what is next to nothing", () => {
  const ratio = new NormRatio("l1", "F32", kernels);
  ratio.addBefore(0, placed(kernels, [1]));
  ratio.addAfter(0, placed(kernels, [1e-8]));
  expect(ratio.factor()).toBe(1);
});
