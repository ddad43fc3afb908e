/** What pycma and cmaes need on the suite's functions, as the file beside the suite has it, and ours beside them. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Evaluations to one target. */
export interface TargetCount {
  /** Share of the runs that reached it within the budget. */
  readonly success: number;
  /** Median over those; null where there are none. */
  readonly median: number | null;
  /** Evaluations of all runs over the number of those that reached it: the expected running time of restarted runs. */
  readonly expected: number | null;
}

/** How an optimiser did on a problem in the file. */
export interface Baseline {
  readonly problem: string;
  readonly optimiser: string;
  /** Evaluations of each run. */
  readonly budget?: number;
  readonly targets: readonly TargetCount[];
  /** Median value after so many evaluations. */
  readonly checkpoints: Readonly<Record<string, { readonly median: number } | undefined>>;
}

/** Peers whose counts are compared with ours: pycma, and cmaes' CMA. */
export const PEERS = ["pycma", "CMA"];

/** Reads `baselines.json` beside a suite file; nothing where there is none. */
export function readBaselines(suiteFile: string): readonly Baseline[] {
  const path = join(dirname(suiteFile), "baselines.json");
  if (!existsSync(path)) return [];
  const { baselines } = JSON.parse(readFileSync(path, "utf8")) as { readonly baselines: readonly StoredBaseline[] };
  return baselines.map(({ targets = [], checkpoints = {}, ...rest }) => ({
    ...rest,
    checkpoints,
    targets: targets.map(({ success, median_evals = null, ert = null }) => ({
      ...{ success, median: median_evals, expected: ert },
    })),
  }));
}

interface StoredBaseline extends Pick<Baseline, "problem" | "optimiser" | "budget"> {
  readonly targets?: readonly { readonly success: number; readonly median_evals?: number; readonly ert?: number }[];
  readonly checkpoints?: Baseline["checkpoints"];
}

/** Counts evaluations to a target as the file does. `runs` are [budget] best values so far each. */
export function countTo(runs: readonly (readonly number[])[], target: number): TargetCount {
  const counts = runs.map((best) => best.findIndex((value) => value <= target) + 1);
  const reached = counts.filter((count) => count > 0).toSorted((a, b) => a - b);
  if (reached.length === 0) return { success: 0, median: null, expected: null };
  const middle = reached.length / 2;
  const median = (reached[Math.ceil(middle) - 1]! + reached[Math.floor(middle)]!) / 2;
  const all = runs.reduce((sum, best, run) => sum + (counts[run]! || best.length), 0);
  return { success: reached.length / runs.length, median, expected: all / reached.length };
}

/** Ours beside a peer: geometric means over the targets that more than half of both sides' runs reach. */
export interface BesidePeer {
  readonly targets: number;
  /** Our evaluations over the peer's, by medians. */
  readonly times_evaluations: number;
  /** The same by expected running times. */
  readonly times_expected: number;
}

/** Compares counts of the same targets; undefined where there is none to compare. */
export function besidePeer(
  pairs: readonly { readonly own: TargetCount; readonly peer: TargetCount }[],
): BesidePeer | undefined {
  const both = pairs.filter(({ own, peer }) => own.success > 0.5 && peer.success > 0.5);
  if (both.length === 0) return undefined;
  const times = (of: (count: TargetCount) => number): number => {
    const logs = both.map(({ own, peer }) => Math.log(of(own) / of(peer)));
    return Math.round(1000 * Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length)) / 1000;
  };
  return {
    targets: both.length,
    times_evaluations: times(({ median }) => median!),
    times_expected: times(({ expected }) => expected!),
  };
}
