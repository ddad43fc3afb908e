import { roundToGrid } from "../grid.ts";
import { GROUP_ELEMENTS, groupOfSum, type RunningSum, totalOf } from "../running-sum.ts";

/** @param lanes - [SUM_DOUBLES], zero. */
export function runningSum(lanes: Float64Array): RunningSum {
  const group = groupOfSum(lanes);
  return {
    addMagnitudes: (start, values) => {
      for (let i = 0; i < values.length; i++) {
        group[(start + i) % 8]! += Math.abs(values[i]!);
        if ((start + i + 1) % GROUP_ELEMENTS !== 0) continue;
        for (let lane = 0; lane < 8; lane++) lanes[lane]! += group[lane]!;
        group.fill(0);
      }
    },
    addValues: (start, values) => {
      for (let i = 0; i < values.length; i++) lanes[(start + i) % 8]! += values[i]!;
    },
    addProducts: (start, a, b) => {
      for (let i = 0; i < a.length; i++) lanes[(start + i) % 8]! += a[i]! * b[i]!;
    },
    addRounded: (dtype, start, a, b) => {
      for (let i = 0; i < a.length; i++) lanes[(start + i) % 8]! += roundToGrid(dtype, Math.fround(a[i]! * b[i]!));
    },
    total: () => totalOf(lanes),
  };
}
