import type { CmaDistribution } from "./cma-update.ts";
import type { StopReason } from "./optimiser.ts";
import type { SymmetricEigen } from "./symmetric-eigen.ts";

/** Where CMA-ES gives up; all in the unit box. */
export type CmaLimits = {
  readonly tolx: number;
  readonly tolfun: number;
  readonly max_condition: number;
};

/** What the stop reasons need to know of past generations; plain JSON, newest last. */
export type CmaHistory = {
  /** Best and median of each generation, the failed left out; null where all failed. */
  readonly best: readonly (number | null)[];
  readonly median: readonly (number | null)[];
  /** Largest minus smallest value of the newest generation; null where all failed. */
  readonly spread: number | null;
};

/** Generations that stagnation looks back on at most. */
const MAX_HISTORY = 20_000;

/** The history before the first generation. */
export const EMPTY_HISTORY: CmaHistory = { best: [], median: [], spread: null };

/** Adds a generation's values to the history. */
export function extendHistory(history: CmaHistory, values: readonly number[]): CmaHistory {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const [best, median, worst] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return {
    best: [...history.best, finite(best)].slice(-MAX_HISTORY),
    median: [...history.median, finite(median)].slice(-MAX_HISTORY),
    spread: best === undefined || worst === undefined ? null : finite(worst - best),
  };
}

/**
 * Lists every reason for which CMA-ES would stop.
 *
 * `tolx` the distribution is a point · `tolfun` the values no longer differ · `condition` the covariance is
 * numerically flat · `no_effect_axis`, `no_effect_coordinate` steps vanish beside the mean · `stagnation` neither the
 * best nor the median got better over a long time.
 *
 * @source Hansen 2016, "The CMA evolution strategy: a tutorial", appendix B.3, https://arxiv.org/abs/1604.00772
 */
export function cmaStopReasons(
  distribution: CmaDistribution,
  eigen: SymmetricEigen,
  history: CmaHistory,
  limits: CmaLimits,
): readonly StopReason[] {
  const { mean, sigma, covariance, pathC, generation } = distribution;
  if (generation === 0) return [];
  const N = mean.length;
  const spreads = covariance.map((row, i) => sigma * Math.max(Math.sqrt(row[i]!), Math.abs(pathC[i]!)));
  const largest = eigen.values.at(-1)!;
  const condition = largest / Math.max(eigen.values[0]!, 1e-30);
  const k = generation % N;
  const axisStep = 0.1 * sigma * Math.sqrt(Math.max(eigen.values[k]!, 0));
  const checks: readonly (StopReason & { readonly holds: boolean })[] = [
    {
      name: "tolx",
      detail: `every step is below ${limits.tolx} of its range`,
      holds: spreads.every((spread) => spread < limits.tolx),
    },
    {
      name: "tolfun",
      detail: `values of ${flatWindow(N)} generations differ by less than ${limits.tolfun}`,
      holds: isFlat(history, flatWindow(N), limits.tolfun),
    },
    {
      name: "condition",
      detail: `the covariance's condition number is above ${limits.max_condition}`,
      holds: condition > limits.max_condition,
    },
    {
      name: "no_effect_axis",
      detail: "a tenth of a step along a main axis does not change the mean",
      holds: mean.every((m, i) => m + axisStep * eigen.vectors[k]![i]! === m),
    },
    {
      name: "no_effect_coordinate",
      detail: "a fifth of a step along a variable does not change the mean",
      holds: mean.some((m, i) => m + 0.2 * sigma * Math.sqrt(covariance[i]![i]!) === m),
    },
    {
      name: "stagnation",
      detail: "the best and the median values have not improved over the last third of a long run",
      holds: isStagnant(history, stagnationWindow(N)),
    },
  ];
  return checks.filter(({ holds }) => holds).map(({ name, detail }) => ({ name, detail }));
}

/** The tutorial's 10 + 30 N/λ with λ of the default size, kept independent of the population for the message's sake. */
function flatWindow(N: number): number {
  return 10 + Math.ceil((30 * N) / (4 + Math.floor(3 * Math.log(N))));
}

function stagnationWindow(N: number): number {
  return 120 + 3 * flatWindow(N);
}

function isFlat({ best, spread }: CmaHistory, window: number, tolerance: number): boolean {
  const recent = best.slice(-window).filter((value) => value !== null);
  if (best.length < window || recent.length < window || spread === null) return false;
  return spread < tolerance && Math.max(...recent) - Math.min(...recent) < tolerance;
}

function isStagnant({ best, median }: CmaHistory, window: number): boolean {
  const span = Math.max(window, Math.floor(best.length / 5));
  if (best.length < span) return false;
  const improved = (series: readonly (number | null)[]): boolean => {
    const recent = series.slice(-span).filter((value) => value !== null);
    const third = Math.floor(recent.length * 0.3);
    return third === 0 || middle(recent.slice(-third)) < middle(recent.slice(0, third));
  };
  return !improved(best) && !improved(median);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
