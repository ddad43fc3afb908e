import type { Kernels } from "../../kernels/kernels.ts";
import type { Model } from "../../model/model.ts";
import { elementCount } from "../../tensor/shape.ts";
import { EffectiveRank } from "./effective-rank.ts";
import { readValues } from "./read-values.ts";

/** Sums over the entries of one tensor, or of several; plain sums, so that groups add up. */
export interface ChangeTotals {
  readonly elements: number;
  /** Entries that differ between a and b. */
  readonly changed: number;
  /** Squares of b - a, and of a. */
  readonly squares: number;
  readonly origin: number;
  /** Squares of a - base and of b - base, and their products; 0 without a base. */
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
}

/** How one tensor differs between two models. */
export interface TensorChange extends ChangeTotals {
  readonly name: string;
  /** Largest magnitude of b - a. */
  readonly largest: number;
  /** Of b - a; undefined for what is no matrix. */
  readonly rank: number | undefined;
}

/** Nothing yet. */
export const NO_CHANGE: ChangeTotals = { elements: 0, changed: 0, squares: 0, origin: 0, aa: 0, bb: 0, ab: 0 };

/** Adds up what was measured of two groups of tensors. */
export function addTotals(one: ChangeTotals, other: ChangeTotals): ChangeTotals {
  return {
    elements: one.elements + other.elements,
    changed: one.changed + other.changed,
    squares: one.squares + other.squares,
    origin: one.origin + other.origin,
    aa: one.aa + other.aa,
    bb: one.bb + other.bb,
    ab: one.ab + other.ab,
  };
}

/** Matrices wider than this have no rank measured: a row of theirs need not fit into a piece. */
const WIDEST = 1 << 17;

/** What is compared. */
export interface Comparison {
  readonly a: Model;
  readonly b: Model;
  readonly base: Model | undefined;
}

/** Reads a tensor that all models have in one shape, and measures its change. @throws those of `readValues` */
export function compareTensor({ a, b, base }: Comparison, tensor: string, kernels: Kernels): TensorChange {
  const { shape } = a.tensors.get(tensor)!;
  const width = shape.at(-1) ?? 1;
  const rank = shape.length >= 2 && width <= WIDEST ? new EffectiveRank(width) : undefined;
  const totals = { changed: 0, squares: 0, origin: 0, aa: 0, bb: 0, ab: 0, largest: 0 };
  const models = base === undefined ? [a, b] : [a, b, base];
  const places = models.map((model) => ({ model, tensor }));
  readValues(places, kernels, ({ values: [one, other, origin] }) => {
    if (origin !== undefined) addVectors(totals, one!, other!, origin);
    addChange(totals, one!, other!);
    rank?.addRows(other!);
  });
  return { name: tensor, elements: elementCount(shape), ...totals, rank: rank?.value() };
}

/** Measures b - a, and leaves it in the place of b. */
function addChange(
  totals: { changed: number; squares: number; origin: number; largest: number },
  a: Float32Array,
  b: Float32Array,
): void {
  let { changed, squares, origin, largest } = totals;
  for (let i = 0; i < a.length; i++) {
    const change = b[i]! - a[i]!;
    b[i] = change;
    origin += a[i]! * a[i]!;
    if (change === 0) continue;
    changed++;
    squares += change * change;
    largest = Math.max(largest, Math.abs(change));
  }
  Object.assign(totals, { changed, squares, origin, largest });
}

function addVectors(
  totals: { aa: number; bb: number; ab: number },
  a: Float32Array,
  b: Float32Array,
  base: Float32Array,
): void {
  let { aa, bb, ab } = totals;
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i]! - base[i]!, b[i]! - base[i]!];
    aa += one * one;
    bb += other * other;
    ab += one * other;
  }
  Object.assign(totals, { aa, bb, ab });
}
