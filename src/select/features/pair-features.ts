import type { Kinship } from "../kinship/kinship.ts";
import type { PairTotals } from "../kinship/pair-totals.ts";
import { signAgreement, similarity, weightSimilarity } from "../kinship/similarity.ts";
import { COMPONENTS } from "../tensor-group.ts";
import { divergences } from "./divergence.ts";
import type { ProbeSummary } from "./probe-summary.ts";
import { deviation, meanOf, quantile } from "./statistics.ts";

/** Named figures of an ordered pair. NaN where a figure is not defined. */
export type Features = Readonly<Record<string, number>>;

/**
 * Figures of what two models do with the same probes: divergences in both directions, and cosines of activations and of
 * what heads attend to.
 *
 * @source "SimMerge: Learning to Select Merge Operators from Similarity Signals", https://arxiv.org/abs/2601.09473; the
 * summaries (quantiles, thirds of the depth) are ours
 */
export function functionalFeatures(a: ProbeSummary, b: ProbeSummary): Features {
  return {
    ...spread("kl_ab", divergences(a.tokens, b.tokens)),
    ...spread("kl_ba", divergences(b.tokens, a.tokens)),
    ...byDepth(
      "activation",
      activationCosines(a, b).map((value) => [value]),
    ),
    ...byDepth("attention", attentionCosines(a, b)),
  };
}

function spread(name: string, sample: readonly number[]): Features {
  return {
    [`${name}_mean`]: meanOf(sample),
    [`${name}_q10`]: quantile(sample, 0.1),
    [`${name}_q25`]: quantile(sample, 0.25),
    [`${name}_median`]: quantile(sample, 0.5),
    [`${name}_q75`]: quantile(sample, 0.75),
    [`${name}_q90`]: quantile(sample, 0.9),
  };
}

/** [layer] cosine of the flattened hidden states, averaged over probes; empty where layers or widths differ. */
function activationCosines(a: ProbeSummary, b: ProbeSummary): readonly number[] {
  const layers = a.activations[0]?.length ?? 0;
  const fits = a.activations.every((own, p) =>
    own.every((states, l) => states.length === b.activations[p]?.[l]?.length),
  );
  if (!fits || b.activations[0]?.length !== layers) return [];
  return Array.from({ length: layers }, (_, l) =>
    meanOf(a.activations.map((own, p) => cosine(own[l]!, b.activations[p]![l]!))),
  );
}

/**
 * Cosines of what the heads of two models attend to, averaged over probes.
 *
 * @returns [layer][head]; empty where probes, layers or heads differ.
 */
export function attentionCosines(a: ProbeSummary, b: ProbeSummary): readonly (readonly number[])[] {
  const layers = a.attentions[0]?.length ?? 0;
  const fits = a.attentions.every((own, p) => own.every((maps, l) => maps.length === b.attentions[p]?.[l]?.length));
  if (!fits || a.heads !== b.heads || b.attentions[0]?.length !== layers) return [];
  const headOf = (maps: Float32Array, head: number): Float32Array =>
    maps.subarray((head * maps.length) / a.heads, ((head + 1) * maps.length) / a.heads);
  return Array.from({ length: layers }, (_, l) =>
    Array.from({ length: a.heads }, (_, head) =>
      meanOf(a.attentions.map((own, p) => cosine(headOf(own[l]!, head), headOf(b.attentions[p]![l]!, head)))),
    ),
  );
}

/** Mean, extremes and thirds of the depth of some figures for each layer. */
function byDepth(name: string, layers: readonly (readonly number[])[]): Features {
  const third = (k: number): readonly number[] =>
    layers.slice(Math.floor((k * layers.length) / 3), Math.floor(((k + 1) * layers.length) / 3)).flat();
  const all = layers.flat();
  return {
    [`${name}_mean`]: meanOf(all),
    [`${name}_min`]: quantile(all, 0),
    [`${name}_max`]: quantile(all, 1),
    [`${name}_std`]: deviation(all),
    [`${name}_early`]: meanOf(third(0)),
    [`${name}_middle`]: meanOf(third(1)),
    [`${name}_late`]: meanOf(third(2)),
  };
}

/** Cosine of two vectors of one length; NaN if one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : Number.NaN;
}

/**
 * Figures of the weights of two models of a pool.
 *
 * @param a - index into the pool's models.
 */
export function structuralFeatures({ models, all, parts, notFinite }: Kinship, a: number, b: number): Features {
  const features: Record<string, number> = weightFigures("", all[a]![b]!);
  const broken = notFinite.filter(({ model }) => model === models[a] || model === models[b]);
  features["broken_tensors"] = broken.reduce((sum, { tensors }) => sum + tensors.length, 0);
  for (const component of COMPONENTS) {
    for (const key of [component, ...[0, 1, 2].map((third) => `${component}/${third}`)]) {
      const table = parts.get(key);
      if (table === undefined) continue;
      features[`change_cosine:${key}`] = similarity("cosine", table[a]![b]!);
      features[`change_ratio:${key}`] = logRatio(table[a]![b]!);
    }
  }
  return features;
}

function weightFigures(suffix: string, totals: PairTotals): Record<string, number> {
  const weights = weightSimilarity(totals);
  return {
    [`weight_cosine${suffix}`]: weights.cosine,
    [`weight_distance${suffix}`]: weights.distance,
    [`weight_ratio${suffix}`]: Math.log(weights.normRatio),
    [`change_cosine${suffix}`]: similarity("cosine", totals),
    [`change_ratio${suffix}`]: logRatio(totals),
    [`sign_agreement${suffix}`]: signAgreement(totals),
    [`change_a${suffix}`]: Math.sqrt(totals.aa / totals.base),
    [`change_b${suffix}`]: Math.sqrt(totals.bb / totals.base),
  };
}

/** ln(|δa| / |δb|); NaN where one of them is zero. */
function logRatio({ aa, bb }: PairTotals): number {
  return aa > 0 && bb > 0 ? Math.log(aa / bb) / 2 : Number.NaN;
}

/**
 * The weighted mean of several pairs' features, as a stand-in for those of a merge of them; what one lacks is taken from the
 * others.
 *
 * @param shares - one for each of the features, > 0.
 */
export function averageFeatures(all: readonly Features[], shares: readonly number[]): Features {
  const names = new Set(all.flatMap((features) => Object.keys(features)));
  return Object.fromEntries([...names].map((name) => [name, averageOf(name, all, shares)]));
}

function averageOf(name: string, all: readonly Features[], shares: readonly number[]): number {
  let [sum, total] = [0, 0];
  for (const [i, features] of all.entries()) {
    const value = features[name] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += shares[i]! * value;
    total += shares[i]!;
  }
  return sum / total;
}

/** Names of figures that change places when a and b do. */
const PARTNERS: readonly (readonly [RegExp, string])[] = [
  [/^kl_ab_/, "kl_ba_"],
  [/^kl_ba_/, "kl_ab_"],
  [/^change_a$/, "change_b"],
  [/^change_b$/, "change_a"],
];
/** Logarithms of ratios of a to b. */
const RATIO = /^(?:change|weight)_ratio(?:$|:)/;

/** The features of b and a, from those of a and b. */
export function swapFeatures(features: Features): Features {
  const swapped = Object.entries(features).map(([name, value]) => {
    const partner = PARTNERS.find(([pattern]) => pattern.test(name));
    const own = partner === undefined ? name : name.replace(...partner);
    return [own, RATIO.test(name) ? -value : value] as const;
  });
  return Object.fromEntries(swapped);
}
