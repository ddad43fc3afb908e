/** Both implementations of the kernels, side by side, for tests. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { expect } from "vitest";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { openWasmKernels } from "../../src/kernels/open-wasm-kernels.ts";
import { allowWideVectors } from "../../src/model/wide-vectors.ts";
import type { ComputeDtype } from "../../src/tensor/dtype.ts";

const WASM = join(import.meta.dirname, "../../src/kernels/kernels.wasm");
allowWideVectors({ v8: process.versions.v8, arch: process.arch });
// What a long run would use from some time on, the optimised code, is used from the first call on.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-lazy-compilation");
// An empty section of their own: for bytes that another thread has compiled before, V8 takes the code that it has.
const OWN_SECTION = Uint8Array.of(0, 2, 1, 0x74);
const module = new WebAssembly.Module(Buffer.concat([readFileSync(WASM), OWN_SECTION]));

/** The WebAssembly kernels, from the committed module. */
export function wasmKernels(sizeBytes = 2 ** 24): Kernels {
  return openWasmKernels(module, sizeBytes);
}

/** The functions of the module themselves, for those that the kernels call on some processors only. */
export function rawKernels(): {
  readonly memory: WebAssembly.Memory;
  readonly exports: Readonly<Record<string, unknown>>;
} {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports["prepareConstants"] as () => void)();
  return { memory, exports };
}

/** The two implementations, each over a memory of its own. */
export function bothKernels(): readonly [wasm: Kernels, plain: Kernels] {
  return [wasmKernels(), createPlainKernels(2 ** 24)];
}

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

function fromPattern(bits: number): number {
  pattern[0] = bits;
  return float[0]!;
}

/** Any float32: ordinary sizes, all patterns, and the places where rounding to 16 bits turns. */
export const anyFloat: fc.Arbitrary<number> = fc.oneof(
  fc.float({ noNaN: true, min: -4, max: 4 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(fromPattern),
  fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x7fff, 0x8000, 0x8001))
    .map(([h, l]) => fromPattern(h * 65_536 + l)),
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** -149,
    65_504,
    65_519.996,
    65_520,
    2 ** -14,
    2 ** -24,
    2 ** -25,
  ),
);

/** Finite float32 of which many have equal magnitudes. */
export const repetitiveFloat: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 2 ** -126, 2 ** -149),
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -1024, max: 1024 }),
);

/** Takes a copy of the values from a kernel memory. */
export function placed(kernels: Kernels, values: Iterable<number>): Float32Array {
  const numbers = Float32Array.from(values);
  const own = kernels.floats(numbers.length);
  own.set(numbers);
  return own;
}

/** The same, rounded to a type. */
export function onGrid(kernels: Kernels, dtype: ComputeDtype, values: Iterable<number>): Float32Array {
  const own = placed(kernels, values);
  kernels.round(dtype, own);
  return own;
}

/** One column of a table of numbers, in a kernel memory, rounded to a type. */
export function column(
  kernels: Kernels,
  dtype: ComputeDtype,
  rows: readonly (readonly number[])[],
  index: number,
): Float32Array {
  const values = rows.map((row) => row[index]!);
  return onGrid(kernels, dtype, values);
}

const twins = bothKernels();

/** Runs the same on both implementations, and gives back what they answer. */
export function onBoth<R>(run: (kernels: Kernels) => R): [wasm: R, plain: R] {
  return twins.map((kernels) => {
    const mark = kernels.mark();
    try {
      return run(kernels);
    } finally {
      kernels.release(mark);
    }
  }) as [R, R];
}

/** Expects that both implementations write the same floats. */
export function expectTwins(n: number, run: (kernels: Kernels, out: Float32Array) => void): void {
  const [a, b] = onBoth((kernels) => {
    const out = kernels.floats(n).fill(7);
    run(kernels, out);
    return out.slice();
  });
  expectSameFloats(a, b);
}

/** Expects equal bits, except that any NaN equals any other: its sign and payload are the processor's. */
export function expectSameFloats(actual: Float32Array, expected: Float32Array): void {
  expect(patternsOf(actual)).toEqual(patternsOf(expected));
}

function patternsOf(values: Float32Array): number[] {
  return [...new Uint32Array(values.slice().buffer)].map((bits) =>
    (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits,
  );
}
