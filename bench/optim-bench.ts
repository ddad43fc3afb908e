import { readFileSync } from "node:fs";
import { OPTIMISERS } from "../src/optim/index.ts";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import type { Suite, SuiteProblem } from "./optim-functions.ts";
import {
  type Baseline,
  type BesidePeer,
  besidePeer,
  countTo,
  PEERS,
  readBaselines,
  type TargetCount,
} from "./optim-peers.ts";
import { type OptimRun, runOptimiser } from "./optim-runs.ts";

/** How one optimiser did on one problem. */
export interface OptimCase extends BenchCase {
  /** Median best value after as many evaluations. */
  readonly after?: Readonly<Record<string, number>>;
  /** Median true value of the recommended point. */
  readonly recommended?: Readonly<Record<string, number>>;
  /** Median share of the true front's hypervolume. */
  readonly volume?: Readonly<Record<string, number>>;
  /** Median evaluations to each of the problem's targets; null where most runs did not reach it. */
  readonly evaluations?: readonly (number | null)[];
  /** Of conditional problems: how soon it is as good as CMA-ES with a threshold for each bit. */
  readonly threshold?: ThresholdRace;
  /** The same as the suite's folder counts them, for those of pycma and cmaes, which are in `beside`. */
  readonly counts?: readonly TargetCount[];
  readonly beside?: Readonly<Record<string, readonly TargetCount[]>>;
  /** In rows that sum up: over all problems. */
  readonly times?: BesidePeer;
}

/** Median evaluations to the median value of cmaes' CMA-ES, whose numbers above 0 stand for bits, after 1,000. */
export interface ThresholdRace {
  readonly value: number;
  /** Of the best point seen, by its true value; null where most runs did not get there. */
  readonly evaluations: number | null;
  /** Of the recommended point. */
  readonly recommended: number | null;
  /** 1,000 over the fewer of the two. */
  readonly times_fewer: number;
}

const THRESHOLD_EVALUATIONS = 1000;

const MARKS = [100, 300, 1000];
/** Evaluations of one run, by kind of problem, where the peers' runs do not say. */
const BUDGETS: Readonly<Record<string, number>> = { continuous: 5000, binary: 2000, mixed: 2000 };
const SHORT_BUDGET = 1000;

/** Who is measured on what. */
const ENTRANTS: Readonly<Record<string, readonly string[]>> = {
  continuous: ["cma_es", "sep_cma_es", "bipop_cma_es", "ipop_cma_es", "random"],
  binary: ["cat_cma", "conditional_hybrid", "one_plus_one_ea", "ga", "cma_es_margin"],
  mixed: ["cat_cma", "cat_cma_margin", "conditional_hybrid", "one_plus_one_ea", "ga", "cma_es_margin"],
  conditional: ["conditional_hybrid", "cma_es", "cat_cma", "one_plus_one_ea"],
  "multi-objective": ["nsga2", "random"],
};

/**
 * Runs optimisers on the suite's problems, `runs` seeds each.
 *
 * @param options - operand: a suite file; `baselines.json` beside it has the peers' counts. `only` names problems, or
 *   optimisers, or kinds of problems.
 */
export async function benchOptim({ operands, runs, only, note }: BenchOptions): Promise<readonly OptimCase[]> {
  const suite = JSON.parse(readFileSync(operands[0]!, "utf8")) as Suite;
  const baselines = readBaselines(operands[0]!);
  const problems = [...suite.problems, ...(suite.multiobjective ?? [])];
  const kinds = Object.keys(ENTRANTS);
  const [names, chosenKinds] = [only.filter((name) => OPTIMISERS[name]), only.filter((name) => kinds.includes(name))];
  const ids = only.filter((name) => !names.includes(name) && !chosenKinds.includes(name));
  const unknown = ids.filter((name) => !problems.some(({ id }) => id === name));
  if (unknown.length > 0)
    throw new Error(`neither a problem, a kind of problems nor an optimiser: ${unknown.join(", ")}`);
  const cases = problems
    .filter(
      ({ id, kind }) =>
        (ids.length === 0 || ids.includes(id)) && (chosenKinds.length === 0 || chosenKinds.includes(kind)),
    )
    .flatMap((problem) =>
      (ENTRANTS[problem.kind] ?? [])
        .filter((name) => names.length === 0 || names.includes(name))
        .map((name) => {
          const result = benchProblem({
            ...{ suite, problem, name, runs },
            peers: baselines.filter((one) => one.problem === problem.id && PEERS.includes(one.optimiser)),
            threshold: problem.kind === "conditional" ? thresholdValue(baselines, problem.id) : undefined,
          });
          note(JSON.stringify(result));
          return result;
        }),
    );
  return [...cases, ...summary(cases)];
}

