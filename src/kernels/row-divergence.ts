import type { ComputeDtype } from "../tensor/dtype.ts";
import { type Cascade, cascadeSum } from "./cascade-sum.ts";
import { magnitudeOf, roundToGrid } from "./grid.ts";
import { MAGNITUDE_BINS, patternOfBin } from "./magnitude-bins.ts";
import { type Exponentials, softmax } from "./softmax.ts";

/**
 * KL of the softmax of a row of values from that of a row of the base, [n] each: sum p log(p / q), with LEAST_PROBABILITY
 * added to all p and q.
 *
 * Every step is rounded to the type. The last bits of exponentials and sums are those of torch on processors with
 * vectors of 512 bits; see `softmax` and `cascadeSum`.
 */
export type RowDivergence = (values: Float32Array, base: Float32Array) => number;

/** Added to probabilities before their ratio is taken. */
const LEAST_PROBABILITY = 1e-8;

/** What divergences are made of; its twins are in WebAssembly and plain TypeScript. */
export interface DivergenceSteps extends Exponentials, Cascade {
  /** Replaces the p by the terms of the sum, of a 16-bit type. */
  terms(dtype: ComputeDtype, rows: ScaledRows, logarithms: Float32Array): void;
}

/** Numbers that are probabilities once they are multiplied and rounded. */
export interface ScaledRows {
  readonly p: Float32Array;
  readonly q: Float32Array;
  /** Factors of the two, float32. */
  readonly shares: readonly [p: number, q: number];
  /** Added to each probability, on the type's grid. */
  readonly least: number;
}

/** Memory for the divergences of rows. */
export interface DivergenceMemory {
  /** [n] */
  readonly p: Float32Array;
  /** [n] */
  readonly q: Float32Array;
  /** [MAGNITUDE_BINS of the type] for 16-bit types; overwritten. */
  readonly logarithms: Float32Array;
}

/** Makes divergences of rows of one length. */
export function rowDivergence(steps: DivergenceSteps, dtype: ComputeDtype, memory: DivergenceMemory): RowDivergence {
  const { p, q, logarithms } = memory;
  const halves = dtype !== "F32";
  const least = roundToGrid(dtype, Math.fround(LEAST_PROBABILITY));
  if (halves) logarithms.set(logarithmsOf(dtype));
  return (values, base) => {
    const shares = [softmax(steps, values, halves, p), softmax(steps, base, halves, q)] as const;
    if (halves) steps.terms(dtype, { p, q, shares, least }, logarithms);
    else computeTerms(dtype, { p, q, shares, least }, Math.log);
    return roundToGrid(dtype, cascadeSum(steps, p, halves));
  };
}

/** The definition of `DivergenceSteps.terms`, with any logarithm. */
export function computeTerms(
  dtype: ComputeDtype,
  { p, q, shares, least }: ScaledRows,
  log: (ratio: number) => number,
): void {
  const round = (value: number): number => roundToGrid(dtype, Math.fround(value));
  for (let i = 0; i < p.length; i++) {
    const ours = round(round(p[i]! * shares[0]) + least);
    const theirs = round(round(q[i]! * shares[1]) + least);
    p[i] = round(ours * round(log(round(ours / theirs))));
  }
}

const known = new Map<ComputeDtype, Float32Array>();

/** Logarithms of all numbers of a 16-bit type that are not negative, by `binOfPattern`. */
function logarithmsOf(dtype: ComputeDtype): Float32Array {
  let table = known.get(dtype);
  if (table === undefined) {
    const logOf = (bin: number): number => Math.log(magnitudeOf(patternOfBin(dtype, bin)));
    table = Float32Array.from({ length: MAGNITUDE_BINS[dtype] }, (_, bin) =>
      roundToGrid(dtype, Math.fround(logOf(bin))),
    );
    known.set(dtype, table);
  }
  return table;
}
