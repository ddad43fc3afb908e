import type { CmaParameters } from "./cma-parameters.ts";
import { rankValues } from "./rank-values.ts";
import { powerTimes, type SymmetricEigen, symmetricEigen } from "./symmetric-eigen.ts";
import { blend, dot, weightedSum } from "./vector.ts";

/** The normal distribution that CMA-ES draws from, N(mean, σ²C), and its two evolution paths; plain JSON. */
export type CmaDistribution = {
  /** [N] */
  readonly mean: readonly number[];
  readonly sigma: number;
  /** [N][N], symmetric. */
  readonly covariance: readonly (readonly number[])[];
  /** [N] each. */
  readonly pathSigma: readonly number[];
  readonly pathC: readonly number[];
  /** Updates so far. */
  readonly generation: number;
};

/** σ stops growing here, so that an objective without a minimum cannot make the state infinite. */
const MAX_SIGMA = 1e32;

/**
 * Moves the distribution towards the better samples.
 *
 *     y_i = (x_i − m)/σ, ranked;  ⟨y⟩ = Σ⁺ w_i y_i
 *     m   ← m + σ ⟨y⟩                                                                             eq. 42
 *     p_σ ← (1 − c_σ) p_σ + √(c_σ (2 − c_σ) μ_eff) C^(−1/2) ⟨y⟩                                   eq. 43
 *     σ   ← σ exp(c_σ/d_σ (‖p_σ‖/χ_N − 1))                                                        eq. 44
 *     p_c ← (1 − c_c) p_c + h_σ √(c_c (2 − c_c) μ_eff) ⟨y⟩                                        eq. 45
 *     w°_i = w_i, times N/(‖C^(−1/2) y_i‖² + 1e-8) where negative                                 eq. 46
 *     C   ← (1 + c_1 (1 − h_σ) c_c (2 − c_c) − c_1 − c_μ Σ w_i) C + c_1 p_c p_cᵀ + c_μ Σ w°_i y_i y_iᵀ     eq. 47
 *
 * Samples with equal values keep the order they are given in, and NaN ranks last, also in that order.
 *
 * @param samples - [P][N]; they need not come from the distribution itself (candidates put back inside their bounds).
 * @param values - [P], to be minimised.
 * @source Hansen 2016, "The CMA evolution strategy: a tutorial", figure 6, https://arxiv.org/abs/1604.00772
 */
export function updateDistribution(
  parameters: CmaParameters,
  state: CmaDistribution,
  samples: readonly (readonly number[])[],
  values: readonly number[],
): CmaDistribution {
  const { weights, muEff, cC, cSigma } = parameters;
  const N = state.mean.length;
  const eigen = symmetricEigen(state.covariance);
  const steps = rankValues(values).map((i) => samples[i]!.map((x, j) => (x - state.mean[j]!) / state.sigma));
  const meanStep = weightedSum(
    steps,
    weights.map((w) => Math.max(w, 0)),
  );

  const pathSigma = blend(
    state.pathSigma,
    1 - cSigma,
    powerTimes(eigen, -0.5, meanStep),
    Math.sqrt(cSigma * (2 - cSigma) * muEff),
  );
  const generation = state.generation + 1;
  const length = dot(pathSigma, pathSigma);
  const settled = 1 - (1 - cSigma) ** (2 * (generation + parameters.stallDelay));
  const moving = length / settled < parameters.stallLimit;
  const pathC = blend(state.pathC, 1 - cC, meanStep, moving ? Math.sqrt(cC * (2 - cC) * muEff) : 0);

  const scaled = weights.map((w, i) => {
    if (w >= 0) return w;
    const unit = powerTimes(eigen, -0.5, steps[i]!);
    return (w * N) / (dot(unit, unit) + 1e-8);
  });
  return {
    mean: blend(state.mean, 1, meanStep, state.sigma),
    sigma: nextSigma(parameters, state.sigma, Math.sqrt(length)),
    covariance: nextCovariance({ parameters, covariance: state.covariance, pathC, moving, steps, scaled }),
    pathSigma,
    pathC,
    generation,
  };
}

/** Draws one point: mean + σ C^(1/2) z, with the symmetric root of C. */
export function samplePoint(state: CmaDistribution, eigen: SymmetricEigen, z: readonly number[]): number[] {
  return blend(state.mean, 1, powerTimes(eigen, 0.5, z), state.sigma);
}

function nextSigma({ cSigma, dSigma, chiN, maxLogStep }: CmaParameters, sigma: number, pathLength: number): number {
  const wanted = (cSigma / dSigma) * (pathLength / chiN - 1);
  const step = maxLogStep === null ? wanted : Math.max(-maxLogStep, Math.min(maxLogStep, wanted));
  return Math.min(sigma * Math.exp(step), MAX_SIGMA);
}

interface CovarianceStep {
  readonly parameters: CmaParameters;
  readonly covariance: readonly (readonly number[])[];
  readonly pathC: readonly number[];
  readonly moving: boolean;
  /** Ranked. */
  readonly steps: readonly (readonly number[])[];
  readonly scaled: readonly number[];
}

function nextCovariance({ parameters, covariance, pathC, moving, steps, scaled }: CovarianceStep): number[][] {
  const { weights, c1, cMu, cC } = parameters;
  const stalled = moving ? 0 : c1 * cC * (2 - cC);
  const keep = 1 + stalled - c1 - cMu * weights.reduce((total, w) => total + w, 0);
  return covariance.map((row, i) => {
    const weighted = steps.map((step, k) => scaled[k]! * step[i]!);
    return row.map((entry, j) => {
      let ranked = 0;
      for (let k = 0; k < steps.length; k++) ranked += weighted[k]! * steps[k]![j]!;
      return keep * entry + c1 * pathC[i]! * pathC[j]! + cMu * ranked;
    });
  });
}
