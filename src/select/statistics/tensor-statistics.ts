import type { Kernels } from "../../kernels/kernels.ts";
import { elementCount } from "../../tensor/shape.ts";
import { readValues, type TensorPlace } from "./read-values.ts";

/** What is in a tensor. Numbers that are not finite are counted and left out of the rest. */
export interface TensorStatistics {
  readonly mean: number;
  /** Standard deviation. */
  readonly deviation: number;
  /** Euclidean length. */
  readonly norm: number;
  readonly largest: number;
  /** Share of the entries that are 0. */
  readonly zeros: number;
  readonly notFinite: number;
  /** XXH64 of its bytes, 16 hex digits. */
  readonly hash: string;
}

/** Reads a tensor and measures it. @throws those of `readValues` */
export function measureTensor(place: TensorPlace, kernels: Kernels): TensorStatistics {
  const mark = kernels.mark();
  try {
    const hash = kernels.contentHash();
    const totals = { sum: 0, squares: 0, largest: 0, zeros: 0, notFinite: 0 };
    readValues([place], kernels, ({ values: [values], bytes: [bytes] }) => {
      hash.update(bytes!);
      addTo(totals, values!);
    });
    const n = elementCount(place.model.tensors.get(place.tensor)!.shape);
    const counted = Math.max(1, n - totals.notFinite);
    const mean = totals.sum / counted;
    return {
      mean,
      deviation: Math.sqrt(Math.max(0, totals.squares / counted - mean * mean)),
      norm: Math.sqrt(totals.squares),
      largest: totals.largest,
      zeros: totals.zeros / Math.max(1, n),
      notFinite: totals.notFinite,
      hash: hash.digest(),
    };
  } finally {
    kernels.release(mark);
  }
}

function addTo(
  totals: { sum: number; squares: number; largest: number; zeros: number; notFinite: number },
  values: Float32Array,
): void {
  let { sum, squares, largest, zeros, notFinite } = totals;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const magnitude = Math.abs(value);
    if (!(magnitude < Number.POSITIVE_INFINITY)) {
      notFinite++;
      continue;
    }
    sum += value;
    squares += value * value;
    if (magnitude > largest) largest = magnitude;
    if (magnitude === 0) zeros++;
  }
  Object.assign(totals, { sum, squares, largest, zeros, notFinite });
}
