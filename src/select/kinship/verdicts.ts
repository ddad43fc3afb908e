import type { Kinship } from "./kinship.ts";
import { similarity, weightSimilarity } from "./similarity.ts";

/** Cosine of the changes from which two models are near-duplicates: merging them gains nothing. */
export const DUPLICATE_COSINE = 0.95;
/** Cosine of the changes, up to this far from 0, of models that have nothing in common but their base. */
export const UNRELATED_COSINE = 0.1;
/** Cosine of model and base below which the model was not trained from the base. Fine-tunes lie above 0.9, strangers near 0. */
export const STRANGER_COSINE = 0.5;

/** What the figures say about a pool, in names of models. */
export interface Verdicts {
  readonly nearDuplicates: readonly (readonly [string, string])[];
  readonly unrelated: readonly (readonly [string, string])[];
  /** Models that do not look as if they were trained from the base; empty without one. */
  readonly notDescendants: readonly string[];
  /** Models whose weights are the base's. */
  readonly sameAsBase: readonly string[];
}

/** Reads the verdicts off a pool's kinship. Models that are not descendants are in no pair. */
export function judgeKinship({ models, base, all }: Kinship): Verdicts {
  const own = models.map((_, m) => all[m]![m]!);
  const isStranger = own.map(
    (totals) =>
      base !== undefined && totals.base > 0 && !(baseCosine(totals) >= STRANGER_COSINE) && totals.elements > 0,
  );
  const isBase = own.map(({ aa, elements }) => base !== undefined && elements > 0 && aa === 0);
  const pairs = models.flatMap((a, i) =>
    models.slice(i + 1).map((b, k) => ({ i, j: i + 1 + k, pair: [a, b] as const })),
  );
  const related = pairs
    .filter(({ i, j }) => !isStranger[i] && !isStranger[j])
    .map(({ i, j, pair }) => ({ pair, cosine: similarity("cosine", all[i]![j]!) }));
  return {
    nearDuplicates: related.filter(({ cosine }) => cosine >= DUPLICATE_COSINE).map(({ pair }) => pair),
    unrelated: related.filter(({ cosine }) => Math.abs(cosine) <= UNRELATED_COSINE).map(({ pair }) => pair),
    notDescendants: models.filter((_, m) => isStranger[m]),
    sameAsBase: models.filter((_, m) => isBase[m]),
  };
}

/** Cosine of a model's weights with the base's, from the totals of the model with itself. */
export function baseCosine(totals: Kinship["all"][number][number]): number {
  const { base, baseA } = totals;
  // The base is the model that did not change: δb = 0.
  return weightSimilarity({ ...totals, bb: 0, ab: 0, sumB: 0, baseB: 0, base, baseA }).cosine;
}
