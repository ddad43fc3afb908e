import type { Json } from "../base/canonical-json.ts";

/** A search, as its file describes it, checked as far as the file alone allows. */
export interface Search extends MergeInputs {
  /** "mixed" where the space has a method for each layer group. */
  readonly mergeMethod: string;
  /** mergekit's names; undefined keeps what the models have. */
  readonly dtype: string | undefined;
  /** Fixed settings of the method, in recipe syntax. */
  readonly parameters: { readonly [name: string]: Json };
  readonly space: SearchSpace;
  readonly optimiser: { readonly name: string; readonly settings: { readonly [name: string]: Json } };
  readonly tasks: readonly SearchTask[];
  /** Candidates at most. */
  readonly evaluations: number;
  /** Further limits of the budget. */
  readonly limits: BudgetLimits;
  readonly racing: Racing | undefined;
  readonly finalists: Finalists | undefined;
  readonly seed: number;
  readonly compare: readonly PlainMerge[];
  /** Where it begins; the middle or start of each range when left out. */
  readonly start?: SearchStart;
  /** A search of layer orders that follows this one of parameters. */
  readonly next?: NextStage;
}

/** Where a search begins: at the best of its models alone, at one of them (an index; −1 for the base), or at a recipe. */
export type SearchStart =
  | { readonly kind: "parents" }
  | { readonly kind: "parent"; readonly model: number }
  | { readonly kind: "recipe"; readonly file: string }
  /** Folder of an earlier run, whose best recipe it is. */
  | { readonly kind: "run"; readonly folder: string };

/** A search of layer orders through the best merge of a search of parameters, and models. */
export interface NextStage {
  readonly order: LayerSpace;
  readonly optimiser: Search["optimiser"];
  /** They stand behind the best merge, which is the first model of the order. */
  readonly models: readonly SearchModel[];
  /** Share of the budget that is kept for it, between 0 and 1. */
  readonly share: number;
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
  /** Parts of tensor names that have settings of their own, beside the rest; as a recipe's filters. @default none */
  readonly components?: readonly string[];
  readonly ranges: readonly SearchRange[];
  /** A method is chosen for each layer group, out of at least two; ranges are empty then. */
  readonly methods?: readonly MethodOption[];
  /** The order of layers is searched instead; ranges are empty then. */
  readonly order?: LayerSpace;
}

/** One of the methods that a layer group may be merged by. */
export interface MethodOption extends Pick<MergeInputs, "models" | "baseModel"> {
  readonly mergeMethod: string;
  /** Fixed settings, in recipe syntax. */
  readonly parameters: { readonly [name: string]: Json };
  readonly ranges: readonly SearchRange[];
  /**
   * For methods of two models: the parameter whose range gives every model a number. The two with the highest numbers
   * are merged, from the highest to the next, and the parameter is the next one's share, e^b / (e^a + e^b).
   */
  readonly pair?: string;
}

/** Searches over which layers run in which order. */
export type LayerSpace = PathSpace | DisSpace | SurgerySpace;

/** Slots of all layers of all models, repeated; each in or out, with a scale. */
export interface PathSpace {
  readonly kind: "path";
  readonly repeats: number;
  /** A scale for each slot, for each pair of layers that may follow each other, or none. */
  readonly scales: "hop" | "pair" | "none";
  readonly scale: ScaleRange;
  /** Longer paths fail. */
  readonly mostLayers: number | undefined;
  /** Where the first model's slots of the first row begin, and all others: chances to be in. */
  readonly startFirst: number;
  readonly startOthers: number;
}

/** Blocks for each position, their order, and a scale behind it. */
export interface DisSpace {
  readonly kind: "dis";
  readonly repeats: number;
  readonly scale: ScaleRange;
  readonly mostLayers: number | undefined;
}

/** One change by hand. */
export interface SurgerySpace {
  readonly kind: "surgery";
  readonly operations: readonly ("skip" | "repeat" | "swap")[];
  /** Layers changed at most. */
  readonly longest: number;
}

/** The range of a scale. */
export interface ScaleRange {
  readonly low: number;
  readonly high: number;
  readonly start: number;
}

/** The range of one parameter. */
export interface SearchRange {
  readonly parameter: string;
  /** Whether every model has its own value. */
  readonly perModel: boolean;
  readonly low: number;
  readonly high: number;
  readonly start: number;
  /** The parameter is either this, or in the range: a bit decides. */
  readonly off?: number;
  /** The models' numbers are made positive and to sum to 1: e^x / Σ e^x. */
  readonly softmax?: boolean;
  /** All models have the same number, of a parameter that each could have for itself. */
  readonly shared?: boolean;
  /** Whole numbers, or 0 and 1 that stand for false and true. @default real numbers */
  readonly kind?: "whole" | "flag";
  /** α of a Beta(α, α) distribution, by whose chances the range goes from 0 to 1: two models share the parameter. */
  readonly beta?: number;
}

/** A task whose score counts. */
export interface SearchTask {
  /** As the caller opens it. */
  readonly file: string;
  readonly metric: string;
  /** Search items used at most; undefined for all. */
  readonly limit: number | undefined;
  /** In its objective's mean. @default 1 */
  readonly weight?: number;
  /** Tasks of one name are averaged into one objective; its own name when left out. */
  readonly objective?: string;
  /** How far a candidate's score may fall behind the best parent's. */
  readonly loseAtMost?: number;
}

/** What else ends a search; undefined for no limit. */
export interface BudgetLimits {
  /** Items scored for candidates, those of the final choice counted. */
  readonly itemEvaluations: number | undefined;
  /** Of work, over all sittings. */
  readonly seconds: number | undefined;
}

/** Candidates meet the items in blocks; one that is clearly worse than the best, or among the worst of its generation, stops after a block. */
export interface Racing {
  readonly blocks: number;
  /** Of the paired test, for example 0.9. */
  readonly confidence: number;
  /** Share of a generation that goes on after each block; 1 leaves it to the test alone. */
  readonly keep: number;
}

/** The choice among the best candidates by search items that the search did not use. */
export interface Finalists {
  readonly candidates: number;
  /** Of each task. */
  readonly items: number;
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
      readonly whole?: true;
    };
  };
}
