import type { RowSums } from "./measure-piece.ts";

/** Everything that similarities of two models a and b are made of: sums over the elements they share. δ is a change from the base θ. */
export interface PairTotals {
  readonly elements: number;
  /** δa·δa, δb·δb, δa·δb */
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
  readonly sumA: number;
  readonly sumB: number;
  /** θ·θ, θ·δa, θ·δb */
  readonly base: number;
  readonly baseA: number;
  readonly baseB: number;
  /** Elements where both changes have the same sign, and where neither is zero. */
  readonly sameSign: number;
  readonly bothChanged: number;
}

/** Totals of nothing. */
export const NO_TOTALS: PairTotals = {
  elements: 0,
  aa: 0,
  bb: 0,
  ab: 0,
  sumA: 0,
  sumB: 0,
  base: 0,
  baseA: 0,
  baseB: 0,
  sameSign: 0,
  bothChanged: 0,
};

/** Adds two totals up. */
export function addTotals(x: PairTotals, y: PairTotals): PairTotals {
  return {
    elements: x.elements + y.elements,
    aa: x.aa + y.aa,
    bb: x.bb + y.bb,
    ab: x.ab + y.ab,
    sumA: x.sumA + y.sumA,
    sumB: x.sumB + y.sumB,
    base: x.base + y.base,
    baseA: x.baseA + y.baseA,
    baseB: x.baseB + y.baseB,
    sameSign: x.sameSign + y.sameSign,
    bothChanged: x.bothChanged + y.bothChanged,
  };
}

/**
 * Takes the totals of two models out of the sums of a tensor.
 *
 * @param i - row of model a, from 1.
 * @param j - row of model b, ≥ i; the same row gives a model with itself.
 */
export function totalsOf(
  { rows: R, products, sums, signs }: RowSums,
  elements: number,
  i: number,
  j: number,
): PairTotals {
  const ab = products[i * R + j]!;
  const [aa, bb] = [products[i * R + i]!, products[j * R + j]!];
  const [same, both] = [signs[(i - 1) * (R - 1) + j - 1]!, signs[(j - 1) * (R - 1) + i - 1]!];
  return {
    elements,
    aa,
    bb,
    ab,
    sumA: sums[i]!,
    sumB: sums[j]!,
    base: products[0]!,
    baseA: products[i]!,
    baseB: products[j]!,
    sameSign: same,
    bothChanged: both,
  };
}

/** Adds the sums of another piece of the same tensor. */
export function addRowSums(into: RowSums, piece: RowSums): RowSums {
  const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value + b[k]!);
  return {
    rows: into.rows,
    products: add(into.products, piece.products),
    sums: add(into.sums, piece.sums),
    signs: add(into.signs, piece.signs),
  };
}
