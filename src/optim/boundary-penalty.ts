import type { CmaDistribution } from "./cma-update.ts";
import { sum } from "./vector.ts";

/** What is known of the spread of values, newest first; plain JSON. */
export type ValueSpreads = readonly number[];

/** What a penalty is made of. */
export interface PenaltyInputs {
  readonly distribution: CmaDistribution;
  /** [N], factors of the deviations. */
  readonly scales: readonly number[];
  /** [N]; −∞ and ∞ where there is none. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly muEff: number;
}

/** Adds a generation's interquartile range. @param values - [P]. @param most - generations remembered. */
export function rememberSpread(spreads: ValueSpreads, values: readonly number[], most: number): ValueSpreads {
  const P = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  const range = sorted[Math.floor((3 * P) / 4)]! - sorted[Math.floor(P / 4)]!;
  return Number.isFinite(range) && range > 0 ? [range, ...spreads].slice(0, most) : spreads;
}

/**
 * Returns what to add to each value before ranking, for points drawn outside the bounds and evaluated on them.
 *
 *     Σ_j γ_j (feasible_j − x_j)² / ξ_j,  γ = 2 median(interquartile ranges) / (σ² Σ C_jj A_j),
 *     ξ_j = exp(0.9 (ln C_jj A_j − mean ln C A)); γ_j grows where the mean itself lies far outside
 *
 * @param points - [P][N], as drawn.
 * @source Hansen et al. 2009, "A method for handling uncertainty in evolutionary optimization", appendix, https://doi.org/10.1109/TEVC.2008.924423
 */
export function boundaryPenalties(
  { distribution, scales, low, high, muEff }: PenaltyInputs,
  points: readonly (readonly number[])[],
  spreads: ValueSpreads,
): number[] {
  const { mean, sigma, covariance } = distribution;
  const N = mean.length;
  const variance = covariance.map((row, j) => row[j]! * scales[j]!);
  const gamma = (2 * median(spreads)) / (sigma ** 2 * sum(variance));
  const logMean = sum(variance.map(Math.log)) / N;
  const reach = 3 * sigma * Math.max(1, Math.sqrt(N) / muEff);
  const weights = mean.map((m, j) => {
    const outside = Math.max(low[j]! - m, m - high[j]!);
    const isFar = outside > 0 && outside > reach * Math.sqrt(variance[j]!);
    const grown = isFar ? gamma * 1.1 ** Math.max(1, muEff / (10 * N)) : gamma;
    return grown / Math.exp(0.9 * (Math.log(variance[j]!) - logMean));
  });
  return points.map((point) =>
    sum(point.map((x, j) => weights[j]! * (Math.min(high[j]!, Math.max(low[j]!, x)) - x) ** 2)),
  );
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (values.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
