import { type RunningSum, totalOf } from "../running-sum.ts";

/** @param lanes - [8], zero. */
export function runningSum(lanes: Float64Array): RunningSum {
  return {
    addMagnitudes: (start, values) => {
      for (let i = 0; i < values.length; i++) lanes[(start + i) % 8]! += Math.abs(values[i]!);
    },
    addValues: (start, values) => {
      for (let i = 0; i < values.length; i++) lanes[(start + i) % 8]! += values[i]!;
    },
    addProducts: (start, a, b) => {
      for (let i = 0; i < a.length; i++) lanes[(start + i) % 8]! += a[i]! * b[i]!;
    },
    total: () => totalOf(lanes),
  };
}
