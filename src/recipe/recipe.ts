/**
 * A recipe as it was written: checked for form, not yet for sense. Every part knows where it stands in the text.
 *
 * The keys and their meaning are those of mergekit 0.1.5.
 */

import type { Dtype } from "../tensor/dtype.ts";
import type { Located, Place } from "./report.ts";

/** A single value of a parameter as written. */
export type Scalar = boolean | number | string;

/** A value, or a list of values spread over the layers (a gradient). */
export type Gradient = Scalar | readonly Scalar[];

/** A value for the tensors whose name contains `filter`; null and "*" stand for all. */
export interface Conditional {
  readonly filter: string | null;
  readonly value: Gradient;
}

/** What a parameter is set to. Of a list of conditionals the first that matches counts. */
export type Setting = Gradient | readonly Conditional[];

/** Parameters by name; undefined stands for a value that could not be read, which was noted. */
export type ParameterMap = ReadonlyMap<string, Located<Setting | undefined>>;

/** A model as the recipe names it. */
export interface ModelReference {
  /** `MODEL[@REVISION][+LORA]`: what opens it. */
  readonly text: string;
  readonly overrideArchitecture: string | undefined;
  readonly place: Place;
}

/** One input of a slice, or one of `models`. */
export interface Source {
  readonly model: ModelReference;
  /** Layers from the first up to, not including, the second; undefined under `models`. */
  readonly layerRange: Located<readonly [number, number]> | undefined;
  readonly parameters: ParameterMap;
  readonly place: Place;
}

/** A run of output layers. */
export interface Slice {
  readonly sources: readonly Source[];
  readonly base: ModelReference | undefined;
  readonly parameters: ParameterMap;
  readonly place: Place;
}

/** Whole models, or layers put together. */
export type Layout =
  | { readonly kind: "models"; readonly sources: readonly Source[]; readonly place: Place }
  | { readonly kind: "slices"; readonly slices: readonly Slice[]; readonly place: Place };

/** One module of the models, or all of them. */
export interface RecipeModule {
  /** Undefined where the layout stands at the top of the recipe and holds for every module. */
  readonly name: string | undefined;
  readonly layout: Layout;
  /** They go before those of the recipe. */
  readonly parameters: ParameterMap;
  readonly place: Place;
}

/** A recipe, as much of it as could be read. */
export interface Recipe {
  /** Of its result, for other recipes of the same text. */
  readonly name: Located<string> | undefined;
  readonly text: string;
  /** Whether all models, slices and layer ranges could be read, so that it makes sense to look at how they go together. */
  readonly isWhole: boolean;
  /** Undefined if it could not be read. */
  readonly method: Located<string> | undefined;
  readonly base: ModelReference | undefined;
  /** At least one. */
  readonly modules: readonly RecipeModule[];
  readonly parameters: ParameterMap;
  /** Inputs are cast to it when read, so it is the type of the arithmetic. */
  readonly dtype: Located<Dtype> | undefined;
  /** Type that is written. */
  readonly outDtype: Located<Dtype> | undefined;
  /** How vocabularies are aligned; undefined leaves embeddings as they are. */
  readonly tokenizer: TokenizerSetting | undefined;
  readonly chatTemplate: Located<string> | undefined;
}

/** What `tokenizer_source` or `tokenizer` ask for. */
export interface TokenizerSetting {
  readonly source: "base" | "union" | ModelReference;
  /** Tokens whose rows the recipe says where to take from. */
  readonly tokens: ReadonlyMap<string, TokenRule>;
  readonly padToMultipleOf: number | undefined;
  readonly place: Place;
}

/** Where the row of one token comes from. */
export interface TokenRule {
  readonly source: TokenSource;
  /** Whether it replaces the rows of models that have the token. */
  readonly force: boolean;
  readonly place: Place;
}

/** Zeros, a model's row of the same token, a model's row of some other token, or nothing said. */
export type TokenSource =
  | { readonly kind: "none" }
  | { readonly kind: "zero" }
  | { readonly kind: "same"; readonly model: ModelReference }
  | { readonly kind: "token"; readonly model: ModelReference; readonly token: string | number };

/** Whether two references mean the same model; texts are compared as they are. */
export function isSameModel(a: ModelReference, b: ModelReference): boolean {
  return a.text === b.text && a.overrideArchitecture === b.overrideArchitecture;
}
