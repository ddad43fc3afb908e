/**
 * What a checked recipe comes down to: for every output tensor, which inputs go through the method with which settings.
 *
 * A plan is made from headers, configs and tokenizer files alone. It is plain data except for the opened models, which
 * threads open again from their `source`.
 */

import type { GatheredTensor } from "../model/gathered-model.ts";
import type { Model, ModelConfig, ModelSource } from "../model/model.ts";
import type { ComputeDtype, Dtype } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";

/** A model that the recipe reads. */
export interface PlannedModel {
  readonly model: Model;
  readonly source: PlannedSource;
  /** The model as it was before its vocabulary was aligned, which fits its own config and tokenizer; absent if it was not. */
  readonly original?: Model;
}

/** How a model of a plan is opened again, in another thread; plain data. */
export type PlannedSource = ModelSource | GatheredSource | MergeSource;

/** The result of a merge that is not on disk. */
export interface MergeSource {
  readonly kind: "merge";
  readonly plan: Omit<Plan, "models"> & { readonly models: readonly PlannedSource[] };
  /** Folders of LoRA adapters on the result, applied in this order. */
  readonly adapters?: readonly string[];
}

/** A model whose embeddings follow another vocabulary. */
export interface GatheredSource {
  readonly kind: "gathered";
  /** Index into `models`: gives everything that is not gathered. */
  readonly own: number;
  readonly models: readonly PlannedSource[];
  readonly tensors: readonly GatheredTensor[];
  readonly key: string;
}

/** One tensor of one model. */
export interface PlannedInput {
  /** Index into `Plan.models`. */
  readonly model: number;
  /** Name in that model's tensor table. */
  readonly tensor: string;
}

/** How one output tensor comes about. */
export interface PlannedTensor {
  readonly name: string;
  readonly shape: Shape;
  /** Type it is written in. */
  readonly dtype: Dtype;
  readonly work: MergeWork | CopyWork;
}

/** The tensor goes through the recipe's method. */
export interface MergeWork {
  readonly kind: "merge";
  /** The grid of the arithmetic (mergekit's `dtype`, or the common type of the inputs). */
  readonly compute: ComputeDtype;
  readonly base: PlannedInput | undefined;
  /** In the order of the recipe's sources, the base left out where the method takes it apart. */
  readonly models: readonly PlannedInput[];
  /** As `Method.begin` takes them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** First word of the random stream that belongs to this tensor. */
  readonly drawStart: number;
}

/** The tensor is one input as it is (integer buffers, a lone optional tensor). */
export interface CopyWork {
  readonly kind: "copy";
  readonly from: PlannedInput;
  /** Inputs that must hold the same bytes, since integers cannot be merged; compared while copying. */
  readonly equalTo: readonly PlannedInput[];
  /**
   * Undefined if the stored bytes are copied. Else the values are rounded to this type and then to the tensor's own, as
   * the recipe's dtype and out_dtype ask.
   */
  readonly grid: ComputeDtype | undefined;
}

/** What one model's card says of its licence. */
export interface StatedLicence {
  readonly model: string;
  /** As the card's front matter spells it; undefined if it says nothing. */
  readonly licence: string | undefined;
}

/** A recipe that can be carried out. */
export interface Plan {
  /** The recipe's text as it was read, for the output's provenance. */
  readonly recipeText: string;
  /** Where the recipe came from, as the user wrote it. */
  readonly name: string;
  readonly method: string;
  readonly seed: number;
  /** In the order in which the recipe names them first. */
  readonly models: readonly PlannedModel[];
  /** In the order of execution: code-point order of the largest input name (the order of random draws). */
  readonly tensors: readonly PlannedTensor[];
  /** The output's config.json. */
  readonly config: ModelConfig;
  /** Index into `models`: gives config, tokenizer and the other files (the base, else the first). */
  readonly donor: number;
  /** Files of the output that are not the donor's: their texts by name, null for files that are left out. */
  readonly sideTexts: ReadonlyMap<string, string | null>;
  /** What the models' cards state, in the order of `models`. */
  readonly licences: readonly StatedLicence[];
  readonly warnings: readonly Problem[];
}

/** Something wrong with a recipe, or doubtful. */
export interface Problem {
  /** `area/name`, stable. */
  readonly code: string;
  /** Keys and indices from the top of the YAML: `models.0.parameters.weight`. */
  readonly path: string;
  /** From 1; where in the recipe's text. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}
