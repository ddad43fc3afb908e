import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OPTIMISERS } from "../src/optim/index.ts";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import type { Suite, SuiteProblem } from "./optim-functions.ts";
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
  /** The better of pycma's and cmaes' medians, where the suite's folder has them. */
  readonly peer_evaluations?: readonly (number | null)[];
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
/** Evaluations of one run, by kind of problem. */
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

/** Peers whose counts are compared with ours. */
const PEERS = ["pycma", "CMA"];

/**
 * Runs optimisers on the suite's problems, `runs` seeds each.
 *
 * @param options - operand: a suite file; `baselines.json` beside it has the peers' counts. `only` names problems, or
 *   optimisers, or kinds of problems.
 */
export async function benchOptim({ operands, runs, only, note }: BenchOptions): Promise<readonly OptimCase[]> {
  const suite = JSON.parse(readFileSync(operands[0]!, "utf8")) as Suite;
  const baselines = readBaselines(operands[0]!);
  const peers = peerCounts(baselines);
  const problems = [...suite.problems, ...(suite.multiobjective ?? [])];
  const kinds = Object.keys(ENTRANTS);
  const [names, chosenKinds] = [only.filter((name) => OPTIMISERS[name]), only.filter((name) => kinds.includes(name))];
  const ids = only.filter((name) => !names.includes(name) && !chosenKinds.includes(name));
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
            ...{ suite, problem, name, runs, peer: peers.get(problem.id) },
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
  readonly peer: readonly (number | null)[] | undefined;
  readonly threshold: number | undefined;
}

function benchProblem({ suite, problem, name, runs, peer, threshold }: Job): OptimCase {
  const startMs = performance.now();
  const plan = { budget: BUDGETS[problem.kind] ?? SHORT_BUDGET, marks: MARKS };
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
    ...(peer === undefined ? {} : { peer_evaluations: peer }),
    ...(threshold === undefined ? {} : { threshold: raceThreshold(all, threshold) }),
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

interface Baseline {
  readonly problem: string;
  readonly optimiser: string;
  readonly targets?: readonly { readonly success: number; readonly median_evals?: number | null }[];
  readonly checkpoints?: Readonly<Record<string, { readonly median: number } | undefined>>;
}

function readBaselines(suiteFile: string): readonly Baseline[] {
  const path = join(dirname(suiteFile), "baselines.json");
  if (!existsSync(path)) return [];
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly baselines: readonly Baseline[] }).baselines;
}

function thresholdValue(baselines: readonly Baseline[], id: string): number | undefined {
  const own = baselines.find(({ problem, optimiser }) => problem === id && optimiser === "CMA");
  return own?.checkpoints?.[THRESHOLD_EVALUATIONS]?.median;
}

/** By problem: for each target the least median of the peers that reach it in most runs. */
function peerCounts(baselines: readonly Baseline[]): ReadonlyMap<string, readonly (number | null)[]> {
  const known = baselines.filter(({ optimiser }) => PEERS.includes(optimiser));
  return new Map(
    known.map(({ problem }) => {
      const same = known.filter((one) => one.problem === problem);
      const counts = (same[0]!.targets ?? []).map((_, t) => {
        const reached = same.flatMap(({ targets = [] }) =>
          targets[t]!.success > 0.5 ? [targets[t]!.median_evals ?? 0] : [],
        );
        return reached.length === 0 ? null : Math.min(...reached);
      });
      return [problem, counts] as const;
    }),
  );
}

/** Geometric means over all targets that both reach, peers' evaluations over ours: 1 is as good, 0.95 five percent worse. */
function summary(cases: readonly OptimCase[]): readonly OptimCase[] {
  const names = [...new Set(cases.map(({ name }) => name.split(" ")[1]!))];
  return names.flatMap((name) => {
    const own = cases.filter((one) => one.name.endsWith(` ${name}`));
    const logs = own.flatMap(({ evaluations = [], peer_evaluations: peer = [] }) =>
      evaluations.flatMap((count, t) => (count !== null && peer[t] ? [Math.log(peer[t]! / count)] : [])),
    );
    if (logs.length === 0) return [];
    const ratio = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
    const seconds = own.reduce((sum, one) => sum + one.seconds, 0);
    return [
      { name: `geometric mean ${name}`, seconds, rss_mib: own.at(-1)!.rss_mib, ratio: Math.round(ratio * 1000) / 1000 },
    ];
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
