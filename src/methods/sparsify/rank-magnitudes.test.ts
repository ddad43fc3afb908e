import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onGrid, repetitiveFloat, wasmKernels } from "../../../test/contracts/kernel-twins.ts";
import { magnitudeOf } from "../../kernels/grid.ts";
import { rankMagnitudes } from "./rank-magnitudes.ts";

const kernels = wasmKernels();

describe.each(["F32", "BF16", "F16"] as const)("ranks of magnitudes in %s", (dtype) => {
  it("are those of a sorted tensor, with the place among equals", () => {
    fc.assert(
      fc.property(
        fc.array(repetitiveFloat, { minLength: 1, maxLength: 60 }),
        fc.nat(59),
        fc.nat(59),
        (numbers, a, b) => {
          const mark = kernels.mark();
          const values = onGrid(kernels, dtype, numbers);
          const ranks = [a % values.length, b % values.length];
          const search = rankMagnitudes<Float32Array>({
            dtype,
            kernels,
            ranks: () => ranks,
            count: (block, bins) => kernels.countMagnitudes(dtype, block, bins),
            countWithin: (block, upper, bins) => kernels.countWithin(block, upper, bins),
          });
          let step = search.next();
          for (; step.done !== true; step = search.next()) {
            step.value(values.subarray(0, 7));
            step.value(values.subarray(7));
          }
          const sorted = values.map(Math.abs).sort();
          for (const [i, rank] of ranks.entries()) {
            const { pattern, ordinal, equal } = step.value[i]!;
            expect(magnitudeOf(pattern)).toBe(sorted[rank]);
            expect(ordinal).toBe(rank - sorted.indexOf(sorted[rank]!));
            expect(equal).toBe(sorted.filter((v) => v === sorted[rank]).length);
          }
          kernels.release(mark);
        },
      ),
    );
  });
});
