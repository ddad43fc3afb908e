/**
 * What an optimiser is: pure functions over a state that is plain JSON.
 *
 * The caller owns the loop: `ask` for candidates, evaluate them however and wherever, `tell` the answers. The state can
 * be stored after every `tell`, and a run that goes on from a stored state is the run that was never stopped.
 * Everything is minimised; whoever wants a maximum changes the sign.
 */

import type { Json } from "../base/canonical-json.ts";

/** One bounded variable. Candidates always lie inside [low, high]. */
export interface Variable {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Where the search begins. May lie between two whole numbers: 0.5 leaves a choice of 0 and 1 open. */
  readonly start: number;
  /**
   * `whole` numbers are ordered; the whole numbers of a `choice` are only names of options.
   * @default "real"
   */
  readonly kind?: "real" | "whole" | "choice";
  /** This variable has an effect only while a choice has this value; undefined if it always has. */
  readonly onlyIf?: VariableCondition;
}

/** A choice, and the value that it must have. */
export interface VariableCondition {
  /** Index of the choice in the space. */
  readonly variable: number;
  readonly equals: number;
}

/** [N] variables, in the order of a candidate's values. */
export type Space = readonly Variable[];

/** A point to be evaluated. */
export interface Candidate {
  /** Counts up over the whole run; answers refer to it. */
  readonly id: number;
  /** [N], each inside its variable's bounds; whole numbers for `whole` and `choice`. */
  readonly values: readonly number[];
}

/** What came back for a candidate. */
export interface Answer {
  readonly id: number;
  /** The objective, to be minimised; NaN for an evaluation that failed, which is then ranked last. */
  readonly value: number;
  /** [M], all to be minimised, for optimisers that look for a front; `value` is the only one when left out. */
  readonly objectives?: readonly number[];
  /** By how much constraints are broken, in all; 0 or nothing when they hold. */
  readonly violation?: number;
}

/** Why an optimiser would stop. */
export interface StopReason {
  readonly name: string;
  readonly detail: string;
}

/** An optimiser, as a plugin. `S` is its state. */
export interface Optimiser<S extends Json = Json, O extends Json = Json> {
  /** lower_snake_case, stable for ever. */
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Set where candidates do not depend on answers: each is a draw of its own from one distribution. */
  readonly isIndependent?: true;
  /** Fills in defaults. @throws optim/bad_setting */
  settings(given: { readonly [key: string]: Json }, space: Space): O;
  init(space: Space, settings: O, seed: number): S;
  /** Pure: the same state asks the same questions. */
  ask(state: S): readonly Candidate[];
  /** Takes all answers to the last `ask`, in any order. */
  tell(state: S, answers: readonly Answer[]): S;
  /** All reasons that hold; empty while it should go on. */
  stop(state: S): readonly StopReason[];
  /**
   * The point that it would bet on, [N]: under noise a better choice than the best point seen, which was also lucky.
   * Undefined for optimisers without an opinion, and before they have one.
   */
  recommend?(state: S): readonly number[] | undefined;
}

/** An optimiser whose state and settings are opaque JSON: what the search loop and the contract tests hold. */
export type AnyOptimiser = Optimiser<Json, Json>;

/**
 * Declares an optimiser. It comes back with its state and settings opaque, which is sound because they only ever
 * travel from `settings` to `init` and from `init`, `ask` and `tell` to each other.
 */
export function defineOptimiser<S extends Json, O extends Json>(
  optimiser: Optimiser<S, O>,
): Optimiser<S, O> & AnyOptimiser {
  return optimiser as Optimiser<S, O> & AnyOptimiser;
}
