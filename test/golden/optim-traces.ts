/** Replays recorded steps of pycma's and cmaes' optimisers on ours. */

import { boundaryPenalties, rememberSpread, type ValueSpreads } from "../../src/optim/boundary-penalty.ts";
import { type CategoryDistribution, drawOption, updateCategories } from "../../src/optim/categories.ts";
import type { CmaParameters } from "../../src/optim/cma-parameters.ts";
import { type CmaDistribution, updateDistribution } from "../../src/optim/cma-update.ts";
import { centreIntegers } from "../../src/optim/integer-centering.ts";
import { correctMargin } from "../../src/optim/margin.ts";
import { correctMutation } from "../../src/optim/mutation-margin.ts";
import { rankValues } from "../../src/optim/rank-values.ts";
import { updateSeparable } from "../../src/optim/sep-update.ts";

type Vector = readonly number[];

interface TraceState {
  readonly mean: Vector;
  readonly sigma: number;
  /** The diagonal alone for `sepcma`. */
  readonly C: readonly Vector[] | Vector;
  readonly p_sigma: Vector;
  readonly p_c: Vector;
  readonly A?: Vector;
  readonly q?: readonly Vector[];
  readonly delta?: number;
  readonly Delta?: number;
  readonly gamma?: number;
  readonly s?: Vector;
  readonly pmut?: Vector;
}

/** A recorded run. Which optional parts are there depends on the family. */
export interface Trace {
  readonly id: string;
  readonly n: number;
  readonly params: {
    readonly weights: Vector;
    readonly mu: number;
    readonly popsize: number;
    readonly mu_eff: number;
    readonly c1: number;
    readonly cmu: number;
    readonly cc: number;
    readonly c_sigma: number;
    readonly d_sigma: number;
    readonly chi_n: number;
    readonly margin?: number;
    readonly q_min?: Vector;
  };
  readonly init: TraceState;
  readonly gens: readonly Generation[];
  readonly discrete?: Vector;
  readonly low?: number;
  readonly high?: number;
  readonly step?: number;
  readonly categories?: Vector;
  readonly x_space?: readonly Vector[] | null;
  readonly z_space?: readonly Vector[] | null;
  readonly c_space?: Vector | null;
}

interface Generation {
  readonly x?: readonly Vector[];
  readonly x_tell?: readonly Vector[];
  readonly x_eval?: readonly Vector[];
  readonly u?: readonly Vector[];
  readonly v?: readonly Vector[];
  readonly category?: readonly Vector[];
  readonly f: Vector;
  readonly after: TraceState;
}

/** A family of optimisers: how one generation changes its state. */
interface Family {
  /** Largest relative error (largest difference over largest magnitude) of any part of the state. */
  readonly tolerance: number;
  /** @returns a step that is called for each generation in order and gives the state after it. */
  readonly replay: (trace: Trace) => (generation: Generation) => Partial<TraceState>;
}

/** Every family, by the first part of a trace's id. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  cma: { tolerance: 1e-10, replay: (trace) => replayFull(trace, tutorialRules(trace)) },
  pycma: {
    tolerance: 1e-7,
    replay: (trace) =>
      replayFull(trace, { stallLimit: trace.n * (2 + 4 / (trace.n + 1)), stallDelay: 0, maxLogStep: 1 }),
  },
  sepcma: { tolerance: 1e-10, replay: replaySeparable },
  cmawm: { tolerance: 1e-10, replay: replayMargin },
  catcma: { tolerance: 1e-10, replay: replayCategories },
  catcmawm: { tolerance: 1e-10, replay: replayCategoriesWithMargin },
};

/** Returns the largest error of a replay, and where it is. */
export function largestError(trace: Trace, family: Family): { readonly error: number; readonly where: string } {
  const step = family.replay(trace);
  let worst = { error: 0, where: "nowhere" };
  for (const [g, generation] of trace.gens.entries()) {
    const state = step(generation);
    for (const [part, value] of Object.entries(state)) {
      const expected = generation.after[part as keyof TraceState];
      const error = relativeError(flat(value), flat(expected));
      if (!(error <= worst.error)) worst = { error, where: `generation ${g + 1}, ${part}` };
    }
  }
  return worst;
}

type Rules = Pick<CmaParameters, "stallLimit" | "stallDelay" | "maxLogStep">;

