/** Aligns the embeddings of a recipe's models by token: builds the vocabulary, and models whose rows follow it. */

import { hasVocabularyAxis } from "../arch/tensor-roles.ts";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { configValue } from "../model/config.ts";
import { type GatheredTensor, openGatheredModel } from "../model/gathered-model.ts";
import { alignRows, type RowContext } from "./align-rows.ts";
import { mergeVocabularies, type VocabularyInput } from "./merge-vocabularies.ts";
import type { OpenedModel, OpenModel } from "./open-inputs.ts";
import { isSameModel, type Recipe, type TokenizerSetting } from "./recipe.ts";
import type { Report } from "./report.ts";
import type { TensorSlot } from "./tensor-slots.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";

/** What alignment needs. */
export interface AlignmentContext {
  readonly recipe: Recipe;
  readonly setting: TokenizerSetting;
  readonly opened: readonly OpenedModel[];
  readonly donor: OpenedModel;
  readonly slots: readonly TensorSlot[];
  readonly openModel: OpenModel;
  readonly report: Report;
}

/** A recipe's models with one vocabulary. */
export interface Alignment {
  /** As `AlignmentContext.opened`, with gathered embeddings. */
  readonly opened: readonly OpenedModel[];
  readonly slots: readonly TensorSlot[];
  readonly vocabulary: Vocabulary;
  /** Of each of `opened`, before alignment. */
  readonly vocabularies: readonly Vocabulary[];
  /** The model whose tokenizer files the output's start from. */
  readonly tokenizerOwner: OpenedModel["model"];
  /** Of the output's embeddings. */
  readonly rows: number;
}

/** Aligns a recipe's models. @returns undefined after something was noted. */
export function alignVocabularies(context: AlignmentContext): Alignment | undefined {
  const { setting, opened, donor, report } = context;
  const before = report.errorCount();
  const inputs = readInputs(context);
  const chosen = chooseOwner(context);
  if (inputs === undefined || chosen === undefined) return undefined;
  const donorFirst = [inputs[donor.index]!, ...inputs.filter((_, i) => i !== donor.index)];
  const own = chosen === donor.model ? undefined : readOf(chosen, setting, report);
  if (report.errorCount() > before) return undefined;
  const vocabulary = mergeVocabularies(setting, donorFirst, chosenVocabulary(context, inputs, own), report);
  const tokens = tokensById(vocabulary);
  const multiple = setting.padToMultipleOf ?? 1;
  const rows = Math.ceil(tokens.length / multiple) * multiple;
  const rowContext = { ...context, tokens, rows, vocabularies: inputs };
  const aligned = alignSlots(rowContext, context.slots);
  if (report.errorCount() > before) return undefined;
  const models = opened.map((model) => gather(model, opened, aligned.get(model.index) ?? [], setting));
  return {
    opened: models,
    slots: context.slots.map((slot) => (isAligned(slot) ? redirect(slot, models) : slot)),
    vocabulary,
    vocabularies: inputs.map((input) => input.vocabulary),
    tokenizerOwner: chosen,
    rows,
  };
}

/** The vocabulary of the model that `source` names; undefined for base and union. */
function chosenVocabulary(
  { setting, donor }: AlignmentContext,
  inputs: readonly VocabularyInput[],
  own: Vocabulary | undefined,
): Vocabulary | undefined {
  if (typeof setting.source === "string") return undefined;
  return own ?? inputs[donor.index]!.vocabulary;
}

/** The model whose tokenizer the output's starts from. */
function chooseOwner({
  setting,
  opened,
  donor,
  openModel,
  report,
}: AlignmentContext): OpenedModel["model"] | undefined {
  const { source } = setting;
  if (typeof source === "string") return donor.model;
  const listed = opened.find(({ reference }) => isSameModel(reference, source));
  if (listed !== undefined) return listed.model;
  try {
    return openModel(source.text).model;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report.raised(error, source.place);
    return undefined;
  }
}

function readOf(
  model: OpenedModel["model"],
  { source, place }: TokenizerSetting,
  report: Report,
): Vocabulary | undefined {
  const at = typeof source === "string" ? place : source.place;
  try {
    const vocabulary = readVocabulary(model);
    if (vocabulary === undefined) report.error("no_tokenizer", at, { model: model.name });
    return vocabulary;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report.raised(error, at);
    return undefined;
  }
}

/** A model without a tokenizer of its own is taken to have the donor's, as mergekit does. */
function readInputs(context: AlignmentContext): readonly VocabularyInput[] | undefined {
  const { opened, donor, setting, report } = context;
  const donors = readOf(donor.model, { ...setting, source: donor.reference }, report);
  if (donors === undefined) return undefined;
  return opened.map((model) => {
    const vocabulary = model === donor ? donors : (readQuietly(model, report) ?? donors);
    const { config } = model.model;
    return { model: model.reference.text, config, vocabulary, size: statedSize(model) };
  });
}

function readQuietly({ model, reference }: OpenedModel, report: Report): Vocabulary | undefined {
  try {
    const vocabulary = readVocabulary(model);
    if (vocabulary === undefined) report.warn("tokenizer_assumed", reference.place, { model: reference.text });
    return vocabulary;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report.raised(error, reference.place);
    return undefined;
  }
}

/** Rows that config.json states, else unlimited. */
function statedSize({ model }: OpenedModel): number {
  const stated = [configValue(model.config, "vocab_size"), configValue(model.config, "text_config.vocab_size")];
  return stated.find((value): value is number => typeof value === "number") ?? Number.POSITIVE_INFINITY;
}

function tokensById({ ids }: Vocabulary): (string | undefined)[] {
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of ids) tokens[id] = token;
  return Array.from(tokens);
}

function isAligned({ name, inputs }: TensorSlot): boolean {
  return hasVocabularyAxis(name) && inputs.length > 0;
}

function alignSlots(context: RowContext, slots: readonly TensorSlot[]): ReadonlyMap<number, readonly GatheredTensor[]> {
  const byModel = new Map<number, GatheredTensor[]>();
  for (const slot of slots.filter(isAligned)) {
    for (const [model, tensor] of alignRows(context, slot) ?? []) {
      byModel.set(model, [...(byModel.get(model) ?? []), tensor]);
    }
  }
  return byModel;
}

function gather(
  model: OpenedModel,
  opened: readonly OpenedModel[],
  tensors: readonly GatheredTensor[],
  { source, tokens, padToMultipleOf }: TokenizerSetting,
): OpenedModel {
  if (tensors.length === 0) return model;
  const shapes = tensors.map(({ name, dtype, shape }) => [name, dtype, shape]);
  const key = canonicalJson([source, [...tokens], padToMultipleOf ?? null, shapes] as unknown as Json);
  const models = opened.map((other) => other.model);
  return {
    ...model,
    original: model.model,
    model: openGatheredModel({ own: model.model, models, tensors, key }),
    source: { kind: "gathered", own: model.index, models: opened.map((other) => other.source), tensors, key },
  };
}

/** Points a slot's inputs to the gathered tensors, which have the slot's name. */
function redirect(slot: TensorSlot, models: readonly OpenedModel[]): TensorSlot {
  const inputs = slot.inputs.map((input) => {
    const opened = models[input.source.opened.index]!;
    return { ...input, source: { ...input.source, opened }, stored: slot.name };
  });
  return { ...slot, inputs };
}
