/** Runs a merge method over whole tensors, as the executor does over blocks of a file. */

import { BLOCK_ELEMENTS, type Kernels } from "../../src/kernels/kernels.ts";
import type { AnyMethod, Block, ParamTable } from "../../src/methods/method.ts";
import { byteLength, type ComputeDtype } from "../../src/tensor/dtype.ts";
import type { Shape } from "../../src/tensor/shape.ts";

/** One tensor of every model; values lie on the type's grid. */
export interface Inputs {
  readonly base?: Float32Array | undefined;
  readonly models: readonly Float32Array[];
  /** One axis when left out. */
  readonly shape?: Shape;
  /** @default "F32" */
  readonly dtype?: ComputeDtype;
}

/** How a tensor is brought to the method. */
export interface Run {
  readonly kernels: Kernels;
  readonly seed?: number;
  /** Elements of a block, rounded up to the method's grains. @default BLOCK_ELEMENTS */
  readonly blockElements?: number;
  /** Whether what the method writes to its models stays there. @default false */
  readonly keepsRewrites?: boolean;
}

/** The merged tensor, [n]. @throws Error when the method writes to its inputs. */
export function mergeWhole(
  method: AnyMethod,
  inputs: Inputs,
  settings: Readonly<Record<string, unknown>>,
  { kernels, seed = 0, blockElements = BLOCK_ELEMENTS, keepsRewrites = false }: Run,
): Float32Array {
  const { base, dtype = "F32" } = inputs;
  const models = keepsRewrites ? inputs.models.map((values) => values.slice()) : inputs.models;
  const n = (base ?? models[0]!).length;
  const shape = inputs.shape ?? [n];
  const grain = method.grain?.(shape) ?? 1;
  const step = Math.max(1, Math.ceil(blockElements / grain)) * grain;
  const result = new Float32Array(n);
  const mark = kernels.mark();
  try {
    const randomAt = (word: number) => kernels.mersenneWords(seed, word);
    const facts = { n, shape, dtype, modelCount: models.length, hasBase: base !== undefined };
    const merge = method.begin(facts, settings, {
      kernels,
      randomAt,
      keepsRewrites,
      spareBytes: keepsRewrites ? 2 ** 20 : 0,
    });
    if (merge.rewrites && !keepsRewrites) throw new Error("the method rewrites where nothing is kept");
    const visit = (use: (block: Block) => void, keep = false): void => {
      for (let start = 0; start < n; start += step) {
        visitBlock({ ...inputs, models, keep }, start, Math.min(start + step, n), kernels, use);
      }
    };
    for (const pass of merge.passes) visit(pass, merge.rewrites);
    visit((block) => {
      merge.apply(block);
      result.set(block.out, block.start);
    });
  } finally {
    kernels.release(mark);
  }
  return result;
}

/** The merged tensor, where the method merges stored elements of its type; what it writes to its models stays there. */
export function mergeStored(
  method: AnyMethod,
  { base, models, shape, dtype = "F32" }: Inputs,
  settings: Readonly<Record<string, unknown>>,
  { kernels, seed = 0 }: Pick<Run, "kernels" | "seed">,
): Float32Array | undefined {
  const n = models[0]!.length;
  const mark = kernels.mark();
  try {
    const randomAt = (word: number) => kernels.mersenneWords(seed, word);
    const facts = { n, shape: shape ?? [n], dtype, modelCount: models.length, hasBase: base !== undefined };
    const merge = method.begin(facts, settings, { kernels, randomAt, keepsRewrites: true });
    if (merge.applyStored === undefined) return undefined;
    const copy = models.map((values) => values.slice());
    for (const pass of merge.passes) visitBlock({ base, models: copy, keep: true }, 0, n, kernels, pass);
    const values = kernels.floats(n);
    const store = (model: Float32Array): Uint8Array => {
      const bytes = kernels.bytes(byteLength(dtype, n));
      values.set(model);
      kernels.pack(dtype, values, bytes);
      return bytes;
    };
    const out = kernels.bytes(byteLength(dtype, n));
    merge.applyStored({ base: base && store(base), models: copy.map(store) }, out);
    kernels.widen(dtype, out, values);
    return values.slice();
  } finally {
    kernels.release(mark);
  }
}

function visitBlock(
  { base, models, keep }: Inputs & { readonly keep: boolean },
  start: number,
  end: number,
  kernels: Kernels,
  use: (block: Block) => void,
): void {
  const mark = kernels.mark();
  const place = (values: Float32Array): Float32Array => {
    const own = kernels.floats(end - start);
    own.set(values.subarray(start, end));
    return own;
  };
  const out = kernels.floats(end - start).fill(Number.NaN);
  const block = { start, base: base && place(base), models: models.map(place), out };
  use(block);
  const given = block.models.map((values, m) => [values, models[m]] as const);
  if (keep) for (const [values, place] of given) place?.set(values, start);
  for (const [own, origin] of [[block.base, base] as const, ...(keep ? [] : given)]) {
    const before = origin?.subarray(start, end);
    if (own?.some((value, i) => !Object.is(value, before![i]))) throw new Error("the method wrote to its inputs");
  }
  kernels.release(mark);
}

/** The declared defaults, spread over `count` models where a setting is per model; 1 where there is none. */
export function defaults(params: ParamTable, count: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, { per, default: fallback = 1 }]) => [
      name,
      per === "model" ? Array<unknown>(count).fill(fallback) : fallback,
    ]),
  );
}
