import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildKernels } from "../../scripts/build-kernels.ts";
import {
  anyFloat,
  bothKernels,
  expectSameFloats,
  placed,
  repetitiveFloat,
  wasmKernels,
} from "../../test/contracts/kernel-twins.ts";
import { type ComputeDtype, DTYPES } from "../tensor/dtype.ts";
import { roundToGrid } from "./grid.ts";
import type { Kernels } from "./kernels.ts";
import { MagnitudeBand, NO_UPPER_LIMIT } from "./magnitude-band.ts";

const GRIDS: readonly ComputeDtype[] = ["F32", "BF16", "F16"];
const [wasm, plain] = bothKernels();
const floats = fc.array(anyFloat, { maxLength: 70 });
const pairs = fc.array(fc.tuple(anyFloat, anyFloat), { maxLength: 70 });

/** Runs the same on both, and gives back what they answer. */
function onBoth<R>(run: (kernels: Kernels) => R): [R, R] {
  return [wasm, plain].map((kernels) => {
    const mark = kernels.mark();
    try {
      return run(kernels);
    } finally {
      kernels.release(mark);
    }
  }) as [R, R];
}

/** Expects that both write the same floats, into an array that is one of the inputs or not. */
function expectTwins(n: number, run: (kernels: Kernels, out: Float32Array) => void): void {
  const [a, b] = onBoth((kernels) => {
    const out = kernels.floats(n).fill(7);
    run(kernels, out);
    return out.slice();
  });
  expectSameFloats(a, b);
}

describe("kernels.wasm", () => {
  it("is what its sources compile to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kernels-"));
    await buildKernels(join(folder, "kernels.wasm"));
    const rebuilt = readFileSync(join(folder, "kernels.wasm"));
    rmSync(folder, { recursive: true });
    const committed = readFileSync(join(import.meta.dirname, "kernels.wasm"));
    expect(rebuilt.equals(committed), "run npm run build:kernels and commit kernels.wasm").toBe(true);
  });

  it("says how much was asked for when its memory is full", () => {
    const kernels = wasmKernels(2 ** 20);
    expect(() => kernels.floats(2 ** 20)).toThrow(
      expect.objectContaining({
        code: "kernels/out_of_memory",
        details: expect.objectContaining({ askedBytes: 2 ** 22, sizeBytes: 2 ** 20 }),
      }),
    );
  });

  it("gives memory back down to a mark, and hands it out again", () => {
    const kernels = wasmKernels(2 ** 18);
    const mark = kernels.mark();
    const first = kernels.floats(10);
    kernels.release(mark);
    const second = kernels.floats(20);
    expect(second.byteOffset).toBe(first.byteOffset);
    expect(kernels.bytes(3).byteOffset % 16).toBe(0);
    expect(kernels.bytes(3).byteOffset % 16).toBe(0);
  });
});

describe("widen", () => {
  it.each(["BF16", "F16"] as const)("agrees with the twin on all patterns of %s", (dtype) => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const [a, b] = onBoth((kernels) => {
      const src = kernels.bytes(131_072);
      src.set(new Uint8Array(patterns.buffer));
      const out = kernels.floats(65_536);
      kernels.widen(dtype, src, out);
      return new Uint32Array(out.slice().buffer);
    });
    expect(a).toEqual(b);
  });

  it("agrees with the engine's own float16 where that is a number", () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const own = new Float16Array(patterns.buffer);
    const [a] = onBoth((kernels) => {
      const src = kernels.bytes(131_072);
      src.set(new Uint8Array(patterns.buffer));
      const out = kernels.floats(65_536);
      kernels.widen("F16", src, out);
      return out.slice();
    });
    expect(a).toEqual(Float32Array.from(own));
  });

  const supported = DTYPES.filter((dtype) => !/^(F4|F6_|C)/.test(dtype));
  it.each(supported)("agrees with the twin on %s, from any place", (dtype) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(3), (bytes, shift) => {
        const elementBytes = { "8": 1, "1": 2, "3": 4, "6": 8 }[dtype.replace(/\D*(\d).*/, "$1")] ?? 1;
        const n = Math.floor(bytes.length / elementBytes);
        expectTwins(n, (kernels, out) => {
          const src = kernels.bytes(bytes.length + shift).subarray(shift);
          src.set(bytes);
          kernels.widen(dtype, src.subarray(0, n * elementBytes), out);
        });
      }),
    );
  });

  it.each(["F4", "F6_E2M3", "C64"] as const)("refuses %s", (dtype) => {
    for (const kernels of [wasm, plain]) {
      expect(() => kernels.widen(dtype, kernels.bytes(8), kernels.floats(1))).toThrow(
        expect.objectContaining({ code: "kernels/unsupported_dtype" }),
      );
    }
  });
});

