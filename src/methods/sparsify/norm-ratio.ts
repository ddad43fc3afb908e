import { roundToGrid } from "../../kernels/grid.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";

/** A length of a vector: sum of magnitudes, Euclidean length, largest magnitude. */
export type Norm = "l1" | "l2" | "linf";

/** Norms below this are left alone. */
const NO_NORM = 1e-7;

/** Measures a tensor before and after thinning, block by block, to scale what is left to the norm it had. */
export class NormRatio {
  readonly #dtype: ComputeDtype;
  readonly #before: NormMeter;
  readonly #after: NormMeter;

  /** @param dtype - the type that norms and their ratio are rounded to. */
  constructor(norm: Norm, dtype: ComputeDtype, kernels: Kernels) {
    this.#dtype = dtype;
    this.#before = meter(norm, kernels);
    this.#after = meter(norm, kernels);
  }

  addBefore(start: number, values: Float32Array): void {
    this.#before.add(start, values);
  }

  addAfter(start: number, values: Float32Array): void {
    this.#after.add(start, values);
  }

  /** What to multiply by, 1 where one of the norms is next to nothing. */
  factor(): number {
    const before = roundToGrid(this.#dtype, this.#before.norm());
    const after = roundToGrid(this.#dtype, this.#after.norm());
    if (before < NO_NORM || after < NO_NORM) return 1;
    return roundToGrid(this.#dtype, before / after);
  }
}

interface NormMeter {
  add(start: number, values: Float32Array): void;
  norm(): number;
}

function meter(norm: Norm, kernels: Kernels): NormMeter {
  if (norm === "linf") {
    let largest = 0;
    return {
      add: (_start, values) => {
        largest = Math.max(largest, kernels.largestMagnitude(values));
      },
      norm: () => largest,
    };
  }
  const sum = kernels.runningSum();
  if (norm === "l1") return { add: (start, values) => sum.addMagnitudes(start, values), norm: () => sum.total() };
  return { add: (start, values) => sum.addProducts(start, values, values), norm: () => Math.sqrt(sum.total()) };
}
