import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildKernels } from "../../scripts/build-kernels.ts";
import {
  anyFloat,
  bothKernels,
  column,
  expectTwins,
  onBoth,
  onGrid,
  placed,
  wasmKernels,
} from "../../test/contracts/kernel-twins.ts";
import { type ComputeDtype, DTYPES } from "../tensor/dtype.ts";
import { roundToGrid } from "./grid.ts";

const GRIDS: readonly ComputeDtype[] = ["F32", "BF16", "F16"];
const [wasm, plain] = bothKernels();
const floats = fc.array(anyFloat, { maxLength: 70 });
const pairs = fc.array(fc.tuple(anyFloat, anyFloat), { maxLength: 70 });
/** Numbers that settings may hold. */
const factor = fc.oneof(fc.constantFrom(0, -0, 1, 1e-30, 3e38), fc.float({ noNaN: true, min: -4, max: 4 }));

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
          const numbers = placed(kernels, values);
          const nonFinite = kernels.narrow(dtype, numbers, out);
          const bytes = out.slice();
          kernels.round(dtype, numbers);
          expect(kernels.pack(dtype, numbers, out)).toBe(nonFinite);
          expect(out).toEqual(bytes);
          return { nonFinite, bytes };
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
      const nonFinite = kernels.pack(dtype, values, bytes);
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

  it.each(["add", "subtract", "multiply", "divide"] as const)("can %s like the twin", (operation) => {
    fc.assert(
      fc.property(pairs, (values) => {
        expectTwins(values.length, (kernels, out) => {
          const [a, b] = [column(kernels, dtype, values, 0), column(kernels, dtype, values, 1)];
          kernels[operation](dtype, a, b, out);
        });
      }),
    );
  });

  it.each(["scale", "divideBy"] as const)("can %s like the twin", (operation) => {
    fc.assert(
      fc.property(floats, factor, (values, by) => {
        expectTwins(values.length, (kernels, out) =>
          kernels[operation](dtype, by, onGrid(kernels, dtype, values), out),
        );
      }),
    );
  });

  it("blends like the twin, also in place", () => {
    fc.assert(
      fc.property(pairs, factor, factor, fc.boolean(), (values, ca, cb, inPlace) => {
        expectTwins(values.length, (kernels, out) => {
          const [a, b] = [column(kernels, dtype, values, 0), column(kernels, dtype, values, 1)];
          out.set(a);
          kernels.blend(dtype, { a: inPlace ? out : a, ca, b, cb }, out);
        });
      }),
    );
  });
});
