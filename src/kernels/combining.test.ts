import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  column,
  expectTwins,
  onBoth,
  placed,
  repetitiveFloat,
  wasmKernels,
} from "../../test/contracts/kernel-twins.ts";
import type { ComputeDtype } from "../tensor/dtype.ts";
import type { Consensus } from "./consensus.ts";
import { roundToGrid } from "./grid.ts";
import type { Kernels } from "./kernels.ts";

const GRIDS: readonly ComputeDtype[] = ["F32", "BF16", "F16"];

/** Numbers that settings may hold. */
const factor = fc.oneof(fc.constantFrom(0, -0, 1, 1e-30, 3e38), fc.float({ noNaN: true, min: -4, max: 4 }));

/** Up to five inputs, and a sixth column. */
const inputs = fc.record({
  rows: fc.array(fc.array(repetitiveFloat, { minLength: 6, maxLength: 6 }), { maxLength: 40 }),
  weights: fc.array(factor, { minLength: 5, maxLength: 5 }),
  count: fc.integer({ min: 1, max: 5 }),
});

type Rows = readonly (readonly number[])[];

function columns(kernels: Kernels, dtype: ComputeDtype, rows: Rows, count: number): Float32Array[] {
  return Array.from({ length: count }, (_, m) => column(kernels, dtype, rows, m));
}

describe.each(GRIDS)("combining in %s", (dtype) => {
  it("takes weighted means like the twin", () => {
    fc.assert(
      fc.property(inputs, factor, ({ rows, weights, count }, divisor) => {
        expectTwins(rows.length, (kernels, out) => {
          const models = columns(kernels, dtype, rows, count);
          kernels.weightedMean(dtype, { inputs: models, weights: weights.slice(0, count), divisor }, out);
        });
      }),
    );
  });

  it("takes weighted sums like the twin", () => {
    fc.assert(
      fc.property(inputs, ({ rows, weights, count }) => {
        expectTwins(rows.length, (kernels, out) => {
          const own = weights.slice(0, count).map((weight) => roundToGrid(dtype, weight));
          kernels.weightedSum(dtype, { inputs: columns(kernels, dtype, rows, count), weights: own }, out);
        });
      }),
    );
  });

  it("goes towards means like the twin", () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom(0, 1, 0.7, -0.3), ({ rows, count }, share) => {
        expectTwins(rows.length, (kernels, out) => {
          const step = { inputs: columns(kernels, dtype, rows, count), base: column(kernels, dtype, rows, 5) };
          kernels.towardsMean(dtype, { ...step, t: roundToGrid(dtype, share) }, out);
        });
      }),
    );
  });

  it.each<[Consensus["vote"], boolean, number | undefined]>([
    ["none", false, undefined],
    ["none", true, undefined],
    ["weighted", false, undefined],
    ["weighted", true, undefined],
    ["unweighted", true, 0.5],
  ])("applies changes like the twin (vote %s, normalize %s, least mass %s)", (vote, normalize, least) => {
    const signs = vote === "unweighted" ? [0, 1, 0.6, 0.4] : [0, 1, -1, 0.6, 0.4, -0.3];
    const weight = fc.constantFrom(...signs).map((w) => roundToGrid(dtype, w));
    const settings = fc.record({
      weights: fc.array(weight, { minLength: 5, maxLength: 5 }),
      lambda: fc.constantFrom(1, 0.7, 0, -1),
    });
    const leastMass = least === undefined ? {} : { leastMass: least };
    fc.assert(
      fc.property(inputs, settings, ({ rows, count }, { weights, lambda }) => {
        const consensus = { dtype, vote, normalize, lambda, weights: weights.slice(0, count), ...leastMass };
        expectTwins(rows.length, (kernels, out) => {
          const changes = columns(kernels, dtype, rows, count);
          kernels.applyChanges(consensus, column(kernels, dtype, rows, 5), changes, out);
        });
      }),
    );
  });

  it("takes variances like the twin", () => {
    fc.assert(
      fc.property(inputs, ({ rows, count }) => {
        expectTwins(rows.length, (kernels, out) => kernels.variance(dtype, columns(kernels, dtype, rows, count), out));
      }),
    );
  });

  it.each([dtype, "F32" as const])("reinforces like the twin, with results in %s", (result) => {
    fc.assert(
      fc.property(inputs, fc.constantFrom(0, 0.25, 1), ({ rows, count, weights }, epsilon) => {
        expectTwins(rows.length, (kernels, out) => {
          const how = { dtype, epsilon, result, factors: weights.slice(0, count).map(Math.fround) };
          kernels.reinforce(how, column(kernels, dtype, rows, 5), columns(kernels, dtype, rows, count), out);
        });
      }),
    );
  });

  it("counts active entries like the twin", () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom(0, 0.25, 1), ({ rows, count }, epsilon) => {
        const [a, b] = onBoth((kernels) => {
          const counts = kernels.counters(2 * count);
          kernels.countActive(epsilon, columns(kernels, dtype, rows, count), counts);
          return counts.slice();
        });
        expect(a).toEqual(b);
      }),
    );
  });

  it("swaps near entries like the twin", () => {
    fc.assert(
      fc.property(inputs, factor, ({ rows }, t) => {
        expectTwins(rows.length, (kernels, out) => {
          const pair = { base: column(kernels, dtype, rows, 0), other: column(kernels, dtype, rows, 1), t };
          kernels.nearSwap(dtype, pair, out);
        });
      }),
    );
  });
});

