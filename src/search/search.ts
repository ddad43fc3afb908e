import type { Json } from "../base/canonical-json.ts";

/** A search, as its file describes it, checked as far as the file alone allows. */
export interface Search extends MergeInputs {
  readonly mergeMethod: string;
  /** mergekit's names; undefined keeps what the models have. */
  readonly dtype: string | undefined;
  /** Fixed settings of the method, in recipe syntax. */
  readonly parameters: { readonly [name: string]: Json };
  readonly space: SearchSpace;
  readonly optimiser: { readonly name: string; readonly settings: { readonly [name: string]: Json } };
  readonly tasks: readonly SearchTask[];
  readonly evaluations: number;
  readonly seed: number;
  readonly compare: readonly PlainMerge[];
}

/** The models of a merge. */
export interface MergeInputs {
  /** The recipe's base; undefined also when one was given that the method would not take apart from the models. */
  readonly baseModel: SearchModel | undefined;
  readonly models: readonly SearchModel[];
  /** All models that were named, the base last: what the merge is measured against. */
  readonly parents: readonly SearchModel[];
}

/** A model that takes part. */
export interface SearchModel {
  /** Last part of the path, or the whole path where that is not unique. */
  readonly name: string;
  /** As recipes will name it. */
  readonly path: string;
}

/** What is varied: one variable for each searched parameter, layer group and (for parameters that are per model) model. */
export interface SearchSpace {
  readonly layerGroups: number;
  readonly ranges: readonly SearchRange[];
}

/** The range of one parameter. */
export interface SearchRange {
  readonly parameter: string;
  /** Whether every model has its own value. */
  readonly perModel: boolean;
  readonly low: number;
  readonly high: number;
  readonly start: number;
}

/** A task whose score counts. */
export interface SearchTask {
  /** As the caller opens it. */
  readonly file: string;
  readonly metric: string;
  /** Search items used at most; undefined for all. */
  readonly limit: number | undefined;
}

/** A merge without a search, to compare with. */
export interface PlainMerge extends MergeInputs {
  readonly name: string;
  readonly mergeMethod: string;
  readonly parameters: { readonly [name: string]: Json };
}

/** What a search needs to know of a merge method; every plugin of `methods/` is one. */
export interface SearchMethod {
  readonly base: "required" | "optional" | "ordinary";
  /** Fewest and most inputs, the base counted. */
  readonly arity: readonly [number, number];
  readonly params: {
    readonly [name: string]: {
      readonly kind: string;
      readonly per: string;
      readonly default: unknown;
      readonly range?: readonly [number, number];
    };
  };
}
