import { rankValues } from "./rank-values.ts";

/** A point that was evaluated, in the unit box; plain JSON. */
export type Member = {
  /** [N] */
  readonly point: readonly number[];
  /** Null for an evaluation that failed or gave something infinite. */
  readonly value: number | null;
};

/** Makes members of points and their values. */
export function toMembers(points: readonly (readonly number[])[], values: readonly number[]): Member[] {
  return points.map((point, i) => ({ point, value: Number.isFinite(values[i]!) ? values[i]! : null }));
}

/** Best first; the failed last; ties in the order given. */
export function sortMembers(members: readonly Member[]): Member[] {
  return rankValues(members.map(({ value }) => value ?? Number.NaN)).map((i) => members[i]!);
}
