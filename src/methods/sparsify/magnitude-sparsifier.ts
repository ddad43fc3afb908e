/**
 * Keeps entries by their place in the order of magnitudes: the largest ones, or those between the smallest and the
 * largest. Among equal magnitudes the lower index comes first: it is kept first of the largest, and dropped first of
 * the smallest.
 */

import { front } from "../../kernels/front.ts";
import { type BandLimits, MagnitudeBand, NO_UPPER_LIMIT } from "../../kernels/magnitude-band.ts";
import type { Change } from "../../kernels/selecting.ts";
import { ANY_NUMBER, number } from "../method.ts";
import { NormRatio } from "./norm-ratio.ts";
import { type RankedMagnitude, rankMagnitudes } from "./rank-magnitudes.ts";
import type { ChangeBlock, Sparsifier, SparsifierSettings, SparsifierTools, Thinning } from "./sparsifier.ts";

/** Keeps the floor(density * n) largest entries, at least one; none where the density is 0 or less. */
export const largest: Sparsifier = {
  densities: ANY_NUMBER,
  params: {},
  draws: () => false,
  begin(settings, tools) {
    const { n } = tools;
    const keep = settings.density <= 0 ? 0 : Math.max(1, Math.floor(settings.density * n));
    return keepByRank(settings, tools, { ranks: [n - keep], keep, limits: ([first]) => fromFirst(first!) });
  },
};

/**
 * Keeps floor(density * n) entries below the floor(gamma * n) largest; where fewer are left below them, what is missing
 * is taken from the largest.
 */
export const withoutOutliers: Sparsifier = {
  densities: ANY_NUMBER,
  params: {
    gamma: number("model", 0.01, [0, 1], "Share of the largest changes that is dropped."),
  },
  draws: () => false,
  begin(settings, tools) {
    const { n } = tools;
    const keep = Math.max(0, Math.floor(settings.density * n));
    const bottom = Math.max(0, n - keep - Math.floor(settings.gamma * n));
    const ranks = [bottom, bottom + keep - 1];
    return keepByRank(settings, tools, { ranks, keep, limits: ([first, last]) => between(first!, last!) });
  },
};

function fromFirst({ pattern, ordinal, equal }: RankedMagnitude): BandLimits {
  return { low: pattern, lowFrom: 0, lowTo: equal - ordinal, high: NO_UPPER_LIMIT, highTo: 0 };
}

function between(first: RankedMagnitude, last: RankedMagnitude): BandLimits {
  const lowTo = first.pattern === last.pattern ? last.ordinal + 1 : first.equal;
  return { low: first.pattern, lowFrom: first.ordinal, lowTo, high: last.pattern, highTo: last.ordinal + 1 };
}

interface Selection {
  readonly ranks: readonly number[];
  /** How many entries are kept. */
  readonly keep: number;
  readonly limits: (found: readonly RankedMagnitude[]) => BandLimits;
}

function keepByRank({ norm }: SparsifierSettings, tools: SparsifierTools, selection: Selection): Thinning {
  const { n, dtype, kernels } = tools;
  if (selection.keep === 0 || n === 0) return { passes: [], apply: (_block, out) => void out.fill(0) };
  const scratch = kernels.floats(Math.min(n, tools.blockElements));

  const rank = function* () {
    return yield* rankMagnitudes<ChangeBlock>({
      dtype,
      kernels,
      ranks: () => selection.ranks,
      count: ({ change: { values, base } }, bins) => kernels.countChanges(dtype, values, base, bins),
      countWithin: ({ change }, upper, bins) => kernels.countWithin(subtracted(change), upper, bins),
    });
  };
  const subtracted = ({ values, base }: Change): Float32Array => {
    const difference = front(scratch, values.length);
    kernels.subtract(dtype, values, base, difference);
    return difference;
  };

  let band: MagnitudeBand;
  let factor = 1;
  const passes = function* (): Generator<(block: ChangeBlock) => void> {
    band = new MagnitudeBand(selection.limits(yield* rank()));
    if (norm === undefined) return;
    const ratio = new NormRatio(norm, dtype, kernels);
    const measured = band.restarted();
    yield ({ start, change }) => {
      const difference = subtracted(change);
      ratio.addBefore(start, difference);
      kernels.keepBand(difference, measured);
      ratio.addAfter(start, difference);
    };
    factor = ratio.factor();
  };
  return {
    passes: passes(),
    apply: ({ change }, out) => {
      kernels.keepChanges(dtype, change, band, out);
      if (factor !== 1) kernels.scale(dtype, factor, out, out);
    },
  };
}
