import { type DiscreteMarginal, type MarginResult, placeAtEnd, placeBetween, sidesOf } from "./margin.ts";
import { normalUpperQuantile } from "./normal-distribution.ts";

/** A discrete variable whose rate of change is remembered from generation to generation. */
export interface MutatingMarginal extends DiscreteMarginal {
  /** The chance to leave the present option in the last generation. */
  readonly mutationRate: number;
  /** Whether one of the better half of the candidates had left it. */
  readonly succeeded: boolean;
}

/** What the margin sets anew. */
export interface MutatingResult extends MarginResult {
  readonly mutationRate: number;
}

const TINY = 1e-8;

/**
 * Keeps a chance of at least `margin` to leave an option, and lets the chance grow only after leaving has paid.
 *
 * @param margin - α, in (0, 0.5).
 * @source Hamano et al. 2025, "CatCMA with margin", section 4.3, https://arxiv.org/abs/2504.07884
 */
export function correctMutation(marginal: MutatingMarginal, margin: number): MutatingResult {
  return sidesOf(marginal).atEnd ? correctAtEnd(marginal, margin) : correctBetween(marginal, margin);
}

function correctAtEnd(marginal: MutatingMarginal, margin: number): MutatingResult {
  const { below, above, upper, option } = sidesOf(marginal);
  const { deviation, mutationRate: before, succeeded } = marginal;
  const wanted = Math.max(margin, Math.min(below, above));
  const mutationRate = Math.min(0.5 - TINY, Math.max(TINY, succeeded ? wanted : Math.min(wanted, before)));
  const narrowest = Math.abs(option - upper) / (deviation * normalUpperQuantile(margin));
  const scale = Math.max(marginal.scale, narrowest);
  return { scale, mutationRate, mean: placeAtEnd({ ...marginal, scale }, upper, mutationRate) };
}

function correctBetween(marginal: MutatingMarginal, margin: number): MutatingResult {
  const sides = sidesOf(marginal);
  const { succeeded, mutationRate } = marginal;
  const low = Math.max(sides.below, margin / 2);
  const high = Math.max(sides.above, margin / 2);
  const untouched = 1 - sides.below - sides.above;
  const middle = succeeded ? untouched : Math.max(untouched, 1 - mutationRate);
  const slack = succeeded ? 1.5 * margin : margin + (1 - mutationRate);
  const excess = (1 - low - high - middle) / (low + high + middle - slack);
  const clip = (p: number): number => Math.min(0.5 - TINY, Math.max(TINY, p + excess * (p - margin / 2)));
  const [below, above] = [clip(low), clip(high)];
  return { ...placeBetween(sides, below, above, marginal.deviation), mutationRate: below + above };
}
