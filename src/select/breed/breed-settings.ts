/** How children are chosen. */
export type Strategy = "greedy" | "kinship" | "archive";

/** What makes one model of two. */
export interface Operator {
  readonly mergeMethod: string;
  /** As in a recipe. */
  readonly parameters: { readonly [key: string]: unknown };
  /** What the recipe's base_model is: the better parent (as SLERP wants it), the pool's base, or nothing. */
  readonly base: "first" | "pool" | "none";
  /** How a share of the second parent is told to the method: as `t`, as weights of both, or not at all. */
  readonly mixing: "t" | "weight" | "none";
}

/**
 * When breeding ends before its budget: after a generation for which everything that is asked for here holds.
 *
 * The paper's rule is a kinship of 0.9 alone. The other conditions are ours; docs/results/kinship.md says what each saves.
 */
export interface EarlyStop {
  /** The mean kinship among the top models is above this; undefined: it is not asked for. */
  readonly kinship: number | undefined;
  /** The generation did not give a better best model. */
  readonly unimproved: boolean;
  /** It is this generation or a later one, ≥ 1. */
  readonly from: number;
}

/** Everything that decides how breeding goes. */
export interface BreedSettings {
  readonly strategy: Strategy;
  /** Foundation models, by name. */
  readonly models: readonly string[];
  readonly operator: Operator;
  /** How many of the best breed; also how many pairs a generation merges. @default 3 */
  readonly topK: number;
  /** The partner of an exploration merge: with the lowest kinship to the best, or the highest (as the paper's algorithm is printed). */
  readonly exploration: "lowest" | "highest";
  /** Undefined: never. */
  readonly earlyStop: EarlyStop | undefined;
  /** Children at most. */
  readonly merges: number;
  /** Generations at most, of greedy and kinship. */
  readonly generations: number;
  /** Models that the archive keeps. */
  readonly archiveSize: number;
  readonly seed: number;
}
