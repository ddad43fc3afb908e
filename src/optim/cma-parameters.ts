/** The constants of one CMA-ES run. All follow from the dimension and the population; stored as plain JSON. */
export type CmaParameters = {
  /** [P], for ranks best to worst: the first half positive, summing to 1, the rest 0 or negative ("active" CMA). */
  readonly weights: readonly number[];
  /** Variance effective selection mass of the positive weights. */
  readonly muEff: number;
  /** Learning rates of the covariance: from the evolution path, and from the ranked steps. */
  readonly c1: number;
  readonly cMu: number;
  /** Decay of the covariance's path and of the step size's path. */
  readonly cC: number;
  readonly cSigma: number;
  readonly dSigma: number;
  /** Expected length of a standard normal vector. */
  readonly chiN: number;
  /** The covariance's path stalls (h_σ = 0) when ‖p_σ‖² reaches this times 1 − (1 − c_σ)^(2(g + stallDelay)), g = 1, 2, … */
  readonly stallLimit: number;
  readonly stallDelay: number;
  /** Bound on how far ln σ moves in one generation; null for none. */
  readonly maxLogStep: number | null;
};

/** The usual number of candidates a generation: 4 + ⌊3 ln N⌋. */
export function defaultPopulation(dimension: number): number {
  return 4 + Math.floor(3 * Math.log(dimension));
}

/**
 * Works out the constants of active CMA-ES from the dimension N and the population P.
 *
 *     w'_i = ln((P+1)/2) − ln i                     eq. 49
 *     α_μ⁻ = 1 + c_1/c_μ, α_μeff⁻ = 1 + 2 μ_eff⁻/(μ_eff + 2), α_posdef⁻ = (1 − c_1 − c_μ)/(N c_μ)     eq. 50 to 52
 *     w_i  = w'_i / Σ⁺, or min(α_μ⁻, α_μeff⁻, α_posdef⁻) · w'_i / Σ⁻ for the negative ones            eq. 53
 *
 * @param dimension - N ≥ 1.
 * @param population - P ≥ 2.
 * @source Hansen 2016, "The CMA evolution strategy: a tutorial", table 1, https://arxiv.org/abs/1604.00772
 */
export function cmaParameters(dimension: number, population: number): CmaParameters {
  const raw = Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1));
  const parents = Math.floor(population / 2);
  const muEff = effectiveMass(raw.slice(0, parents));
  const muEffMinus = effectiveMass(raw.slice(parents));

  const c1 = 2 / ((dimension + 1.3) ** 2 + muEff);
  const cMu = Math.min(1 - c1 - 1e-8, (2 * (muEff - 2 + 1 / muEff)) / ((dimension + 2) ** 2 + muEff));
  const negativeMass = Math.min(1 + c1 / cMu, 1 + (2 * muEffMinus) / (muEff + 2), (1 - c1 - cMu) / (dimension * cMu));
  const positiveSum = sum(raw.filter((w) => w >= 0));
  const negativeSum = -sum(raw.filter((w) => w < 0));

  const cSigma = (muEff + 2) / (dimension + muEff + 5);
  const chiN = Math.sqrt(dimension) * (1 - 1 / (4 * dimension) + 1 / (21 * dimension ** 2));
  return {
    weights: raw.map((w) => (w >= 0 ? w / positiveSum : (negativeMass * w) / negativeSum)),
    muEff,
    c1,
    cMu,
    cC: (4 + muEff / dimension) / (dimension + 4 + (2 * muEff) / dimension),
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (dimension + 1)) - 1) + cSigma,
    chiN,
    stallLimit: ((1.4 + 2 / (dimension + 1)) * chiN) ** 2,
    stallDelay: 1,
    maxLogStep: null,
  };
}

function effectiveMass(weights: readonly number[]): number {
  const squares = sum(weights.map((w) => w * w));
  return squares === 0 ? 0 : sum(weights) ** 2 / squares;
}

function sum(xs: readonly number[]): number {
  return xs.reduce((total, x) => total + x, 0);
}
