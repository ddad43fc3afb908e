/**
 * What a merge method is: data that describes it, and a function that starts the merge of one tensor.
 *
 * Everything else in the system (validation, scheduling, the CLI's help, the docs table, the contract tests) is derived
 * from that data. No code outside a method's own file may ask which method it is holding: a scheduler that needs to
 * know something reads a field declared here, and a field that is missing is added here.
 *
 * A tensor is never held whole. It arrives in blocks of consecutive elements, in order: once for every statistics pass
 * the method asks for, and once more to be merged. Values are float32; when the arithmetic is 16-bit (`facts.dtype`),
 * every value that arrives is already on that grid, and the method rounds after every operation as mergekit does.
 */

import type { Kernels } from "../kernels/kernels.ts";
import type { RandomWords } from "../kernels/random-words.ts";
import type { ComputeDtype } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";

/** Whether a setting has one value for the whole merge or one for each input model. */
export type Per = "merge" | "model";

/** Both ends belong to the range. */
export type Range = readonly [min: number, max: number];

/** One setting of a method, as declared. A `default` of undefined means required; null means "not set" is a value. */
export type Param<P extends Per = Per> =
  | {
      readonly kind: "number";
      readonly per: P;
      readonly default: number | null | undefined;
      readonly range: Range;
      /** Set where only whole numbers make sense. */
      readonly whole?: true;
      readonly doc: string;
    }
  | { readonly kind: "flag"; readonly per: P; readonly default: boolean; readonly doc: string };

/** The settings of a method, by their name in recipes. */
export type ParamTable = Readonly<Record<string, Param>>;

type Value<P extends Param> = P["kind"] extends "flag" ? boolean : null extends P["default"] ? number | null : number;

/** The settings as `begin` receives them: defaults filled in, ranges checked, one entry per model where declared so. */
export type Settings<T extends ParamTable> = {
  readonly [K in keyof T]: T[K]["per"] extends "model" ? readonly Value<T[K]>[] : Value<T[K]>;
};

/** What is known of a tensor before any value is read. */
export interface TensorFacts {
  /** Elements in the tensor. */
  readonly n: number;
  readonly shape: Shape;
  /** The grid that inputs lie on and results are rounded to. */
  readonly dtype: ComputeDtype;
  /** Input models, M, not counting a base that the method takes apart from them. */
  readonly modelCount: number;
  readonly hasBase: boolean;
}

/**
 * Consecutive elements of one tensor in every model. All arrays have the same length and live in kernel memory: at most
 * BLOCK_ELEMENTS, or a whole number of the method's grains (see `Method.grain`).
 */
export interface Block {
  /** Index of the first element in the flattened tensor. */
  readonly start: number;
  readonly base: Float32Array | undefined;
  /** [M] arrays in the order of the recipe's sources; a method changes them only if it `rewrites`. */
  readonly models: readonly Float32Array[];
  /** Written by `apply`; undefined content before. */
  readonly out: Float32Array;
}

/** The merge of one tensor under way. Its blocks arrive in ascending order in every pass. */
export interface TensorMerge {
  /**
   * Reads of all inputs that must come before `apply`, each over the whole tensor; often none (then an empty array). A
   * pass is taken from it only when the one before has seen every block, so a method that goes on until something holds
   * hands in a generator. It is gone through once.
   */
  readonly passes: Iterable<(block: Block) => void>;
  /** Writes `block.out`. */
  readonly apply: (block: Block) => void;
  /**
   * Merges stored elements at once: writes what widening, `apply` and narrowing would, with no float32 between. Where the
   * method has it for the type, and inputs and result are stored in it.
   *
   * @param out - as long as the inputs; overwritten.
   * @returns how many of the written elements are infinite or not a number.
   */
  readonly applyStored?: (inputs: StoredBlock, out: Uint8Array) => number;
  /**
   * Whether passes write to `block.models`, on the type's grid, and later readings are to find that instead of the
   * inputs. Only where `Tools.keepsRewrites` is set; the results are the same without.
   */
  readonly rewrites?: boolean;
}

