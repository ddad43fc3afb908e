import { normalCdf, normalUpperQuantile } from "./normal-distribution.ts";

/** A discrete variable under a normal distribution, N(mean, deviation²): whichever option is nearest to a draw is taken. */
export interface DiscreteMarginal {
  readonly mean: number;
  /** Standard deviation of the draws at scale 1. */
  readonly deviation: number;
  /** Factor of the deviation, A; what margins widen. */
  readonly scale: number;
  /** At least two, ascending. */
  readonly options: readonly number[];
}

/** What a margin sets anew. */
export type MarginResult = Pick<DiscreteMarginal, "mean" | "scale">;

/** The limits half way to the options beside the present one, and how much probability lies beyond each; at an end both are the same. */
export interface Sides {
  /** The option nearest to the mean; of two equally near ones the lower. */
  readonly option: number;
  readonly lower: number;
  readonly upper: number;
  readonly below: number;
  readonly above: number;
  /** Whether the mean lies at the first or the last option. */
  readonly atEnd: boolean;
}

/** Looks at a marginal from its mean. */
export function sidesOf({ mean, deviation, scale, options }: DiscreteMarginal): Sides {
  const limits = options.slice(1).map((option, i) => (options[i]! + option) / 2);
  const found = limits.findIndex((limit) => limit >= mean);
  const position = found === -1 ? limits.length : found;
  const [lower, upper] = [limits[Math.max(0, position - 1)]!, limits[Math.min(limits.length - 1, position)]!];
  const spread = deviation * scale;
  const below = normalCdf((lower - mean) / spread);
  const above = normalCdf((mean - upper) / spread);
  return { option: options[position]!, lower, upper, below, above, atEnd: Math.max(below, above) > 0.5 };
}

/** Between options: places mean and scale so that exactly these probabilities lie beyond the limits. */
export function placeBetween({ lower, upper }: Sides, below: number, above: number, deviation: number): MarginResult {
  const [zLow, zHigh] = [normalUpperQuantile(below), normalUpperQuantile(above)];
  return {
    scale: (upper - lower) / ((zLow + zHigh) * deviation),
    mean: (lower * zHigh + upper * zLow) / (zLow + zHigh),
  };
}

/** At an end: moves the mean so that a probability `tail` remains on the limit's other side. */
export function placeAtEnd({ mean, deviation, scale }: DiscreteMarginal, limit: number, tail: number): number {
  return limit + Math.sign(mean - limit) * deviation * scale * normalUpperQuantile(tail);
}

/**
 * Keeps a chance of at least `margin` for options beside the present one, so that a discrete variable never freezes.
 *
 * @param margin - in (0, 0.5).
 * @source Hamano et al. 2022, "CMA-ES with margin", eq. 9 to 17, https://arxiv.org/abs/2205.13482
 */
export function correctMargin(marginal: DiscreteMarginal, margin: number): MarginResult {
  const sides = sidesOf(marginal);
  const { below, above } = sides;
  const { mean, scale } = marginal;
  if (sides.atEnd) {
    const frozen = Math.min(below, above) < margin;
    return { scale, mean: frozen ? placeAtEnd(marginal, sides.upper, margin) : mean };
  }
  const middle = 1 - below - above;
  const [low, high] = [Math.max(below, margin / 2), Math.max(above, margin / 2)];
  const excess = (1 - low - high - middle) / (low + middle + high - 1.5 * margin);
  const clip = (p: number): number => Math.min(0.5 - 1e-10, Math.max(1e-10, p + excess * (p - margin / 2)));
  return placeBetween(sides, clip(low), clip(high), marginal.deviation);
}
