import type { ComputeDtype } from "../../tensor/dtype.ts";
import { CASCADE_LANES, CASCADE_LEVELS, CASCADE_WIDTH } from "../cascade-sum.ts";
import type { Importance } from "../diverging.ts";
import { roundToGrid } from "../grid.ts";
import { computeTerms, type DivergenceSteps } from "../row-divergence.ts";
import type { Change } from "../selecting.ts";
import { exponential, SOFTMAX_LANES } from "../softmax.ts";
import { subtract } from "./arithmetic.ts";
import { dropEntry, patternsOf } from "./patterns.ts";

/** The definition of what divergences are made of. */
export const plainDivergence: DivergenceSteps = {
  largest: (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  exponentials: (values, largest, out) => {
    const lanes = new Float32Array(SOFTMAX_LANES);
    for (let i = 0; i < values.length; i++) {
      out[i] = exponential(Math.fround(values[i]! - largest));
      lanes[i % SOFTMAX_LANES]! += out[i]!;
    }
    return lanes;
  },
  terms: (dtype, rows) => computeTerms(dtype, rows, Math.log),
  cascade: (values, rows, power, halves) => {
    const levels = Array.from({ length: CASCADE_LEVELS }, () => new Float32Array(CASCADE_WIDTH));
    const [lowest] = levels as [Float32Array];
    const added = halves ? addHalves(values) : values;
    for (let row = 0; row < rows; ) {
      for (let column = 0; column < CASCADE_WIDTH; column++) lowest[column]! += added[row * CASCADE_WIDTH + column]!;
      row++;
      if (row % 2 ** power === 0) handUp(levels, row, power);
    }
    for (const level of levels.slice(1)) addTo(lowest, level);
    return lowest;
  },
};

/** See `Diverging.takeImportant`. */
export function takeImportant(
  dtype: ComputeDtype,
  { values, base }: Change,
  { divergence, threshold }: Importance,
  out: Float32Array,
): void {
  const change = new Float32Array(values.length);
  subtract(dtype, values, base, change);
  const patterns = patternsOf(change);
  for (let i = 0; i < change.length; i++) {
    const importance = roundToGrid(dtype, Math.fround(Math.abs(change[i]!) * divergence));
    if (!(importance >= threshold)) dropEntry(patterns, i);
    out[i] = base[i]! + change[i]!;
  }
}

/** Adds the second of each two groups of lanes to the first: [n] to [n / 2]. */
function addHalves(values: Float32Array): Float32Array {
  const sums = new Float32Array(values.length / 2);
  for (let i = 0; i < sums.length; i++) {
    const first = i + CASCADE_LANES * Math.floor(i / CASCADE_LANES);
    sums[i] = values[first]! + values[first + CASCADE_LANES]!;
  }
  return sums;
}

/** Empties full levels into those above them. */
function handUp(levels: readonly Float32Array[], row: number, power: number): void {
  for (let j = 1; j < CASCADE_LEVELS; j++) {
    addTo(levels[j]!, levels[j - 1]!);
    levels[j - 1]!.fill(0);
    if (Math.floor(row / 2 ** (j * power)) % 2 ** power !== 0) return;
  }
}

function addTo(sums: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}
