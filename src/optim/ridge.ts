import { cholesky, inverseDiagonal, type LowerTriangle, solveLower, solveUpper } from "./cholesky.ts";

/** A row of features of which most are 0: [places] and [values]. */
export interface SparseRow {
  readonly places: readonly number[];
  readonly values: readonly number[];
}

/** A normal distribution over the coefficients of a linear model. */
export interface RidgePosterior {
  /** [D] */
  readonly mean: Float64Array;
  /** Of the inverse covariance. */
  readonly precision: LowerTriangle;
  /** Variance of the targets around the model, s². */
  readonly noise: number;
}

/** Data for a fit. */
export interface RidgeData {
  readonly features: number;
  readonly rows: readonly SparseRow[];
  /** [rows] */
  readonly targets: readonly number[];
  readonly weights: readonly number[];
  /** [D], 1/variance of each coefficient before there is data. */
  readonly prior: readonly number[];
}

const NOISE_ROUNDS = 3;
const FIRST_NOISE = 0.1;
const NOISE_RANGE = [1e-5, 2] as const;

/**
 * Fits a Bayesian linear model whose noise is estimated from the data.
 *
 *     A = Φ'WΦ/s² + Λ,  β = A⁻¹Φ'Wf/s²,  s² = (Σ w r² + 0.05)/max(2, Σ w − D + tr A⁻¹Λ),  three times
 *
 * @complexity O(rows · nonzeros² + D³).
 * @source MacKay 1992, "Bayesian interpolation", https://doi.org/10.1162/neco.1992.4.3.415
 */
export function fitRidge({ features: D, rows, targets, weights, prior }: RidgeData): RidgePosterior {
  const { gram, moment } = normalEquations(D, rows, targets, weights);
  const total = weights.reduce((sum, w) => sum + w, 0);
  let noise = FIRST_NOISE;
  let posterior: RidgePosterior | undefined;
  for (let round = 0; round < NOISE_ROUNDS; round++) {
    const A = gram.map((entry) => entry / noise);
    for (let i = 0; i < D; i++) A[i * D + i]! += prior[i]!;
    const precision = cholesky(A, D);
    const mean = solveUpper(
      precision,
      solveLower(
        precision,
        moment.map((entry) => entry / noise),
      ),
    );
    const kept = inverseDiagonal(precision).reduce((sum, entry, i) => sum + entry * prior[i]!, 0);
    const squares = rows.reduce((sum, row, n) => sum + weights[n]! * (targets[n]! - predict(mean, row)) ** 2, 0);
    noise = (squares + 0.05) / Math.max(2, total - D + kept);
    noise = Math.min(NOISE_RANGE[1], Math.max(NOISE_RANGE[0], noise));
    posterior = { mean, precision, noise };
  }
  return posterior!;
}

/** Draws coefficients: mean + temperature · L⁻ᵀξ. @param xi - [D], standard normal. */
export function drawCoefficients(
  { mean, precision }: RidgePosterior,
  xi: Float64Array,
  temperature: number,
): Float64Array {
  const step = solveUpper(precision, xi);
  return mean.map((entry, i) => entry + temperature * step[i]!);
}

function predict(coefficients: Float64Array, { places, values }: SparseRow): number {
  let total = 0;
  for (let k = 0; k < places.length; k++) total += coefficients[places[k]!]! * values[k]!;
  return total;
}

/** Φ'WΦ (its lower triangle) and Φ'Wf. */
function normalEquations(
  D: number,
  rows: readonly SparseRow[],
  targets: readonly number[],
  weights: readonly number[],
): { readonly gram: Float64Array; readonly moment: Float64Array } {
  const gram = new Float64Array(D * D);
  const moment = new Float64Array(D);
  for (const [n, { places, values }] of rows.entries()) {
    for (let a = 0; a < places.length; a++) {
      const scaled = weights[n]! * values[a]!;
      const row = places[a]! * D;
      moment[places[a]!]! += scaled * targets[n]!;
      for (let b = 0; b <= a; b++) gram[row + places[b]!]! += scaled * values[b]!;
    }
  }
  return { gram, moment };
}
