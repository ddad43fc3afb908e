/** Non-dominated sorting, crowding and hypervolume against recorded results. */

import { crowdingDistances, dominates, hypervolume, sortFronts } from "../../src/optim/pareto.ts";

/** A set of points and what is known of it. */
export interface FrontCase {
  readonly id: string;
  readonly F: readonly (readonly number[])[];
  readonly fronts: readonly (readonly number[])[];
  readonly crowding: readonly { readonly front: readonly number[]; readonly sum: readonly (number | "inf")[] }[];
  readonly hv_reference: readonly number[];
  readonly hypervolume: number;
}

const TOLERANCE = 1e-10;

/** Returns what is wrong with our numbers for a case; undefined if nothing is. */
export function frontProblem({ F, fronts, crowding, hv_reference, hypervolume: volume }: FrontCase): string | undefined {
  const found = sortFronts(F.length, (a, b) => dominates(F[a]!, F[b]!));
  if (JSON.stringify(found) !== JSON.stringify(fronts.map((front) => front.toSorted((a, b) => a - b))))
    return `the fronts are ${JSON.stringify(found)}`;
  for (const { front, sum } of crowding) {
    const distances = crowdingDistances(front.map((i) => F[i]!));
    const expected = sum.map((value) => (value === "inf" ? Number.POSITIVE_INFINITY : value));
    if (!expected.every((value, i) => isClose(distances[i]!, value)))
      return `the crowding distances of ${JSON.stringify(front)} are ${distances.join(", ")}`;
  }
  const own = hypervolume(F, hv_reference);
  return isClose(own, volume) ? undefined : `the hypervolume is ${own}`;
}

function isClose(actual: number, expected: number): boolean {
  return actual === expected || Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}