/** Patterns of bfloat16: ordinary sizes, and all there are. */
const pattern = fc.oneof(
  repetitiveFloat.map((value) => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16),
  fc.integer({ min: 0, max: 0xffff }),
);

/** Some arrays of stored numbers, of one length. */
function arrays(count: number) {
  return fc.integer({ min: 0, max: 90 }).chain((n) => {
    const array = fc.array(pattern, { minLength: n, maxLength: n });
    return fc.array(array, { minLength: count, maxLength: count });
  });
}

/** Runs a kernel that writes stored numbers on both. */
function expectStoredTwins(
  patterns: readonly (readonly number[])[],
  run: (kernels: Kernels, inputs: readonly Uint8Array[], out: Uint8Array) => number,
): void {
  const [a, b] = onBoth((kernels) => {
    const place = (values: readonly number[]): Uint8Array => {
      const bytes = kernels.bytes(2 * values.length);
      bytes.set(new Uint8Array(Uint16Array.from(values).buffer));
      return bytes;
    };
    const out = kernels.bytes(2 * patterns[0]!.length);
    const bad = run(kernels, patterns.map(place), out);
    return { bad, out: out.slice() };
  });
  expect(a).toEqual(b);
}

/** Often 1, for which kernels have ways of their own. */
const oftenOne = fc.oneof(fc.constant(1), factor);

describe.each([1, 3, 5])("%d stored arrays", (count) => {
  const numbers = fc.array(factor, { minLength: count, maxLength: count });

  it("have means like the twin's", () => {
    fc.assert(
      fc.property(arrays(count), numbers, oftenOne, (patterns, weights, divisor) => {
        expectStoredTwins(patterns, (kernels, inputs, out) => kernels.storedMean({ inputs, weights, divisor }, out));
      }),
    );
  });

  it("are added to a base like the twin's", () => {
    const onGrid = numbers.map((values) => values.map((value) => roundToGrid("BF16", Math.fround(value))));
    fc.assert(
      fc.property(
        arrays(count + 1),
        onGrid,
        numbers,
        oftenOne,
        oftenOne,
        (patterns, weights, factors, divisor, lambda) => {
          expectStoredTwins(patterns, (kernels, [base, ...inputs], out) =>
            kernels.storedSum({ inputs, weights, factors, base: base!, divisor, lambda }, out),
          );
        },
      ),
    );
  });
});

describe("combining", () => {
  const kernels = wasmKernels();

  it("takes the population variance", () => {
    const out = kernels.floats(2);
    kernels.variance("F32", [placed(kernels, [1, 5]), placed(kernels, [3, 5])], out);
    expect(out).toEqual(Float32Array.of(1, 0));
  });

  it("averages what several change, and reinforces what one alone changes", () => {
    const out = kernels.floats(3);
    const changes = [placed(kernels, [2, 3, 0.1]), placed(kernels, [4, 0.1, 0.1])];
    const how = { dtype: "F32", epsilon: 0.5, factors: [2, 1], result: "F32" } as const;
    kernels.reinforce(how, placed(kernels, [10, 10, 10]), changes, out);
    expect(out).toEqual(Float32Array.of(13, 16, 10));
    const counts = kernels.counters(4);
    kernels.countActive(0.5, changes, counts);
    expect(counts).toEqual(Uint32Array.of(1, 1, 0, 1));
  });
});
