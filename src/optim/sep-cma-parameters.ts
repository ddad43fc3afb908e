import type { CmaParameters } from "./cma-parameters.ts";
import { sum } from "./vector.ts";

/**
 * Works out the constants of separable CMA-ES: those of CMA-ES without negative weights, with c_μ (N + 2)/3 times as large.
 *
 * @param dimension - N ≥ 1. @param population - P ≥ 2.
 * @source Ros & Hansen 2008, "A simple modification in CMA-ES achieving linear time and space complexity", table 1, https://hal.science/inria-00287367
 */
export function sepCmaParameters(dimension: number, population: number): CmaParameters {
  const parents = Math.floor(population / 2);
  const raw = Array.from({ length: parents }, (_, i) => Math.log(parents + 1) - Math.log(i + 1));
  const total = sum(raw);
  const weights = raw.map((w) => w / total);
  const muEff = 1 / sum(weights.map((w) => w * w));
  const full =
    2 / muEff / (dimension + Math.SQRT2) ** 2 +
    (1 - 1 / muEff) * Math.min(1, (2 * muEff - 1) / ((dimension + 2) ** 2 + muEff));
  const c1 = 2 / ((dimension + 1.3) ** 2 + muEff);
  const cSigma = (muEff + 2) / (dimension + muEff + 3);
  const chiN = Math.sqrt(dimension) * (1 - 1 / (4 * dimension) + 1 / (21 * dimension ** 2));
  return {
    weights: Array.from({ length: population }, (_, i) => weights[i] ?? 0),
    muEff,
    c1,
    cMu: Math.min(1 - c1, ((dimension + 2) / 3) * full),
    cC: 4 / (dimension + 4),
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (dimension + 1)) - 1) + cSigma,
    chiN,
    stallLimit: ((1.4 + 2 / (dimension + 1)) * chiN) ** 2,
    stallDelay: 1,
    maxLogStep: null,
  };
}