describe("narrow", () => {
  it.each(GRIDS)("agrees with the twin on %s, in bytes and in the count", (dtype) => {
    fc.assert(
      fc.property(floats, (values) => {
        const [a, b] = onBoth((kernels) => {
          const out = kernels.bytes(values.length * (dtype === "F32" ? 4 : 2));
          const nonFinite = kernels.narrow(dtype, placed(kernels, values), out);
          return { nonFinite, bytes: out.slice() };
        });
        expect(a).toEqual(b);
      }),
    );
  });

  it.each(["BF16", "F16"] as const)("gives back every pattern of %s that is a number", (dtype) => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const [a, b] = onBoth((kernels) => {
      const bytes = kernels.bytes(131_072);
      bytes.set(new Uint8Array(patterns.buffer));
      const values = kernels.floats(65_536);
      kernels.widen(dtype, bytes, values);
      const nonFinite = kernels.narrow(dtype, values, bytes);
      return { nonFinite, patterns: new Uint16Array(bytes.slice().buffer) };
    });
    expect(a).toEqual(b);
    const [infinity, quiet] = dtype === "BF16" ? [0x7f80, 0x7fc0] : [0x7c00, 0x7e00];
    expect(a.patterns).toEqual(patterns.map((p) => ((p & 0x7fff) > infinity ? quiet : p)));
    expect(a.nonFinite).toBe(2 * (0x8000 - infinity));
  });

  it("rounds to the nearest bfloat16, ties to even", () => {
    for (let high = 0; high < 0x7f80; high += 7) {
      const below = roundToGrid("F32", floatOf(high << 16));
      const above = floatOf((high + 1) << 16);
      const even = high % 2 === 0 ? below : above;
      expect(roundToGrid("BF16", floatOf((high << 16) | 0x7fff))).toBe(below);
      expect(roundToGrid("BF16", floatOf((high << 16) | 0x8000))).toBe(even);
      expect(roundToGrid("BF16", floatOf((high << 16) | 0x8001))).toBe(above);
    }
  });
});

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

