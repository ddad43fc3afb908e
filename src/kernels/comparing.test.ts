import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFloat, onBoth, placed, repetitiveFloat } from "../../test/contracts/kernel-twins.ts";
import { type ChangeSums, changesScratchBytes, signWords } from "./comparing.ts";
import type { Kernels } from "./kernels.ts";

function doubles(kernels: Kernels, n: number): Float64Array {
  const bytes = kernels.bytes(8 * n);
  return new Float64Array(bytes.buffer, bytes.byteOffset, n).fill(1);
}

function gramOf(kernels: Kernels, rows: readonly Float32Array[]): number[] {
  const R = rows.length;
  const [products, sums] = [doubles(kernels, R * R), doubles(kernels, R)];
  kernels.addGram(
    rows.map((row) => placed(kernels, row)),
    products,
    sums,
  );
  return [...products, ...sums];
}

function signsOf(kernels: Kernels, rows: readonly Float32Array[]): { bits: number[]; counts: number[] } {
  const packed = rows.map((row) => {
    const bits = kernels.bytes(16 * signWords(row.length)).fill(255);
    kernels.packSigns(placed(kernels, row), bits);
    return bits;
  });
  const counts = doubles(kernels, rows.length ** 2);
  kernels.countSigns(packed, counts);
  return { bits: packed.flatMap((bits) => [...bits]), counts: [...counts] };
}

/** What `addChanges` finds, or the steps that it stands for. */
function changesOf(kernels: Kernels, values: readonly Float32Array[], atOnce: boolean) {
  const R = values.length;
  const n = values[0]!.length;
  const stored = values.map((row) => {
    const bytes = kernels.bytes(2 * n);
    kernels.narrow("BF16", placed(kernels, row), bytes);
    return bytes;
  });
  const sums = { products: doubles(kernels, R * R), sums: doubles(kernels, R), signs: doubles(kernels, (R - 1) ** 2) };
  if (atOnce) kernels.addChanges(stored, sums, kernels.bytes(changesScratchBytes(R)));
  else addInSteps(kernels, stored, sums);
  return { products: [...sums.products], sums: [...sums.sums], signs: [...sums.signs] };
}

function addInSteps(kernels: Kernels, [first, ...others]: readonly Uint8Array[], sums: ChangeSums): void {
  const n = first!.length / 2;
  const origin = kernels.floats(n);
  kernels.widen("BF16", first!, origin);
  const changes = others.map((stored) => {
    const [values, bits] = [kernels.floats(n), kernels.bytes(16 * signWords(n))];
    kernels.change("BF16", stored, origin, values, bits);
    return { values, bits };
  });
  kernels.addGram([origin, ...changes.map(({ values }) => values)], sums.products, sums.sums);
  kernels.countSigns(
    changes.map(({ bits }) => bits),
    sums.signs,
  );
}

/** One to eight rows of one length, which several stretches and odd ends may need. */
const rows = (float: fc.Arbitrary<number>): fc.Arbitrary<Float32Array[]> =>
  fc.tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom(0, 1, 3, 4, 17, 64, 200, 513, 1100)).chain(([R, n]) =>
    fc.array(
      fc
        .array(float, { minLength: 5, maxLength: 5 })
        .map((few) => Float32Array.from({ length: n }, (_, i) => few[(i * 7) % 5]! * (1 + (i % 3)))),
      { minLength: R, maxLength: R },
    ),
  );

describe("comparing", () => {
  it("adds products and sums up like the twin", () => {
    fc.assert(
      fc.property(rows(repetitiveFloat), (values) => {
        const [wasm, plain] = onBoth((kernels) => gramOf(kernels, values));
        expect(wasm).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it("packs and counts signs like the twin", () => {
    fc.assert(
      fc.property(rows(anyFloat), (values) => {
        const [wasm, plain] = onBoth((kernels) => signsOf(kernels, values));
        expect(wasm).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it.each(["BF16", "F16", "F32"] as const)("takes changes of %s like the twin, in one go as in three", (dtype) => {
    fc.assert(
      fc.property(rows(anyFloat), (values) => {
        const [row, origin = row] = values as [Float32Array, Float32Array?];
        const run = (kernels: Kernels, atOnce: boolean) => {
          const stored = kernels.bytes(row.length * (dtype === "F32" ? 4 : 2));
          kernels.narrow(dtype, placed(kernels, row), stored);
          const from = placed(kernels, origin);
          const out = kernels.floats(row.length).fill(7);
          const bits = kernels.bytes(16 * signWords(row.length)).fill(255);
          if (atOnce) kernels.change(dtype, stored, from, out, bits);
          else {
            kernels.widen(dtype, stored, out);
            kernels.subtract("F32", out, from, out);
            kernels.packSigns(out, bits);
          }
          return { out: [...out], bits: [...bits] };
        };
        const [wasm, plain] = onBoth((kernels) => run(kernels, true));
        expect(wasm).toEqual(plain);
        expect(wasm).toEqual(onBoth((kernels) => run(kernels, false))[0]);
      }),
      { numRuns: 40 },
    );
  });

  it("adds changes of bfloat16 up like the twin, in one go as in steps", () => {
    fc.assert(
      fc.property(rows(fc.oneof(repetitiveFloat, fc.constantFrom(0, -0, 1e-40, -1e-38))), (values) => {
        const run = (kernels: Kernels, atOnce: boolean) => changesOf(kernels, values, atOnce);
        const [wasm, plain] = onBoth((kernels) => run(kernels, true));
        expect(wasm).toEqual(plain);
        expect(wasm).toEqual(onBoth((kernels) => run(kernels, false))[0]);
      }),
      { numRuns: 60 },
    );
  });

  it("lets what is not a number reach the products", () => {
    const [wasm] = onBoth((kernels) => changesOf(kernels, [Float32Array.of(1), Float32Array.of(Number.NaN)], true));
    expect(wasm.products).toEqual([2, Number.NaN, 1, Number.NaN]);
  });

  it("adds the products of every two rows to what is there", () => {
    const [a, b, c] = [
      Float32Array.of(1, 2, 3, 4, 5),
      Float32Array.of(1, 0, 0, 0, 1),
      Float32Array.of(-1, 1, -1, 1, -1),
    ];
    const [wasm] = onBoth((kernels) => gramOf(kernels, [a, b, c]));
    const [aa, bb, cc, ab, ac, bc] = [55, 2, 5, 6, -3, -2];
    expect(wasm).toEqual([1 + aa, 1 + ab, 1 + ac, 1, 1 + bb, 1 + bc, 1, 1, 1 + cc, 16, 3, 0]);
  });

  it("counts signs that agree, and elements that are zero in neither row", () => {
    const [wasm] = onBoth((kernels) =>
      signsOf(kernels, [Float32Array.of(1, -2, 0, 4, -5), Float32Array.of(1, 1, 1, 0, -1)]),
    );
    expect(wasm.counts).toEqual([1, 1 + 2, 1 + 3, 1]);
  });
});
