import type { Features } from "../features/pair-features.ts";
import { deviation, meanOf } from "../features/statistics.ts";

/** How named figures become a vector: which, in which order, and on which scale. Plain data. */
export interface Scaling {
  readonly names: readonly string[];
  readonly means: readonly number[];
  /** Never 0. */
  readonly deviations: readonly number[];
}

/** Learns a scale. Figures that never vary are left out; those that are missing in an example count as their mean. */
export function fitScaling(examples: readonly Features[]): Scaling {
  const names = [...new Set(examples.flatMap((features) => Object.keys(features)))].toSorted();
  const known = (name: string): number[] => examples.map((f) => f[name] ?? Number.NaN).filter(Number.isFinite);
  const kept = names.filter((name) => deviation(known(name)) > 1e-12);
  return {
    names: kept,
    means: kept.map((name) => meanOf(known(name))),
    deviations: kept.map((name) => deviation(known(name))),
  };
}

/** [N] figures on the scale; 0 where one is missing. */
export function toVector({ names, means, deviations }: Scaling, features: Features): readonly number[] {
  return names.map((name, k) => {
    const value = features[name] ?? Number.NaN;
    return Number.isFinite(value) ? (value - means[k]!) / deviations[k]! : 0;
  });
}
