import type { RidgePosterior, SparseRow } from "./ridge.ts";
import { fitRidge } from "./ridge.ts";
import type { SpaceSplit } from "./space-split.ts";

/** Which option of which choice lets a number matter; null where it always does. In places of the split. */
export type NumberCondition = { readonly choice: number; readonly option: number } | null;

/** A point of a mixed space in parts: numbers in [0, 1], options from 0. */
export type MixedPoint = { readonly numbers: readonly number[]; readonly options: readonly number[] };

/** What is modelled. */
export interface SurrogateSpace {
  readonly split: SpaceSplit;
  /** [numbers] */
  readonly conditions: readonly NumberCondition[];
}

/** Whether a number matters beside these options. */
export function isActive(condition: NumberCondition, options: readonly number[]): boolean {
  return condition === null || options[condition.choice] === condition.option;
}

/** Places of a model's coefficients: 1, an indicator for each option but a choice's first, u and u² for each number. */
interface FeaturePlaces {
  readonly count: number;
  /** [choices], of option 1. */
  readonly options: readonly number[];
  /** Of the first number's u. */
  readonly numbers: number;
}

function placesOf({ split }: SurrogateSpace): FeaturePlaces {
  let next = 1;
  const options = split.options.map((K) => {
    const first = next;
    next += K - 1;
    return first;
  });
  return { count: next + 2 * split.numbers.length, options, numbers: next };
}

function toRow(space: SurrogateSpace, places: FeaturePlaces, { numbers, options }: MixedPoint): SparseRow {
  const row: { readonly places: number[]; readonly values: number[] } = { places: [0], values: [1] };
  for (const [c, option] of options.entries())
    if (option > 0) {
      row.places.push(places.options[c]! + option - 1);
      row.values.push(1);
    }
  for (const [j, t] of numbers.entries())
    if (isActive(space.conditions[j]!, options)) {
      const u = 2 * t - 1;
      row.places.push(places.numbers + 2 * j, places.numbers + 2 * j + 1);
      row.values.push(u, u * u);
    }
  return row;
}

const INTERCEPT_PRIOR = 1e-4;
const OLD_WEIGHT = 0.3;

/**
 * Fits a quadratic of each number and a value of each option, where a number counts only while it matters.
 *
 * The better half of the points, and at least 1.5 for each choice or number, have full weight; the others 0.3.
 *
 * @param values - [points], finite.
 */
export function fitSurrogate(
  space: SurrogateSpace,
  points: readonly MixedPoint[],
  values: readonly number[],
): RidgePosterior {
  const places = placesOf(space);
  const size = Math.max(space.split.choices.length, space.split.numbers.length);
  const good = Math.max(1.5 * size, points.length / 2);
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const weights = new Array<number>(points.length).fill(OLD_WEIGHT);
  for (const [place, i] of order.entries()) if (place < good) weights[i] = 1;
  return fitRidge({
    features: places.count,
    rows: points.map((point) => toRow(space, places, point)),
    targets: standardise(values),
    weights,
    prior: Array.from({ length: places.count }, (_, i) => (i === 0 ? INTERCEPT_PRIOR : 1)),
  });
}

function standardise(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(variance) || 1;
  return values.map((value) => (value - mean) / deviation);
}

/**
 * Returns the model's best point: every choice takes the option whose value, with the best numbers that it lets matter,
 * is lowest. Numbers that do not matter then are undefined.
 */
export function minimiseSurrogate(
  space: SurrogateSpace,
  coefficients: Float64Array,
): { readonly options: readonly number[]; readonly numbers: readonly (number | undefined)[] } {
  const places = placesOf(space);
  const best = space.conditions.map((_, j) =>
    lowestOf(coefficients[places.numbers + 2 * j]!, coefficients[places.numbers + 2 * j + 1]!),
  );
  const options = space.split.options.map((K, c) => {
    const energies = Array.from({ length: K }, (_, option) => {
      const own = option === 0 ? 0 : coefficients[places.options[c]! + option - 1]!;
      const numbers = space.conditions.map((condition, j) =>
        condition?.choice === c && condition.option === option ? best[j]!.value : 0,
      );
      return numbers.reduce((sum, value) => sum + value, own);
    });
    return energies.indexOf(Math.min(...energies));
  });
  const numbers = best.map(({ at }, j) => (isActive(space.conditions[j]!, options) ? (at + 1) / 2 : undefined));
  return { options, numbers };
}

/** The lowest point of b₁u + b₂u² in [−1, 1]. */
function lowestOf(b1: number, b2: number): { readonly at: number; readonly value: number } {
  const at = b2 > 0 ? Math.min(1, Math.max(-1, -b1 / (2 * b2))) : b1 > 0 ? -1 : 1;
  return { at, value: b1 * at + b2 * at * at };
}
