import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyFloat,
  bothKernels,
  column,
  expectTwins,
  onBoth,
  placed,
  repetitiveFloat,
} from "../../test/contracts/kernel-twins.ts";
import type { ComputeDtype } from "../tensor/dtype.ts";
import { magnitudeOf, magnitudePattern } from "./grid.ts";
import type { Kernels } from "./kernels.ts";
import { MagnitudeBand, NO_UPPER_LIMIT } from "./magnitude-band.ts";
import { binOfPattern, MAGNITUDE_BINS, patternOfBin } from "./magnitude-bins.ts";
import { rankScratch } from "./selecting.ts";

const GRIDS: readonly ComputeDtype[] = ["F32", "BF16", "F16"];
const [wasm, plain] = bothKernels();
const numberPairs = fc.array(fc.tuple(repetitiveFloat, repetitiveFloat), { maxLength: 70 });

/** Whatever has a magnitude: which NaN is the larger one is up to the processor. */
const anyNumber = anyFloat.filter((value) => !Number.isNaN(value));

function words(kernels: Kernels, numbers: Iterable<number>): Uint32Array {
  const all = Uint32Array.from(numbers);
  const own = kernels.counters(all.length);
  own.set(all);
  return own;
}

function nonZero(bins: Uint32Array): [bin: number, count: number][] {
  return [...bins.entries()].filter(([, count]) => count > 0);
}

/** Long ones have several whole groups. */
const shortOrLong = fc.oneof(
  fc.array(repetitiveFloat, { maxLength: 100 }),
  fc.array(repetitiveFloat, { minLength: 300, maxLength: 700 }),
);

describe("sums", () => {
  it("agree with the twin bit for bit, however the values are cut", () => {
    fc.assert(
      fc.property(shortOrLong, fc.array(fc.nat(700)), (values, cuts) => {
        const [a, b] = onBoth((kernels) => {
          const [sum, squares, whole] = [kernels.runningSum(), kernels.runningSum(), kernels.runningSum()];
          const all = placed(kernels, values);
          whole.addMagnitudes(0, all);
          let start = 0;
          for (const end of [...cuts.toSorted((x, y) => x - y), values.length]) {
            const part = all.subarray(start, end);
            sum.addMagnitudes(start, part);
            squares.addProducts(start, part, part);
            start = Math.min(end, values.length);
          }
          expect(sum.total()).toBe(whole.total());
          return [sum.total(), squares.total(), kernels.largestMagnitude(all)];
        });
        expect(a).toEqual(b);
      }),
    );
  });

  it.each(GRIDS)("take products rounded to %s like the twin, however the values are cut", (dtype) => {
    fc.assert(
      fc.property(numberPairs, fc.nat(100), (values, cut) => {
        const [a, b] = onBoth((kernels) => {
          const [left, right] = [column(kernels, dtype, values, 0), column(kernels, dtype, values, 1)];
          const [sum, whole] = [kernels.runningSum(), kernels.runningSum()];
          const middle = Math.min(cut, values.length);
          whole.addRounded(dtype, 0, left, right);
          sum.addRounded(dtype, 0, left.subarray(0, middle), right.subarray(0, middle));
          sum.addRounded(dtype, middle, left.subarray(middle), right.subarray(middle));
          expect(sum.total()).toBe(whole.total());
          return sum.total();
        });
        expect(a).toEqual(b);
      }),
    );
  });

  it("find a NaN that hides among large values", () => {
    for (const kernels of [wasm, plain]) {
      expect(kernels.largestMagnitude(placed(kernels, [1, 2, Number.NaN, 3, 4]))).toBeNaN();
      expect(kernels.largestMagnitude(placed(kernels, [-9, 2]))).toBe(9);
    }
  });
});

