import type { CmaParameters } from "./cma-parameters.ts";
import { rankValues } from "./rank-values.ts";
import { blend, dot, weightedSum } from "./vector.ts";

/** N(mean, σ² diag(variances)) and its evolution paths; plain JSON. */
export type SeparableDistribution = {
  /** [N] */
  readonly mean: readonly number[];
  readonly sigma: number;
  /** [N] */
  readonly variances: readonly number[];
  /** [N] each. */
  readonly pathSigma: readonly number[];
  readonly pathC: readonly number[];
  /** Updates so far. */
  readonly generation: number;
};

const MAX_SIGMA = 1e32;
const LEAST_VARIANCE = 1e-30;

/**
 * Moves the distribution towards the better samples: `updateDistribution` with a diagonal covariance, O(N).
 *
 * @param parameters - weights past the last one given count as 0; none is negative.
 * @param samples - [P][N]. @param values - [P], to be minimised; ties keep their order, NaN ranks last.
 * @source Ros & Hansen 2008, https://hal.science/inria-00287367
 */
export function updateSeparable(
  parameters: CmaParameters,
  state: SeparableDistribution,
  samples: readonly (readonly number[])[],
  values: readonly number[],
): SeparableDistribution {
  const { weights, muEff, cC, cSigma, c1, cMu } = parameters;
  const ranked = rankValues(values).slice(0, weights.length);
  const steps = ranked.map((i) => samples[i]!.map((x, j) => (x - state.mean[j]!) / state.sigma));
  const meanStep = weightedSum(steps, weights);
  const whitened = meanStep.map((y, j) => y / Math.sqrt(state.variances[j]!));
  const pathSigma = blend(state.pathSigma, 1 - cSigma, whitened, Math.sqrt(cSigma * (2 - cSigma) * muEff));
  const generation = state.generation + 1;
  const length = dot(pathSigma, pathSigma);
  const settled = 1 - (1 - cSigma) ** (2 * (generation + parameters.stallDelay));
  const moving = length / settled < parameters.stallLimit;
  const pathC = blend(state.pathC, 1 - cC, meanStep, moving ? Math.sqrt(cC * (2 - cC) * muEff) : 0);
  const keep = 1 + (moving ? 0 : c1 * cC * (2 - cC)) - c1 - cMu * weights.reduce((total, w) => total + w, 0);
  const spread = weightedSum(
    steps.map((step) => step.map((y) => y * y)),
    weights,
  );
  const logStep = (cSigma / parameters.dSigma) * (Math.sqrt(length) / parameters.chiN - 1);
  return {
    mean: blend(state.mean, 1, meanStep, state.sigma),
    sigma: Math.min(state.sigma * Math.exp(logStep), MAX_SIGMA),
    variances: state.variances.map((v, j) =>
      Math.max(LEAST_VARIANCE, keep * v + c1 * pathC[j]! ** 2 + cMu * spread[j]!),
    ),
    pathSigma,
    pathC,
    generation,
  };
}
