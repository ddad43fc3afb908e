import { readFileSync } from "node:fs";
import { createRandom } from "../src/base/philox.ts";
import { OPTIMISERS } from "../src/optim/index.ts";
import type { AnyOptimiser, Space } from "../src/optim/optimiser.ts";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import { type Suite, type SuiteProblem, suiteFunction } from "./optim-functions.ts";

/** How one optimiser did on one problem. */
export interface OptimCase extends BenchCase {
  /** Median best value after as many evaluations. */
  readonly after: Readonly<Record<string, number>>;
  /** Median evaluations to each of the problem's targets; null where most runs did not reach it. */
  readonly evaluations: readonly (number | null)[];
}

const MARKS = [100, 300, 1000];
/** Evaluations of one run. */
const BUDGET = 5000;

/**
 * Runs every optimiser on the suite's continuous problems, `runs` seeds each, in the suite's box.
 *
 * Every optimiser gets the same starts: uniform in [−4, 4]^n, with the suite's first step size. A run that stops by
 * itself goes on with a new seed from the same start.
 *
 * @param options - operand: a suite file. `only` names problems.
 */
export async function benchOptim({ operands, runs, only, note }: BenchOptions): Promise<readonly OptimCase[]> {
  const suite = JSON.parse(readFileSync(operands[0]!, "utf8")) as Suite;
  const problems = suite.problems.filter(
    ({ id, kind }) => kind === "continuous" && (only.length === 0 || only.includes(id)),
  );
  return problems.flatMap((problem) =>
    Object.values(OPTIMISERS).map((optimiser) => {
      const result = benchProblem(suite, problem, optimiser, runs);
      note(`${result.name}: ${JSON.stringify(result.after)} ${JSON.stringify(result.evaluations)}`);
      return result;
    }),
  );
}

function benchProblem(suite: Suite, problem: SuiteProblem, optimiser: AnyOptimiser, runs: number): OptimCase {
  const startMs = performance.now();
  const traces = Array.from({ length: runs }, (_, seed) => bestSoFar(suite, problem, optimiser, seed + 1));
  return {
    name: `${problem.id} ${optimiser.name}`,
    seconds: (performance.now() - startMs) / 1000,
    rss_mib: Math.round(process.memoryUsage.rss() / 2 ** 20),
    after: Object.fromEntries(MARKS.map((mark) => [mark, median(traces.map((trace) => trace[mark - 1]!))])),
    evaluations: (problem.targets ?? []).map((target) => {
      const reached = traces.map((trace) => trace.findIndex((value) => value <= target) + 1);
      const middle = median(reached.map((evaluation) => (evaluation === 0 ? Number.POSITIVE_INFINITY : evaluation)));
      return Number.isFinite(middle) ? middle : null;
    }),
  };
}

/** [BUDGET] best values after each evaluation. */
function bestSoFar(suite: Suite, problem: SuiteProblem, optimiser: AnyOptimiser, seed: number): readonly number[] {
  const evaluate = suiteFunction(suite, problem)!;
  const [low, high] = problem.bounds!;
  const random = createRandom({ seed, counter: 0 });
  const space: Space = Array.from({ length: problem.n_continuous }, (_, i) => ({
    name: `x${i + 1}`,
    low,
    high,
    start: 8 * random.nextUniform() - 4,
  }));
  const settings = optimiser.settings(
    optimiser.name === "random" ? {} : { sigma: problem.sigma0! / (high - low) },
    space,
  );
  let state = optimiser.init(space, settings, seed);
  const trace: number[] = [];
  for (let restarts = 0; trace.length < BUDGET; ) {
    const answers = optimiser.ask(state).map(({ id, values }) => ({ id, value: Number(evaluate(values, [])) }));
    for (const { value } of answers) trace.push(Math.min(value, trace.at(-1) ?? value));
    state = optimiser.tell(state, answers);
    if (optimiser.stop(state).length > 0) state = optimiser.init(space, settings, seed + 1_000_000 * ++restarts);
  }
  return trace;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