function tutorialRules({ n, params }: Trace): Rules {
  return { stallLimit: ((1.4 + 2 / (n + 1)) * params.chi_n) ** 2, stallDelay: 1, maxLogStep: null };
}

function parametersOf({ params }: Trace, rules: Rules): CmaParameters {
  return {
    weights: params.weights,
    muEff: params.mu_eff,
    c1: params.c1,
    cMu: params.cmu,
    cC: params.cc,
    cSigma: params.c_sigma,
    dSigma: params.d_sigma,
    chiN: params.chi_n,
    ...rules,
  };
}

function fullDistribution({ mean, sigma, C, p_sigma, p_c }: TraceState): CmaDistribution {
  const covariance = C as readonly Vector[];
  return { mean, sigma, covariance, pathSigma: p_sigma, pathC: p_c, generation: 0 };
}

function stateOf({ mean, sigma, covariance, pathSigma, pathC }: CmaDistribution): Partial<TraceState> {
  return { mean, sigma, C: covariance, p_sigma: pathSigma, p_c: pathC };
}

function replayFull(trace: Trace, rules: Rules): (generation: Generation) => Partial<TraceState> {
  const parameters = parametersOf(trace, rules);
  let state = fullDistribution(trace.init);
  return ({ x, f }) => {
    state = updateDistribution(parameters, state, x!, f);
    return stateOf(state);
  };
}

function replaySeparable(trace: Trace): (generation: Generation) => Partial<TraceState> {
  const { mean, sigma, C, p_sigma, p_c } = trace.init;
  const parameters = parametersOf(trace, tutorialRules(trace));
  let state = { mean, sigma, variances: C as Vector, pathSigma: p_sigma, pathC: p_c, generation: 0 };
  return ({ x, f }) => {
    state = updateSeparable(parameters, state, x!, f);
    return { mean: state.mean, sigma: state.sigma, C: state.variances, p_sigma: state.pathSigma, p_c: state.pathC };
  };
}

function replayMargin(trace: Trace): (generation: Generation) => Partial<TraceState> {
  const parameters = parametersOf(trace, tutorialRules(trace));
  const { low = 0, high = 1, step = 1, discrete = [] } = trace;
  const options = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  let state = fullDistribution(trace.init);
  let scales = trace.init.A!;
  return ({ x_tell, f }) => {
    state = updateDistribution(parameters, state, x_tell!, f);
    const marginals = discrete.map((j) => {
      const deviation = state.sigma * Math.sqrt(state.covariance[j]![j]!);
      return correctMargin({ mean: state.mean[j]!, deviation, scale: scales[j]!, options }, trace.params.margin!);
    });
    state = { ...state, mean: state.mean.map((m, j) => marginals[discrete.indexOf(j)]?.mean ?? m) };
    scales = scales.map((a, j) => marginals[discrete.indexOf(j)]?.scale ?? a);
    return { ...stateOf(state), A: scales };
  };
}

function categoriesOf({ q, delta, Delta, gamma, s }: TraceState, counts: Vector): CategoryDistribution {
  const rows = q!.map((row, c) => row.slice(0, counts[c]!));
  return { q: rows, delta: delta!, inverseScale: Delta!, gamma: gamma!, s: s! };
}

function categoryState(state: CategoryDistribution): Partial<TraceState> {
  const width = Math.max(...state.q.map((row) => row.length));
  const q = state.q.map((row) => Array.from({ length: width }, (_, k) => row[k] ?? 0));
  return { q, delta: state.delta, Delta: state.inverseScale, gamma: state.gamma, s: state.s };
}

/** The options must also be those that the recorded uniform draws stand for. */
function chosenOptions(state: CategoryDistribution, { u, category }: Generation): readonly Vector[] {
  const drawn = u!.map((row) => row.map((uniform, c) => drawOption(state.q[c]!, uniform)));
  return JSON.stringify(drawn) === JSON.stringify(category) ? drawn : drawn.map((row) => row.map(() => Number.NaN));
}

function learnCategories(
  trace: Trace,
  state: CategoryDistribution,
  ranked: readonly Vector[],
  softening = 0,
): CategoryDistribution {
  const { mu, weights, q_min } = trace.params;
  return updateCategories(state, ranked.slice(0, mu), weights.slice(0, mu), q_min!, softening);
}