describe("selection", () => {
  it.each(GRIDS)("counts magnitudes in %s like the twin", (dtype) => {
    fc.assert(
      fc.property(numberPairs, (values) => {
        const [a, b] = onBoth((kernels) => {
          const [own, base] = [column(kernels, dtype, values, 0), column(kernels, dtype, values, 1)];
          const bins = [kernels.counters(MAGNITUDE_BINS[dtype]), kernels.counters(MAGNITUDE_BINS[dtype])];
          kernels.countMagnitudes(dtype, own, bins[0]!);
          kernels.countChanges(dtype, own, base, bins[1]!);
          return bins.map(nonZero);
        });
        expect(a).toEqual(b);
      }),
    );
  });

  it("counts the lower bits within one upper half like the twin", () => {
    fc.assert(
      fc.property(fc.array(repetitiveFloat, { maxLength: 70 }), fc.constantFrom(0x3f80, 0x3f00, 0), (values, upper) => {
        const [a, b] = onBoth((kernels) => {
          const bins = kernels.counters(65_536);
          kernels.countWithin(placed(kernels, values), upper, bins);
          return nonZero(bins);
        });
        expect(a).toEqual(b);
      }),
    );
  });

  it.each(["BF16", "F16"] as const)("has a bin of its own for every magnitude of %s", (dtype) => {
    const [infinity, step] = dtype === "F16" ? [0x7c00, 2 ** -24] : [0x7f80, 2 ** -133];
    const half = new Float16Array(1);
    const value = (bits: number): number => {
      if (dtype === "BF16") return magnitudeOf(bits << 16);
      new Uint16Array(half.buffer)[0] = bits;
      return half[0]!;
    };
    expect(value(1)).toBe(step);
    for (let bits = 0; bits <= infinity; bits++) {
      const pattern = magnitudePattern(value(bits));
      expect(patternOfBin(dtype, binOfPattern(dtype, pattern))).toBe(pattern);
    }
    expect(binOfPattern(dtype, 0x7fffffff)).toBe(MAGNITUDE_BINS[dtype] - 1);
  });

  it("keeps the same band as the twin, over several blocks", () => {
    const edge = fc.constantFrom(0, 1, 0x3f000000, 0x3f800000, 0x42000000, NO_UPPER_LIMIT);
    const limits = fc
      .record({ edges: fc.tuple(edge, edge), lowFrom: fc.nat(12), lowTo: fc.nat(90), highTo: fc.nat(60) })
      .map(({ edges, ...ordinals }) => ({ low: Math.min(...edges), high: Math.max(...edges), ...ordinals }));
    fc.assert(
      fc.property(fc.array(repetitiveFloat, { maxLength: 400 }), fc.nat(400), limits, (values, cut, band) => {
        const [a, b] = onBoth((kernels) => {
          const all = placed(kernels, values);
          const state = new MagnitudeBand(band);
          kernels.keepBand(all.subarray(0, cut), state);
          kernels.keepBand(all.subarray(cut), state);
          return new Uint32Array(all.slice().buffer);
        });
        expect(a).toEqual(b);
      }),
    );
    fc.assert(
      fc.property(numberPairs, limits, fc.constantFrom(...GRIDS), (values, band, dtype) => {
        expectTwins(values.length, (kernels, out) => {
          const [own, base] = [column(kernels, dtype, values, 0), column(kernels, dtype, values, 1)];
          kernels.keepChanges(dtype, { values: own, base }, new MagnitudeBand(band), out);
        });
      }),
    );
  });

  it("keeps what is marked like the twin", () => {
    fc.assert(
      fc.property(numberPairs, (values) => {
        expectTwins(values.length, (kernels, out) => {
          out.set(column(kernels, "F32", values, 0));
          kernels.keepWhere(out, column(kernels, "F32", values, 1));
        });
      }),
    );
  });

  it("drops by rank like the twin, the lower index first", () => {
    const limit = fc.nat(2 ** 24);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(anyNumber, repetitiveFloat), limit, fc.nat(0xffffffff)), {
          minLength: 1,
          maxLength: 300,
        }),
        fc.record({ rows: fc.integer({ min: 1, max: 3 }), sign: fc.constantFrom(1, -1) }),
        fc.constantFrom(...GRIDS),
        (entries, { rows, sign }, dtype) => {
          const all = Array.from({ length: rows }, () => entries).flat();
          const ascending = entries.map(([, own]) => own).sort((a, b) => sign * (a - b));
          expectTwins(all.length, (kernels, out) => {
            out.set(all.map(([value]) => value));
            kernels.round(dtype, out);
            const limits = words(kernels, ascending);
            const drawn = words(
              kernels,
              all.map(([, , word], i) => word + i),
            );
            kernels.dropByRank(dtype, { values: out, limits }, drawn, kernels.counters(rankScratch(entries.length)));
          });
        },
      ),
    );
  });

  it("drops by rank in rows of any length", () => {
    for (const n of [1, 7, 8, 9, 32_768, 65_535, 65_536]) {
      expectTwins(n, (kernels, out) => {
        out.set(Float32Array.from({ length: n }, (_, i) => ((i * 7) % 5) * 2 ** -((i * 11) % 9)));
        const limits = words(
          kernels,
          Array.from({ length: n }, (_, place) => (place + 1) * 100),
        );
        const drawn = words(
          kernels,
          Array.from({ length: n }, (_, i) => ((i * 7919) % n) * 100),
        );
        kernels.dropByRank("BF16", { values: out, limits }, drawn, kernels.counters(rankScratch(n)));
      });
    }
  });

  it("ranks rows one by one", () => {
    const limits = words(wasm, [10, 20, 30, 40]);
    for (const dtype of GRIDS) {
      const values = placed(wasm, [1, -3, -1, 2, 0, 1, -0, 0]);
      const drawn = words(wasm, [10, 39, 19, 30, 50, 40, 50, 50]);
      wasm.dropByRank(dtype, { values, limits }, drawn, wasm.counters(rankScratch(4)));
      expect([...values]).toEqual([0, -3, -1, 0, 0, 0, -0, 0]);
    }
  });
});
