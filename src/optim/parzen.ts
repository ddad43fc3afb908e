import type { Random } from "../base/philox.ts";
import { normalCdf } from "./normal-distribution.ts";
import { optionPlace } from "./unit-box.ts";

/** A mixture of kernels in the unit box, one at each observation and a broad one as prior. */
export interface ParzenMixture {
  /** [n][N] */
  readonly centres: readonly (readonly number[])[];
  /** Of the kernels at observations, as a share of the range. */
  readonly bandwidth: number;
  /** [N], options of discrete variables; 0 for real ones. */
  readonly levels: readonly number[];
  /** [n + 1], logarithm of each kernel's normalisation over the real variables; the prior's last. */
  readonly logScales: readonly number[];
}

/** Of the prior's kernel, at the middle of the box. */
const PRIOR_BANDWIDTH = 1;

/**
 * Puts a kernel on each observation; its width falls with their number as in multivariate TPE.
 *
 * @source Watanabe 2023, "Tree-structured Parzen estimator: understanding its algorithm components", section 3.3, https://arxiv.org/abs/2304.11127
 */
export function toMixture(centres: readonly (readonly number[])[], levels: readonly number[]): ParzenMixture {
  const n = centres.length;
  const scott = 0.2 * Math.max(1, n) ** (-1 / (levels.length + 4));
  const bandwidth = Math.max(scott, 1 / Math.min(100, n + 1)) * Math.SQRT1_2;
  const logScales = [...centres, undefined].map((centre) => {
    const width = centre === undefined ? PRIOR_BANDWIDTH : bandwidth;
    const reals = levels.map((K, i) => (K > 0 ? 0 : logMass(centre?.[i] ?? 0.5, width)));
    return reals.reduce((total, log) => total + log, 0);
  });
  return { centres, bandwidth, levels, logScales };
}

/** Logarithm of a kernel's mass inside the box, times its width. */
function logMass(at: number, width: number): number {
  return Math.log(width * (normalCdf((1 - at) / width) - normalCdf(-at / width)));
}

/** Draws a point: a kernel first, then each coordinate from it. */
export function drawFrom({ centres, bandwidth, levels }: ParzenMixture, random: Random): number[] {
  const kernel = random.nextBelow(centres.length + 1);
  const centre = centres[kernel];
  return levels.map((K, i) => {
    if (K > 0) return drawOption(centre?.[i], K, centres.length, random);
    const [at, width] = centre === undefined ? [0.5, PRIOR_BANDWIDTH] : [centre[i]!, bandwidth];
    // Truncation by repeated draws: at least half of the mass lies inside for centres inside.
    for (let tries = 0; tries < 100; tries++) {
      const t = at + width * random.nextNormal();
      if (t >= 0 && t <= 1) return t;
    }
    return Math.min(1, Math.max(0, at));
  });
}

/** Returns the logarithm of the mixture's density at a point, but for a constant. */
export function logDensity(mixture: ParzenMixture, point: readonly number[]): number {
  const kernels = mixture.logScales.map((scale, k) => logKernel(mixture, k, point) - scale);
  let highest = Number.NEGATIVE_INFINITY;
  for (const log of kernels) highest = Math.max(highest, log);
  let total = 0;
  for (const log of kernels) total += Math.exp(log - highest);
  return highest + Math.log(total / kernels.length);
}

function logKernel({ centres, bandwidth, levels }: ParzenMixture, kernel: number, point: readonly number[]): number {
  const centre = centres[kernel];
  const width = centre === undefined ? PRIOR_BANDWIDTH : bandwidth;
  let total = 0;
  for (let i = 0; i < levels.length; i++) {
    const K = levels[i]!;
    if (K === 0) total -= ((point[i]! - (centre?.[i] ?? 0.5)) / width) ** 2 / 2;
    else total += Math.log(optionChance(centre?.[i], K, centres.length, point[i]!));
  }
  return total;
}

/** An option's kernel has the option itself and a share of all, which falls with the number of observations. */
function optionChance(centre: number | undefined, K: number, n: number, place: number): number {
  if (centre === undefined) return 1 / K;
  const even = 1 / (n + 1);
  const isHere = Math.round(centre * (K - 1)) === Math.round(place * (K - 1));
  return (isHere ? 1 - even : 0) + even / K;
}

function drawOption(centre: number | undefined, K: number, n: number, random: Random): number {
  const [coin, option] = [random.nextUniform(), random.nextBelow(K)];
  return centre === undefined || coin < 1 / (n + 1) ? optionPlace(option, K) : centre;
}