describe.each(GRIDS)("arithmetic in %s", (dtype) => {
  it("rounds like the twin", () => {
    fc.assert(
      fc.property(floats, (values) => {
        expectTwins(values.length, (kernels, out) => {
          out.set(values);
          kernels.round(dtype, out);
        });
      }),
    );
  });

  it.each(["add", "subtract"] as const)("%ss like the twin", (operation) => {
    fc.assert(
      fc.property(pairs, (values) => {
        expectTwins(values.length, (kernels, out) => {
          const a = placed(
            kernels,
            values.map(([v]) => v),
          );
          kernels[operation](
            dtype,
            a,
            placed(
              kernels,
              values.map(([, v]) => v),
            ),
            out,
          );
        });
      }),
    );
  });

  it("scales like the twin", () => {
    fc.assert(
      fc.property(floats, anyFloat, (values, factor) => {
        expectTwins(values.length, (kernels, out) => kernels.scale(dtype, factor, placed(kernels, values), out));
      }),
    );
  });

  it("blends like the twin, also in place", () => {
    fc.assert(
      fc.property(pairs, anyFloat, anyFloat, fc.boolean(), (values, ca, cb, inPlace) => {
        expectTwins(values.length, (kernels, out) => {
          const b = placed(
            kernels,
            values.map(([, v]) => v),
          );
          if (inPlace) out.set(values.map(([v]) => v));
          const a = inPlace
            ? out
            : placed(
                kernels,
                values.map(([v]) => v),
              );
          kernels.blend(dtype, { a, ca, b, cb }, out);
        });
      }),
    );
  });

  const inputs = fc.record({
    rows: fc.array(fc.array(repetitiveFloat, { minLength: 6, maxLength: 6 }), { maxLength: 40 }),
    weights: fc.array(anyFloat, { minLength: 5, maxLength: 5 }),
    count: fc.integer({ min: 1, max: 5 }),
  });

  it("takes weighted means like the twin", () => {
    fc.assert(
      fc.property(inputs, anyFloat, ({ rows, weights, count }, divisor) => {
        expectTwins(rows.length, (kernels, out) => {
          const models = Array.from({ length: count }, (_, m) =>
            placed(
              kernels,
              rows.map((row) => row[m]!),
            ),
          );
          kernels.weightedMean(dtype, { inputs: models, weights: weights.slice(0, count), divisor }, out);
        });
      }),
    );
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("applies changes like the twin (elect %s, normalize %s)", (elect, normalize) => {
    const weight = fc.constantFrom(0, 1, -1, 0.6, 0.4, -0.3).map((w) => roundToGrid(dtype, w));
    const settings = fc.record({
      weights: fc.array(weight, { minLength: 5, maxLength: 5 }),
      lambda: fc.constantFrom(1, 0.7, 0, -1),
    });
    fc.assert(
      fc.property(inputs, settings, ({ rows, count }, { weights, lambda }) => {
        const consensus = { dtype, elect, normalize, lambda, weights: weights.slice(0, count) };
        expectTwins(rows.length, (kernels, out) => {
          const changes = Array.from({ length: count }, (_, m) =>
            placed(
              kernels,
              rows.map((row) => row[m]!),
            ),
          );
          for (const change of changes) kernels.round(dtype, change);
          kernels.applyChanges(
            consensus,
            placed(
              kernels,
              rows.map((row) => row[5]!),
            ),
            changes,
            out,
          );
        });
      }),
    );
  });
});

describe("sums", () => {
  it("agree with the twin bit for bit, however the values are cut", () => {
    fc.assert(
      fc.property(fc.array(repetitiveFloat, { maxLength: 100 }), fc.array(fc.nat(100)), (values, cuts) => {
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

  it("find a NaN that hides among large values", () => {
    for (const kernels of [wasm, plain]) {
      expect(kernels.largestMagnitude(placed(kernels, [1, 2, Number.NaN, 3, 4]))).toBeNaN();
      expect(kernels.largestMagnitude(placed(kernels, [-9, 2]))).toBe(9);
    }
  });
});

describe("selection", () => {
  it("counts magnitudes like the twin", () => {
    fc.assert(
      fc.property(
        floats,
        fc.constantFrom([16, 0, 32_768], [13, 100, 512], [20, 3, 8]),
        (values, [shift, offset, size]) => {
          const [a, b] = onBoth((kernels) => {
            const bins = kernels.counters(size!);
            kernels.countMagnitudes(placed(kernels, values), shift!, offset!, bins);
            return bins.slice();
          });
          expect(a).toEqual(b);
          expect(a.reduce((sum, count) => sum + count, 0)).toBe(values.length);
        },
      ),
    );
  });

  it("counts the lower bits within one upper half like the twin", () => {
    fc.assert(
      fc.property(fc.array(repetitiveFloat, { maxLength: 70 }), fc.constantFrom(0x3f80, 0x3f00, 0), (values, upper) => {
        const [a, b] = onBoth((kernels) => {
          const bins = kernels.counters(65_536);
          kernels.countWithin(placed(kernels, values), upper, bins);
          return bins.slice();
        });
        expect(a).toEqual(b);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the same band as the twin, over several blocks", () => {
    const edge = fc.constantFrom(0, 1, 0x3f000000, 0x3f800000, 0x42000000, NO_UPPER_LIMIT);
    const limits = fc.record({
      low: edge,
      high: edge,
      lowFrom: fc.nat(12),
      lowTo: fc.nat(30),
      highTo: fc.nat(12),
    });
    fc.assert(
      fc.property(fc.array(repetitiveFloat, { maxLength: 70 }), fc.nat(70), limits, (values, cut, band) => {
        const [a, b] = onBoth((kernels) => {
          const all = placed(kernels, values);
          const state = new MagnitudeBand(band);
          kernels.keepBand(all.subarray(0, cut), state);
          kernels.keepBand(all.subarray(cut), state);
          return { kept: new Uint32Array(all.slice().buffer), seen: [state.lowSeen, state.highSeen] };
        });
        expect(a).toEqual(b);
      }),
    );
  });
});
