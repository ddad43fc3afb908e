/**
 * What a sparsifier is: it thins out one model's changes to the base.
 *
 * Like a merge method it sees the tensor in blocks, first in as many passes as it asks for, then to be thinned. The
 * changes are not held: every reading computes `values - base` anew.
 */

import type { Kernels } from "../../kernels/kernels.ts";
import type { RandomWords } from "../../kernels/random-words.ts";
import type { Change } from "../../kernels/selecting.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { ParamTable, Range } from "../method.ts";
import type { Norm } from "./norm-ratio.ts";

/** Consecutive elements of one model and the base. */
export interface ChangeBlock {
  /** Index of the first element in the flattened tensor. */
  readonly start: number;
  readonly change: Change;
}

/** How one model's changes are thinned out. */
export interface SparsifierSettings {
  /** Share of the entries kept, below 1. */
  readonly density: number;
  /** Share of the largest entries dropped; 0 for sparsifiers that do not know it. */
  readonly gamma: number;
  /** How far the probability of keeping strays from the density; 0 likewise. */
  readonly epsilon: number;
  /** Which length of the changes is kept by scaling what is left, if any. */
  readonly norm: Norm | undefined;
}

/** The tensor, and what is lent to thin it out. */
export interface SparsifierTools {
  readonly n: number;
  readonly shape: Shape;
  readonly dtype: ComputeDtype;
  readonly kernels: Kernels;
  /** Most elements of a block. */
  readonly blockElements: number;
  /** Opens this model's random words from their beginning. */
  readonly random: () => RandomWords;
  /** As in `Tools`. */
  readonly keepsRewrites: boolean;
}

/** The thinning of one model's changes, under way. */
export interface Thinning {
  /** As in `TensorMerge`. */
  readonly passes: Iterable<(block: ChangeBlock) => void>;
  /** Writes the thinned changes, [length of the block]. */
  readonly apply: (block: ChangeBlock, out: Float32Array) => void;
  /** As in `TensorMerge`, of `change.values`. */
  readonly rewrites?: boolean;
  /** Where it rewrites: what `apply` multiplies by what the passes left; known after them. */
  readonly factor?: () => number;
}

/** A way to thin out changes. */
export interface Sparsifier {
  /** The densities it takes; 1 and above never reach it. */
  readonly densities: Range;
  /** Settings for each model besides its density. */
  readonly params: ParamTable;
  /** As in `Method.grain`. */
  grain?(shape: Shape): number;
  /** Whether it draws a random word for each element. @throws methods/epsilon_out_of_range */
  draws(settings: SparsifierSettings): boolean;
  begin(settings: SparsifierSettings, tools: SparsifierTools): Thinning;
}
