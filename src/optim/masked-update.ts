import type { CmaParameters } from "./cma-parameters.ts";
import { isActive, type NumberCondition } from "./conditional-surrogate.ts";
import type { SeparableDistribution } from "./sep-update.ts";
import { dot } from "./vector.ts";

/** A draw: (x − mean)/σ of the numbers, and the options of the choices. */
export interface MaskedSample {
  /** [numbers] */
  readonly step: readonly number[];
  /** [choices] */
  readonly options: readonly number[];
}

const SIGMA_RANGE = [5e-7, 0.5] as const;
const LEAST_VARIANCE = 1e-30;

/**
 * Moves a separable distribution towards the better samples, each number led only by samples in which it matters.
 *
 *     W1 = Σ w a, W2 = Σ w² a                                      weight of the samples in which the number matters
 *     step = (Σ w a y)/W1 · min(1, 2 W1),  ŷ = (Σ w a y)/√(W2 μ_eff);   m ← m + σ step
 *     where W2 > 0: p_σ and p_c move by ŷ as in CMA-ES; paths of numbers that never mattered stay
 *     v ← (1 + c1 (1 − h) c_c (2 − c_c) − c1 − cμ) v + c1 p_c² + cμ (Σ w a y² + (1 − W1) v)
 *
 * @param ranked - [μ], the better half, best first.
 * @param conditions - [numbers]
 */
export function updateMasked(
  full: CmaParameters,
  state: SeparableDistribution,
  ranked: readonly MaskedSample[],
  conditions: readonly NumberCondition[],
): SeparableDistribution {
  const N = state.mean.length;
  const parameters = separableRates(full, N);
  const { muEff, cSigma, cC, c1, cMu } = parameters;
  const moments = conditions.map((condition, j) => momentsOf(ranked, parameters.weights, condition, j));
  const hat = moments.map(({ squared, first }) => (squared > 0 ? first / Math.sqrt(squared * muEff) : undefined));

  const pathSigma = state.pathSigma.map((p, j) => {
    const y = hat[j];
    if (y === undefined) return p;
    return (1 - cSigma) * p + (Math.sqrt(cSigma * (2 - cSigma) * muEff) * y) / Math.sqrt(state.variances[j]!);
  });
  const generation = state.generation + 1;
  const length = Math.sqrt(dot(pathSigma, pathSigma));
  const settled = 1 - (1 - cSigma) ** (2 * (generation + parameters.stallDelay));
  const moving = length ** 2 / settled < parameters.stallLimit;
  const pathC = state.pathC.map((p, j) => {
    const y = hat[j];
    if (y === undefined) return p;
    return (1 - cC) * p + (moving ? Math.sqrt(cC * (2 - cC) * muEff) * y : 0);
  });
  const keep = 1 + (moving ? 0 : c1 * cC * (2 - cC)) - c1 - cMu;
  const logStep = Math.min(1, (cSigma / parameters.dSigma) * (length / parameters.chiN - 1));
  return {
    mean: state.mean.map((m, j) => {
      const { weight, first } = moments[j]!;
      return weight > 0 ? m + state.sigma * (first / weight) * Math.min(1, 2 * weight) : m;
    }),
    sigma: Math.min(SIGMA_RANGE[1], Math.max(SIGMA_RANGE[0], state.sigma * Math.exp(logStep))),
    variances: state.variances.map((v, j) => {
      const { weight, second } = moments[j]!;
      return Math.max(LEAST_VARIANCE, keep * v + c1 * pathC[j]! ** 2 + cMu * (second + (1 - weight) * v));
    }),
    pathSigma,
    pathC,
    generation,
  };
}

/** A diagonal has N entries instead of N²/2 to learn, so it may learn faster. */
function separableRates(full: CmaParameters, N: number): CmaParameters {
  const c1 = Math.min(0.5, (full.c1 * (N + 2)) / 3);
  return { ...full, c1, cMu: Math.min(1 - c1, (full.cMu * (N + 2)) / 3) };
}

function momentsOf(ranked: readonly MaskedSample[], weights: readonly number[], condition: NumberCondition, j: number) {
  let [weight, squared, first, second] = [0, 0, 0, 0];
  for (const [k, { step, options }] of ranked.entries()) {
    if (!isActive(condition, options)) continue;
    const [w, y] = [weights[k]!, step[j]!];
    weight += w;
    squared += w * w;
    first += w * y;
    second += w * y * y;
  }
  return { weight, squared, first, second };
}
