import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../../test/contracts/merge-whole.ts";
import { karcher } from "../karcher.ts";
import { defineMethod } from "../method.ts";
import { weightedKarcher } from "./weighted-karcher.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);
const weighted = defineMethod({
  ...karcher,
  begin: (facts, { max_iter, tol }, { kernels }) => weightedKarcher(facts, { steps: max_iter, tol }, kernels),
});

describe("the Karcher mean as a weighted sum", () => {
  const drawn = (seed: number): Float32Array =>
    Float32Array.from({ length: 9000 }, (_, i) => Math.sin(i * i) + 0.5 * Math.sin(seed * i + seed));

  it.each([
    ["near directions", [drawn(1), drawn(2), drawn(3)]],
    ["a model of zeros", [drawn(1), new Float32Array(9000), drawn(3)]],
    ["equal models", [drawn(1), drawn(1)]],
    ["right angles", [f32(2, 0, 0), f32(0, 4, 0), f32(0, 0, 1)]],
    ["directions that cancel", [f32(2, 0), f32(-2, 0)]],
    ["zeros", [f32(0, 0), f32(0, 0)]],
  ])("is what taking every step in float32 gives, for %s", (_, models) => {
    for (const max_iter of [0, 1, 10]) {
      const settings = { max_iter, tol: 1e-5 };
      const [ours, theirs] = [weighted, karcher].map((method) => mergeWhole(method, { models }, settings, run));
      for (const [i, value] of ours!.entries()) expect(value).toBeCloseTo(theirs![i]!, 5);
    }
  });
});