interface Job {
  readonly suite: Suite;
  readonly problem: SuiteProblem;
  readonly name: string;
  readonly runs: number;
  readonly peers: readonly Baseline[];
  readonly threshold: number | undefined;
}

function benchProblem({ suite, problem, name, runs, peers, threshold }: Job): OptimCase {
  const startMs = performance.now();
  const budget = peers[0]?.budget ?? BUDGETS[problem.kind] ?? SHORT_BUDGET;
  const plan = { budget, marks: MARKS };
  const all = Array.from({ length: runs }, (_, i) => runOptimiser(suite, problem, OPTIMISERS[name]!, i + 1, plan));
  const evaluations = (problem.targets ?? []).map((target) => medianCount(all, target));
  return {
    name: `${problem.id} ${name}`,
    seconds: Math.round(performance.now() - startMs) / 1000,
    rss_mib: Math.round(process.memoryUsage.rss() / 2 ** 20),
    ...(all[0]!.volume[MARKS[0]!] === undefined
      ? { after: atMarks(all, ({ best }, mark) => best[mark - 1]), evaluations }
      : { volume: atMarks(all, ({ volume }, mark) => volume[mark]) }),
    ...(Object.keys(all[0]!.recommended).length === 0
      ? {}
      : { recommended: atMarks(all, ({ recommended }, mark) => recommended[mark]) }),
    ...(peers.length === 0 ? {} : besidePeers(problem, all, peers, budget)),
    ...(threshold === undefined ? {} : { threshold: raceThreshold(all, threshold) }),
  };
}

function besidePeers(
  { targets = [] }: SuiteProblem,
  runs: readonly OptimRun[],
  peers: readonly Baseline[],
  budget: number,
): Pick<OptimCase, "counts" | "beside"> {
  const best = runs.map((run) => run.best.slice(0, budget));
  return {
    counts: targets.map((target) => countTo(best, target)),
    beside: Object.fromEntries(peers.map((peer) => [peer.optimiser, peer.targets])),
  };
}

function raceThreshold(runs: readonly OptimRun[], value: number): ThresholdRace {
  const evaluations = medianCount(runs, value);
  const counts = runs.map(({ recommendations }) => recommendations.find((one) => one.value <= value)?.evaluations);
  const recommended = finite(median(counts.map((count) => count ?? Number.POSITIVE_INFINITY)));
  const fewest = Math.min(...[evaluations, recommended].map((count) => count ?? Number.POSITIVE_INFINITY));
  return { value, evaluations, recommended, times_fewer: Math.round((100 * THRESHOLD_EVALUATIONS) / fewest) / 100 };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function atMarks(
  runs: readonly OptimRun[],
  of: (run: OptimRun, mark: number) => number | undefined,
): Readonly<Record<string, number>> {
  return Object.fromEntries(MARKS.map((mark) => [mark, median(runs.map((run) => of(run, mark) ?? Number.NaN))]));
}

function medianCount(runs: readonly OptimRun[], target: number): number | null {
  const counts = runs.map(({ best }) => best.findIndex((value) => value <= target) + 1);
  return finite(median(counts.map((count) => (count === 0 ? Number.POSITIVE_INFINITY : count))));
}

function thresholdValue(baselines: readonly Baseline[], id: string): number | undefined {
  const own = baselines.find(({ problem, optimiser }) => problem === id && optimiser === "CMA");
  return own?.checkpoints[THRESHOLD_EVALUATIONS]?.median;
}

/** A row for each optimiser and peer. */
function summary(cases: readonly OptimCase[]): readonly OptimCase[] {
  const names = [...new Set(cases.map(({ name }) => name.split(" ")[1]!))];
  return names.flatMap((name) => {
    const own = cases.filter((one) => one.name.endsWith(` ${name}`));
    const seconds = own.reduce((sum, one) => sum + one.seconds, 0);
    return PEERS.flatMap((peer) => {
      const pairs = own.flatMap(({ counts = [], beside = {} }) =>
        (beside[peer] ?? []).map((theirs, target) => ({ own: counts[target]!, peer: theirs })),
      );
      const times = besidePeer(pairs);
      return times === undefined
        ? []
        : [{ name: `all, ${name} beside ${peer}`, seconds, rss_mib: own.at(-1)!.rss_mib, times }];
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
