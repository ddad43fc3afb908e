import type { PlannedTensor } from "./plan.ts";
import type { Place, Report } from "./report.ts";

/** Warns where weights are divided by their sum and the sum is 0: every value of such a tensor is infinite or not a number. */
export function checkWeights(tensors: readonly PlannedTensor[], place: Place, report: Report): void {
  for (const { name, work } of tensors) {
    if (work.kind !== "merge" || work.settings["normalize"] !== true) continue;
    const weights = work.settings["weight"];
    if (!Array.isArray(weights) || weights.length === 0) continue;
    if (weights.reduce((sum: number, weight: number) => sum + weight, 0) === 0)
      report.warn("weights_cancel", place, { tensor: name, weights: weights.join(", ") });
  }
}
