/** What ending a breeding run early would have saved and cost, read from runs that went on to their end. */

import type { EarlyStop } from "../../src/select/breed/breed-settings.ts";
import { endsEarly } from "../../src/select/breed/greedy.ts";
import { meanOf } from "../../src/select/features/statistics.ts";
import { bestAfter, GOALS, type Path, runPath } from "./breeding-path.ts";
import type { ZooBench } from "./zoo-bench.ts";

/** The first is the paper's; the others are ours. */
const RULES: Readonly<Record<string, EarlyStop>> = {
  "kinship above 0.9": { kinship: 0.9, unimproved: false, from: 1 },
  "kinship above 0.8": { kinship: 0.8, unimproved: false, from: 1 },
  "kinship above 0.95": { kinship: 0.95, unimproved: false, from: 1 },
  "kinship above 0.9, not before generation 2": { kinship: 0.9, unimproved: false, from: 2 },
  "kinship above 0.8, not before generation 2": { kinship: 0.8, unimproved: false, from: 2 },
  "kinship above 0.9 and no better best, not before generation 2": { kinship: 0.9, unimproved: true, from: 2 },
  "kinship above 0.8 and no better best, not before generation 2": { kinship: 0.8, unimproved: true, from: 2 },
  "no better best": { kinship: undefined, unimproved: true, from: 1 },
  "no better best, not before generation 2": { kinship: undefined, unimproved: true, from: 2 },
};

/** Rules were chosen on the first of these, and are judged by the others. */
const SEEDS = { chosen: [0, 10], tested: [10, 20] } as const;

/** What a rule saves and costs over some runs, in merges and points. */
interface StopRow {
  readonly rule: string;
  readonly saved_share: number;
  readonly lost_points: number;
  readonly most_lost: number;
}

/** Applies all rules to runs, which must have been made without an early stop, but with kinship figured. */
export function applyStops(paths: readonly Path[]): readonly StopRow[] {
  return Object.entries(RULES).map(([rule, stop]) => {
    const rows = paths.map((path) => {
      const made = madeUntil(path, stop);
      const { merges } = path.outcome;
      return { merges, made, lost: 100 * (bestAfter(path, merges) - bestAfter(path, made)) };
    });
    const lost = rows.map((row) => row.lost);
    return {
      rule,
      saved_share: 1 - meanOf(rows.map(({ made }) => made)) / meanOf(rows.map(({ merges }) => merges)),
      lost_points: meanOf(lost),
      most_lost: Math.max(...lost),
    };
  });
}

/** Merges that a run would have made. */
function madeUntil({ outcome: { models, generations } }: Path, stop: EarlyStop): number {
  const upTo = (generation: number) => models.filter((model) => model.generation <= generation);
  const best = (generation: number): number => Math.max(...upTo(generation).map(({ score }) => score ?? 0));
  const last = generations.find(({ generation: n, kinship }) => endsEarly(stop, n, kinship, best(n) > best(n - 1)));
  return upTo(last?.generation ?? Number.POSITIVE_INFINITY).filter(({ parents }) => parents.length > 0).length;
}

/** Breeds greedily for each goal from ten foundations that the rules were chosen on, and from ten others. */
export async function studyStops(bench: ZooBench, note: (line: string) => void): Promise<unknown> {
  const results = [];
  for (const [seeds, [from, to]] of Object.entries(SEEDS)) {
    for (const goal of GOALS) {
      const paths: Path[] = [];
      for (let seed = from; seed < to; seed++) paths.push(await runPath(bench, goal, "greedy", seed));
      note(`${seeds} ${goal.tasks} ${goal.operator}: ${paths.map(({ outcome }) => outcome.merges).join(" ")} merges`);
      results.push({ seeds, ...goal, rules: applyStops(paths) });
    }
  }
  return results;
}
