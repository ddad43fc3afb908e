import { roundToGrid } from "../../src/kernels/grid.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { largest, withoutOutliers } from "../../src/methods/sparsify/magnitude-sparsifier.ts";
import type { Norm } from "../../src/methods/sparsify/norm-ratio.ts";
import { random } from "../../src/methods/sparsify/random-sparsifier.ts";
import { byRank } from "../../src/methods/sparsify/rank-sparsifier.ts";
import type { Sparsifier } from "../../src/methods/sparsify/sparsifier.ts";
import { type ComputeDtype, dtypeFromTorchName } from "../../src/tensor/dtype.ts";
import { differenceOf } from "./methods.ts";

/** One sparsifier alone. */
export interface SparsifyCase {
  readonly method: string;
  readonly norm: Norm | null;
  readonly dtype: string;
  readonly density: number;
  readonly gamma: number;
  readonly epsilon: number;
  readonly seed: number;
  readonly out: readonly number[];
}

interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const SPARSIFIERS: Readonly<Record<string, Sparsifier>> = {
  magnitude: largest,
  magnitude_outliers: withoutOutliers,
  random,
  della_magprune: byRank,
};

/** What is wrong with the thinned change from base to values, if anything. */
export function checkSparsifier(
  { method, norm, out, seed, ...wanted }: SparsifyCase,
  base: GoldenTensor,
  values: GoldenTensor,
  kernels: Kernels,
): string | undefined {
  const sparsifier = SPARSIFIERS[method];
  if (sparsifier === undefined) return `sparsifier ${method} is not supported`;
  const dtype = dtypeFromTorchName(wanted.dtype) as ComputeDtype;
  const mark = kernels.mark();
  const place = (data: readonly number[]): Float32Array => {
    const own = kernels.floats(data.length);
    own.set(data.map((v) => roundToGrid(dtype, v)));
    return own;
  };
  const block = { start: 0, change: { values: place(values.data), base: place(base.data) } };
  const thinned = kernels.floats(out.length);
  const thinning = sparsifier.begin(
    { ...wanted, norm: norm ?? undefined },
    {
      n: out.length,
      shape: base.shape,
      dtype,
      kernels,
      blockElements: out.length,
      keepsRewrites: false,
      random: () => kernels.mersenneWords(seed, 0),
    },
  );
  for (const pass of thinning.passes) pass(block);
  thinning.apply(block, thinned);
  const result = thinned.slice();
  kernels.release(mark);
  return differenceOf(result, out, dtype);
}