function replayCategories(trace: Trace): (generation: Generation) => Partial<TraceState> {
  const parameters = parametersOf(trace, tutorialRules(trace));
  let state = fullDistribution(trace.init);
  let categories = categoriesOf(trace.init, trace.categories!);
  return (generation) => {
    const chosen = chosenOptions(categories, generation);
    const order = rankValues(generation.f);
    state = updateDistribution(parameters, state, generation.x!, generation.f);
    categories = learnCategories(
      trace,
      categories,
      order.map((i) => chosen[i]!),
    );
    return { ...stateOf(state), ...categoryState(categories) };
  };
}

function replayCategoriesWithMargin(trace: Trace): (generation: Generation) => Partial<TraceState> {
  const { params, n, x_space, z_space, c_space } = trace;
  const parameters = parametersOf(trace, tutorialRules(trace));
  const reals = x_space?.length ?? 0;
  const discrete = Array.from({ length: n - reals }, (_, i) => reals + i);
  const options = z_space ?? [];
  const alpha = 1 - 0.73 ** (1 / (discrete.length + (c_space?.length ?? 0)));
  const bounds = (side: 0 | 1, none: number): Vector =>
    Array.from({ length: n }, (_, j) => x_space?.[j]?.[side] ?? none);
  let state = fullDistribution(trace.init);
  let scales = trace.init.A!;
  let rates = trace.init.pmut ?? [];
  let categories = c_space ? categoriesOf(trace.init, c_space) : undefined;
  let spreads: ValueSpreads = [];
  return (generation) => {
    const points = generation.v!;
    let values = generation.f;
    if (reals > 0) {
      spreads = rememberSpread(spreads, values, 20 + Math.ceil((3 * n) / params.popsize));
      const [low, high] = [bounds(0, Number.NEGATIVE_INFINITY), bounds(1, Number.POSITIVE_INFINITY)];
      const inputs = { distribution: state, scales, low, high, muEff: params.mu_eff };
      const penalties = boundaryPenalties(inputs, points, spreads);
      values = values.map((f, i) => f + penalties[i]!);
    }
    // The library sorts by value before it adds the penalties, which matters for ties.
    const first = rankValues(generation.f);
    const order = rankValues(first.map((i) => values[i]!)).map((place) => first[place]!);
    const ranked = order.map((i) => points[i]!);
    const centred = centreIntegers(ranked.slice(0, params.mu), state.mean, discrete, (i, value) =>
      nearestOption(options[i]!, value),
    );
    const moved = [...centred.points, ...ranked.slice(params.mu)].map((point) =>
      point.map((v, j) => (v - state.mean[j]!) / scales[j]! + state.mean[j]!),
    );
    state = updateDistribution(parameters, state, moved, [...moved.keys()]);
    const marginals = discrete.map((j, i) => {
      const deviation = state.sigma * Math.sqrt(state.covariance[j]![j]!);
      const marginal = { mean: state.mean[j]!, deviation, scale: scales[j]!, options: options[i]! };
      const memory = { mutationRate: rates[i]!, succeeded: centred.succeeded[i]! };
      return correctMutation({ ...marginal, ...memory }, alpha);
    });
    state = { ...state, mean: state.mean.map((m, j) => marginals[j - reals]?.mean ?? m) };
    scales = scales.map((a, j) => marginals[j - reals]?.scale ?? a);
    rates = marginals.map(({ mutationRate }) => mutationRate);
    const extra = rates.length > 0 ? { pmut: rates } : {};
    if (categories === undefined) return { ...stateOf(state), A: scales, ...extra };
    const chosen = chosenOptions(categories, generation);
    categories = learnCategories(
      trace,
      categories,
      order.map((i) => chosen[i]!),
      1e-8,
    );
    return { ...stateOf(state), A: scales, ...extra, ...categoryState(categories) };
  };
}

function nearestOption(options: Vector, value: number): number {
  const above = options.findIndex((option, i) => i + 1 === options.length || value <= (option + options[i + 1]!) / 2);
  return options[above]!;
}

function flat(value: unknown): number[] {
  return ([value].flat(2) as (number | null)[]).map((entry) => entry ?? Number.NaN);
}

function relativeError(actual: Vector, expected: Vector): number {
  if (actual.length !== expected.length) return Number.NaN;
  const difference = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  return difference === 0 ? 0 : difference / Math.max(...expected.map(Math.abs));
}