/** Consecutive elements of all inputs as they are stored, in kernel memory. */
export interface StoredBlock {
  readonly base: Uint8Array | undefined;
  /** [M] little-endian bytes in the order of the recipe's sources, or what passes left of them. */
  readonly models: readonly Uint8Array[];
}

/** What the executor lends to a method. */
export interface Tools {
  readonly kernels: Kernels;
  /**
   * Opens the merge's random stream at a place, counted in words from the start of this tensor's share of it
   * (see `Method.draws`).
   */
  readonly randomAt: (word: number) => RandomWords;
  /** Whether the tensor is held in memory as a whole, so that what is written to its blocks can stay there. */
  readonly keepsRewrites?: boolean;
  /** Bytes of kernel memory that the method may take, besides scratch for a block, to hold what it would compute again. */
  readonly spareBytes?: number;
}

/** What becomes of the base model: kept apart and needed, kept apart if given, or one more input like the others. */
export type BaseRole = "required" | "optional" | "ordinary";

/** A merge method, as a plugin. */
export interface Method<T extends ParamTable = ParamTable> {
  /** The name used in recipes: lower_snake_case, stable for ever. */
  readonly name: string;
  readonly title: string;
  /** Where the algorithm is defined: a paper, a report, or a post. */
  readonly source: string;
  readonly base: BaseRole;
  /**
   * Fewest and most inputs it accepts. A base that is required, or that is an ordinary input, counts as one of them; one
   * that may be left out does not.
   */
  readonly arity: readonly [min: number, max: number];
  /** What happens when an optional tensor is found in one input only: it is merged as usual, or copied as it is. */
  readonly lone: "merge" | "copy";
  readonly params: T;
  /** Set where results are float32 whatever the inputs' type, as mergekit's are. */
  readonly result?: "F32";
  /**
   * How many consecutive elements the method must see together, for methods that work on rows; every block then holds a
   * whole number of them, even where one alone is larger than BLOCK_ELEMENTS. Absent: blocks may be cut anywhere.
   *
   * @returns a divisor of the tensor's element count, at least 1.
   */
  grain?(shape: Shape): number;
  /**
   * Words of the merge's random stream that one tensor takes; 0 for methods without randomness. The planner adds these
   * up in execution order, so that each tensor's share is known before any of it is drawn.
   */
  draws(settings: Settings<T>, n: number): number;
  /** Whether a lone input comes out as it is, so that it may be copied whatever its type. Absent: never. */
  keeps?(settings: Settings<T>): boolean;
  /** Starts the merge of one tensor. Statistics live in the returned closures; nothing is shared between tensors. */
  begin(facts: TensorFacts, settings: Settings<T>, tools: Tools): TensorMerge;
}

/** A method with its parameter table forgotten: what the planner, the executor and the contract tests hold. */
export interface AnyMethod extends Omit<Method, "begin" | "draws" | "keeps"> {
  keeps?(settings: Readonly<Record<string, unknown>>): boolean;
  draws(settings: Readonly<Record<string, unknown>>, n: number): number;
  begin(facts: TensorFacts, settings: Readonly<Record<string, unknown>>, tools: Tools): TensorMerge;
}

/** The range of numbers that any finite value suits. */
export const ANY_NUMBER: Range = [-Number.MAX_VALUE, Number.MAX_VALUE];

/** Declares a required number. */
export function requiredNumber<P extends Per>(per: P, range: Range, doc: string) {
  return { kind: "number", per, default: undefined, range, doc } as const;
}

/** Declares a number with a default; null means that "not set" is a value of its own. */
export function number<P extends Per, D extends number | null>(per: P, fallback: D, range: Range, doc: string) {
  return { kind: "number", per, default: fallback, range, doc } as const;
}

/** Declares a yes-or-no setting. */
export function flag<P extends Per>(per: P, fallback: boolean, doc: string) {
  return { kind: "flag", per, default: fallback, doc } as const;
}

/** Identity at run time; at compile time it ties `begin`'s settings to the declared table. */
export function defineMethod<const T extends ParamTable>(method: Method<T>): Method<T> {
  return method;
}
