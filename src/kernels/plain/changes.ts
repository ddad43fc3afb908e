import { type Consensus, plainDivisor } from "../consensus.ts";
import { roundToGrid } from "../grid.ts";

/** See `Consensus`. */
export function applyChanges(
  consensus: Consensus,
  base: Float32Array,
  changes: readonly Float32Array[],
  out: Float32Array,
): void {
  const { dtype, weights, vote, lambda } = consensus;
  const factor = Math.fround(lambda);
  const divisor = plainDivisor(consensus);
  const terms = new Float32Array(changes.length);
  for (let i = 0; i < out.length; i++) {
    for (let m = 0; m < terms.length; m++) {
      terms[m] = roundToGrid(dtype, Math.fround(changes[m]![i]! * weights[m]!));
    }
    const votes = vote === "unweighted" ? Float32Array.from(changes, (change) => change[i]!) : terms;
    let merged = vote === "none" ? roundToGrid(dtype, sum(terms)) : elected(consensus, terms, votes);
    if (vote === "none" && divisor !== 1) merged = roundToGrid(dtype, Math.fround(merged / divisor));
    if (factor !== 1) merged = roundToGrid(dtype, Math.fround(merged * factor));
    out[i] = roundToGrid(dtype, Math.fround(base[i]! + merged));
  }
}

/** The mean, or sum, of the terms that have the sign of the majority; NaN where the votes are. */
function elected(consensus: Consensus, terms: Float32Array, votes: Float32Array): number {
  const { dtype, weights, normalize, leastMass = Number.NEGATIVE_INFINITY } = consensus;
  const majority = roundToGrid(dtype, sum(votes));
  if (Number.isNaN(majority)) return majority;
  const agrees = votes.map((vote) => Number(majority >= 0 ? vote > 0 : vote < 0));
  const merged = roundToGrid(dtype, sum(terms.filter((_, m) => agrees[m] === 1)));
  if (!normalize) return merged;
  const mass = roundToGrid(dtype, sum(terms.map((_, m) => weights[m]! * agrees[m]!)));
  const divisor = Math.max(mass === 0 ? 1 : mass, Math.fround(leastMass));
  return roundToGrid(dtype, Math.fround(merged / divisor));
}

/** From left to right in float32. */
function sum(values: Float32Array): number {
  return values.reduce((total, value) => Math.fround(total + value), 0);
}
