import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createMemorySource } from "../../src/format/byte-source.ts";
import { parseSafetensorsHeader } from "../../src/format/safetensors.ts";
import { BLOCK_ELEMENTS } from "../../src/kernels/kernels.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { Model } from "../../src/model/model.ts";
import { byteLength, type Dtype, isComputeDtype } from "../../src/tensor/dtype.ts";
import { elementCount, sameShape } from "../../src/tensor/shape.ts";

/** What the golden file says of one tensor. */
export interface ExpectedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly sha256: string;
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly sum: number;
  readonly abs_sum: number;
  readonly l2: number;
  readonly sample: { readonly step: number; readonly values: readonly number[] };
  /** How far mergekit itself varies when equal magnitudes are sorted otherwise. */
  readonly varies?: Readonly<Record<string, { readonly fraction: number; readonly max_abs_diff: number }>>;
}

type Full = ReadonlyMap<string, Float32Array>;

const SUM_TOLERANCE = 1e-5;
const VARYING_SUM_TOLERANCE = 1e-2;
const ULPS = 2;
/** Long reductions in float32 (norms, dot products) are summed in another order by every implementation. */
const FLOAT32_RELATIVE = 1e-5;
const FLOAT32_ABSOLUTE = 1e-6;
const MANTISSA_BITS: Readonly<Record<string, number>> = { F32: 23, F16: 10, BF16: 7 };

/** Reads all tensors of a safetensors file as float32, or nothing when there is no such file. */
export function openFullTensors(path: string): Full {
  if (!existsSync(path)) return new Map();
  const bytes = readFileSync(path);
  const { tensors } = parseSafetensorsHeader(createMemorySource(bytes), path);
  return new Map(tensors.map((t) => [t.name, widenTensor(t.dtype, bytes.subarray(t.beginByte, t.endByte))]));
}

/** How much of a case's tensors is free where magnitudes are equal. */
export interface Freedom {
  /** Largest share of a tensor's elements that differs between runs of mergekit. */
  readonly share: number;
  /** Largest difference of one element. */
  readonly maxDiff: number;
}

/**
 * Measures the freedom of a whole case: a tensor that did not vary when mergekit was run twice has ties all the same, if
 * others of the case have them.
 */
export function freedomOf(tensors: Readonly<Record<string, ExpectedTensor>>): Freedom {
  const variants = Object.values(tensors).flatMap(({ varies }) => Object.values(varies ?? {}));
  return {
    share: Math.max(0, ...variants.map((v) => v.fraction)),
    maxDiff: Math.max(0, ...variants.map((v) => v.max_abs_diff)),
  };
}

/** What one tensor is compared with. */
export interface Expectation {
  readonly expected: ExpectedTensor;
  /** All values of all tensors, where the golden data has them. */
  readonly full: Full;
  /** Of the tensor's case. */
  readonly free: Freedom;
}

/** Elements of a small tensor that may differ where equal magnitudes are free. */
const LEAST_FREE_ELEMENTS = 4;

/**
 * Compares a tensor with what is expected of it.
 *
 * @returns "same bytes", undefined when it is equal within 2 ulp (of values at a tenth of the tensor's largest or above)
 * and 1e-5 of its sums, else what differs.
 */
export function compareTensor(
  model: Model,
  name: string,
  { expected, full, free }: Expectation,
): "same bytes" | string | undefined {
  const { dtype, shape } = model.tensors.get(name)!;
  if (dtype !== expected.dtype || !sameShape(shape, expected.shape)) {
    return `is ${dtype} [${shape}] instead of ${expected.dtype} [${expected.shape}]`;
  }
  const bytes = new Uint8Array(byteLength(dtype, elementCount(shape)));
  model.read(name, 0, bytes);
  if (createHash("sha256").update(bytes).digest("hex") === expected.sha256) return "same bytes";
  if (!isComputeDtype(dtype)) return "holds other bytes";
  const values = widenTensor(dtype, bytes);
  return compareValues(values, expected, full.get(name), free) ?? compareSums(values, expected, free);
}

function compareValues(
  values: Float32Array,
  expected: ExpectedTensor,
  full: Float32Array | undefined,
  free: Freedom,
): string | undefined {
  const largest = values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  const unit = 2 ** -MANTISSA_BITS[expected.dtype]!;
  const pairs = full === undefined ? samplePairs(values, expected) : [...full].map((want, i) => [i, values[i]!, want] as const);
  const wrong = pairs.filter(([, got, want]) => {
    const level = Math.max(Math.abs(want), largest / 10);
    const rounding = ULPS * unit * 2 ** Math.floor(Math.log2(level));
    const summing = expected.dtype === "F32" ? FLOAT32_ABSOLUTE + FLOAT32_RELATIVE * Math.abs(want) : 0;
    return !(Math.abs(got - want) <= Math.max(rounding, summing));
  });
  if (wrong.length === 0) return undefined;
  const isFree = ([, got, want]: readonly [number, number, number]): boolean => Math.abs(got - want) <= 2 * free.maxDiff;
  if (wrong.every(isFree) && wrong.length <= freeElements(free, pairs.length)) return undefined;
  const [index, got, want] = wrong[0]!;
  return `element ${index} is ${got} instead of ${want}, and ${wrong.length} of ${pairs.length} differ`;
}

function samplePairs(values: Float32Array, { first, last, sample }: ExpectedTensor): (readonly [number, number, number])[] {
  const at = (i: number, want: number) => [i, values[i]!, want] as const;
  return [
    ...first.map((want, i) => at(i, want)),
    ...last.map((want, i) => at(values.length - last.length + i, want)),
    ...sample.values.map((want, i) => at(i * sample.step, want)),
  ];
}

function freeElements({ share }: Freedom, count: number): number {
  return share === 0 ? 0 : Math.max(LEAST_FREE_ELEMENTS, 4 * share * count);
}

function compareSums(values: Float32Array, expected: ExpectedTensor, free: Freedom): string | undefined {
  let sum = 0;
  let absSum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    absSum += Math.abs(value);
    squares += value * value;
  }
  const tolerance = free.share === 0 ? SUM_TOLERANCE : VARYING_SUM_TOLERANCE;
  // A sum may cancel, so its error is measured against the sum of magnitudes.
  if (!(Math.abs(sum - expected.sum) <= tolerance * expected.abs_sum)) return `the sum is ${sum}, not ${expected.sum}`;
  if (!(Math.abs(absSum - expected.abs_sum) <= tolerance * expected.abs_sum)) {
    return `the sum of magnitudes is ${absSum}, not ${expected.abs_sum}`;
  }
  const l2 = Math.sqrt(squares);
  return Math.abs(l2 - expected.l2) <= tolerance * expected.l2 ? undefined : `the norm is ${l2}, not ${expected.l2}`;
}

/** Returns stored elements as float32. */
export function widenTensor(dtype: Dtype, bytes: Uint8Array): Float32Array {
  const n = (bytes.length * 8) / (dtype === "F32" ? 32 : 16);
  const values = new Float32Array(n);
  const kernels = createPlainKernels(2 ** 20);
  for (let from = 0; from < n; from += BLOCK_ELEMENTS) {
    const mark = kernels.mark();
    const count = Math.min(BLOCK_ELEMENTS, n - from);
    const src = kernels.bytes(byteLength(dtype, count));
    src.set(bytes.subarray(byteLength(dtype, from), byteLength(dtype, from + count)));
    const out = kernels.floats(count);
    kernels.widen(dtype, src, out);
    values.set(out, from);
    kernels.release(mark);
  }
  return values;
}
