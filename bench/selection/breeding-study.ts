/** The kinship paper's comparison on the zoo: greedy and kinship-guided breeding, each with the same evaluations. */

import { bootstrapInterval } from "../../src/evaluate/bootstrap.ts";
import { correlation, meanOf } from "../../src/select/features/statistics.ts";
import {
  type Arm,
  BUDGET,
  bestAfter,
  FOUNDATION,
  GOALS,
  type Goal,
  type Path,
  runPath,
  scoreTree,
} from "./breeding-path.ts";
import { applyStops } from "./early-stop.ts";
import { SPLIT_ITEMS, type ZooBench } from "./zoo-bench.ts";

const SEEDS = 10;
const ARMS: readonly Arm[] = ["greedy", "kinship", "printed"];
/** Merges after which the arms are compared. */
const MARKS = [8, 12, 16, BUDGET];

/** Breeds for each goal, ten times by each arm. */
export async function studyBreeding(bench: ZooBench, note: (line: string) => void): Promise<unknown> {
  const results = [];
  for (const goal of GOALS) {
    const paths: Path[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      for (const arm of ARMS) {
        const path = await runPath(bench, goal, arm, seed);
        paths.push(path);
        note(
          `${goal.tasks} ${goal.operator} ${arm} ${seed}: ${path.outcome.merges} merges, ${path.outcome.best.score!.toFixed(4)}`,
        );
      }
    }
    results.push(await summarise(bench, goal, paths));
  }
  return results;
}

async function summarise(bench: ZooBench, goal: Goal, paths: readonly Path[]): Promise<unknown> {
  const of = (arm: Arm): readonly Path[] => paths.filter((path) => path.arm === arm);
  const holdout = new Map<Path, number>();
  for (const path of paths)
    holdout.set(path, await scoreTree(bench, goal, path.trees.get(path.outcome.best.name)!, "holdout"));
  return {
    ...goal,
    items: SPLIT_ITEMS,
    foundation: FOUNDATION,
    arms: ARMS.map((arm) => ({
      arm,
      merges: of(arm).map(({ outcome }) => outcome.merges),
      stopped_by: of(arm).map(({ outcome }) => outcome.stoppedBy),
      best: of(arm).map(({ outcome }) => outcome.best.score),
      foundation_best: of(arm).map(({ outcome }) => outcome.bestFoundation.score),
      holdout: of(arm).map((path) => holdout.get(path)),
      early_stop: applyStops(of(arm)),
      correlation: gainCorrelation(of(arm)),
    })),
    against_greedy: ARMS.slice(1).map((arm) => ({
      arm,
      after: MARKS.map((merges) => ({ merges, ...compare(of(arm), of("greedy"), (path) => bestAfter(path, merges)) })),
      holdout: compare(of(arm), of("greedy"), (path) => holdout.get(path)!),
    })),
  };
}

/** In points. */
interface Difference {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly better: number;
  readonly worse: number;
  readonly differences: readonly number[];
}

/** In points: mean difference over the seeds with its 95 % interval. */
function compare(own: readonly Path[], other: readonly Path[], worthOf: (path: Path) => number): Difference {
  const differences = own.map((path, i) => 100 * (worthOf(path) - worthOf(other[i]!)));
  return {
    mean: meanOf(differences),
    ...bootstrapInterval(differences, meanOf, { resamples: 10_000 }),
    better: differences.filter((d) => d > 1e-9).length,
    worse: differences.filter((d) => d < -1e-9).length,
    differences,
  };
}

/** Kinship of the parents with the gain of the child, over all children of all paths and as the mean of the paths' own. */
function gainCorrelation(paths: readonly Path[]): unknown {
  const children = paths.map(({ outcome }) =>
    outcome.models.filter(({ kinship, gain }) => Number.isFinite(kinship) && Number.isFinite(gain)),
  );
  const of = (own: (typeof children)[number], map: (gain: number) => number): number =>
    correlation(
      own.map(({ kinship }) => kinship),
      own.map(({ gain }) => map(gain)),
    );
  const inPaths = (map: (gain: number) => number): unknown => {
    const own = children.map((path) => of(path, map)).filter((r) => !Number.isNaN(r));
    return { mean: meanOf(own), ...bootstrapInterval(own, meanOf, { resamples: 10_000 }) };
  };
  return {
    children: children.flat().length,
    gain: of(children.flat(), (gain) => gain),
    gain_in_paths: inPaths((gain) => gain),
    size: of(children.flat(), Math.abs),
    size_in_paths: inPaths(Math.abs),
  };
}
