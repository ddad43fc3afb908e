/** Runs an optimiser on one problem of the suite. */

import { createRandom, type Random } from "../src/base/philox.ts";
import type { Answer, AnyOptimiser, Space } from "../src/optim/optimiser.ts";
import { hypervolume, paretoFront } from "../src/optim/pareto.ts";
import { type Suite, type SuiteProblem, suiteFunction } from "./optim-functions.ts";

/** What one run brought. */
export interface OptimRun {
  /** [budget] best value after each evaluation; of noisy problems the true value of the point with the best noisy one. */
  readonly best: readonly number[];
  /** True value of the recommended point at each mark; empty for optimisers that recommend nothing. */
  readonly recommended: Readonly<Record<number, number>>;
  /** The same after every generation, with the evaluations so far. */
  readonly recommendations: readonly Recommendation[];
  /** Hypervolume of all points at each mark, as a share of the true front's; empty for problems with one objective. */
  readonly volume: Readonly<Record<number, number>>;
}

/** What would have been recommended. */
export interface Recommendation {
  readonly evaluations: number;
  readonly value: number;
}

/** How long a run is and when it is looked at. */
export interface RunPlan {
  readonly budget: number;
  readonly marks: readonly number[];
}

/** CMA-ES runs on the whole space, as its peers did; the others need the suite's box. */
const WHOLE_SPACE = [-100, 100] as const;

/** Runs the optimiser from the start that the seed draws; a run that stops by itself goes on with another seed. */
export function runOptimiser(
  suite: Suite,
  problem: SuiteProblem,
  optimiser: AnyOptimiser,
  seed: number,
  { budget, marks }: RunPlan,
): OptimRun {
  const random = createRandom({ seed, counter: 2 ** 51 });
  const { space, settings: given } = searchOf(problem, optimiser, random);
  const settings = optimiser.settings(given, space);
  const { evaluate, truth } = objectiveOf(suite, problem, random);
  const best: number[] = [];
  const seen: (readonly number[])[] = [];
  const recommended: Record<number, number> = {};
  const recommendations: Recommendation[] = [];
  const volume: Record<number, number> = {};
  let state = optimiser.init(space, settings, seed);
  let leader = Number.POSITIVE_INFINITY;
  for (let restarts = 0; best.length < budget; ) {
    const answers = optimiser.ask(state).map(({ id, values }): Answer => {
      const { value, truth: known, objectives } = evaluate(values);
      best.push(value < leader || best.length === 0 ? known : best.at(-1)!);
      leader = Math.min(leader, value);
      if (objectives !== undefined) seen.push(objectives);
      return { id, value, ...(objectives === undefined ? {} : { objectives }) };
    });
    state = optimiser.tell(state, answers);
    const point = optimiser.recommend?.(state);
    if (point !== undefined) recommendations.push({ evaluations: best.length, value: truth(point) });
    for (const mark of marks)
      if (best.length >= mark && best.length - answers.length < mark) {
        if (point !== undefined) recommended[mark] = truth(point);
        if (seen.length > 0) volume[mark] = share(problem, seen.slice(0, mark));
      }
    if (optimiser.stop(state).length > 0) state = optimiser.init(space, settings, seed + 1_000_000 * ++restarts);
  }
  return { best, recommended, recommendations, volume };
}

function share({ hv_reference = [], hv_ideal = 1 }: SuiteProblem, seen: readonly (readonly number[])[]): number {
  const front = paretoFront(seen).map((i) => seen[i]!);
  return hypervolume(front, hv_reference) / hv_ideal;
}

interface Evaluation {
  readonly value: number;
  readonly truth: number;
  readonly objectives?: readonly number[];
}

interface Objective {
  readonly evaluate: (point: readonly number[]) => Evaluation;
  /** Without noise; NaN for several objectives. */
  readonly truth: (point: readonly number[]) => number;
}

/** Bits come first in a point, numbers after them. */
function objectiveOf(suite: Suite, problem: SuiteProblem, random: Random): Objective {
  const valueAt = suiteFunction(suite, problem)!;
  const bits = problem.n_binary;
  const resultAt = (point: readonly number[]) => valueAt(point.slice(bits), point.slice(0, bits));
  return {
    evaluate(point) {
      const result = resultAt(point);
      if (typeof result !== "number") return { value: result[0]!, truth: result[0]!, objectives: result };
      const { accuracy } = problem;
      if (accuracy === undefined) return { value: result, truth: result };
      let right = 0;
      for (let item = 0; item < accuracy.items; item++) if (random.nextUniform() < 1 - result) right++;
      return { value: 1 - right / accuracy.items, truth: result };
    },
    truth(point) {
      const result = resultAt(point);
      return typeof result === "number" ? result : Number.NaN;
    },
  };
}

function searchOf(problem: SuiteProblem, { name }: AnyOptimiser, random: Random) {
  const { kind, n_binary: bits, n_continuous: numbers } = problem;
  const [low, high] = problem.bounds ?? [0, 1];
  const inBox = kind !== "continuous" || !name.endsWith("cma_es");
  const box = inBox ? { low, high } : { low: WHOLE_SPACE[0], high: WHOLE_SPACE[1] };
  const isConditional = kind === "conditional" || problem.id.startsWith("condsize.");
  const startOf = (): number => {
    if (isConditional) return 1;
    return kind === "multi-objective" ? 0.5 : 8 * random.nextUniform() - 4;
  };
  const space: Space = [
    ...Array.from({ length: bits }, (_, i) => ({
      ...{ name: `z${i + 1}`, kind: "choice" as const, low: 0, high: 1, start: 0.5 },
    })),
    ...Array.from({ length: numbers }, (_, i) => ({
      ...{ name: `x${i + 1}`, ...box, start: startOf() },
      ...(isConditional ? { onlyIf: { variable: i, equals: 1 } } : {}),
    })),
  ];
  const sigma = isConditional ? 1 / 6 : (problem.sigma0 ?? 0.4) / (box.high - box.low);
  const hasSigma = name.includes("cma") || name === "conditional_hybrid" || name === "one_plus_one_ea";
  return { space, settings: hasSigma ? { sigma } : {} };
}
