/** The files beside the weights that a merge does not simply take from its donor. */

import { CodedError } from "../base/errors.ts";
import { formatJsonLike } from "../base/json-spelling.ts";
import type { Model } from "../model/model.ts";
import { hasModelFile, readModelJson, readModelText } from "../model/model-file.ts";
import type { Alignment } from "./align-vocabularies.ts";
import { chooseTemplate, readTemplate } from "./choose-template.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";
import { uniteEos } from "./unite-eos.ts";
import { type JsonObject, readVocabulary, type Vocabulary } from "./vocabulary.ts";

/** What side files depend on. */
export interface SideContext {
  readonly recipe: Recipe;
  readonly opened: readonly OpenedModel[];
  readonly donor: OpenedModel;
  /** Undefined where the donor's tokenizer stays as it is. */
  readonly alignment: Alignment | undefined;
  readonly report: Report;
}

type SideTexts = ReadonlyMap<string, string | null>;

/** What a tokenizer may consist of besides tokenizer.json and its config; it must not contradict them. */
const OTHER_TOKENIZER_FILES = ["added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "tokenizer.model"];

/** Settings of what prepares images and sounds; any parent's are better than none. */
const PROCESSOR_FILES = ["preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json"];

/** Returns the texts of files that are not the donor's, and null for files of the donor's that must not be copied. */
export function makeSideTexts(context: SideContext): SideTexts {
  const { donor, opened } = context;
  return new Map([
    // The config is the plan's to make.
    ...[...(donor.model.sideTexts ?? [])].filter(([file]) => file !== "config.json"),
    ...processorTexts(donor.model, opened),
    ...tokenizerTexts(context),
    ...attempt(context, () => uniteEos(context), new Map()),
  ]);
}

/** A damaged side file is no reason to refuse a merge of weights. */
function attempt<T>({ donor, report }: SideContext, make: () => T, otherwise: T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report.warn("side_file_unreadable", donor.reference.place, { model: donor.reference.text, why: error.message });
    return otherwise;
  }
}

function processorTexts(donor: Model, opened: readonly OpenedModel[]): SideTexts {
  const missing = PROCESSOR_FILES.filter((name) => !hasModelFile(donor, name));
  return new Map(
    missing.flatMap((name): [string, string][] => {
      const owner = opened.find(({ model }) => hasModelFile(model, name));
      const text = owner === undefined ? undefined : readModelText(owner.model, name);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function tokenizerTexts(context: SideContext): SideTexts {
  const { recipe, opened, donor, alignment, report } = context;
  const chosen = chooseTemplate(recipe, opened, alignment !== undefined, report);
  if (alignment === undefined && chosen === undefined) return new Map();
  const owner = alignment?.tokenizerOwner ?? donor.model;
  const template = chosen ?? attempt(context, () => readTemplate(owner), undefined);
  const config = attempt(context, () => readModelJson(owner, "tokenizer_config.json"), undefined);
  return new Map<string, string | null>([
    ...(alignment === undefined ? [] : builtTexts(alignment, donor.model)),
    ...(config === undefined ? [] : [configText(owner, config, alignment?.vocabulary)]),
    ["chat_template.jinja", template ?? null],
    ["chat_template.json", null],
  ]);
}

/** Files of another model than the donor, or of a vocabulary that no model has. */
function builtTexts({ vocabulary, tokenizerOwner }: Alignment, donor: Model): [string, string | null][] {
  const isChanged =
    readVocabulary(tokenizerOwner)?.ids.size !== vocabulary.ids.size || hasOtherAdded(vocabulary, tokenizerOwner);
  if (!isChanged && tokenizerOwner === donor) return [];
  const others = OTHER_TOKENIZER_FILES.map((name): [string, string | null] => {
    const isText = !isChanged && name !== "tokenizer.model";
    return [name, isText ? (readModelText(tokenizerOwner, name) ?? null) : null];
  });
  return [
    ["tokenizer.json", `${JSON.stringify(vocabulary.definition, null, 2)}\n`],
    ["special_tokens_map.json", readModelText(tokenizerOwner, "special_tokens_map.json") ?? null],
    ...others,
  ];
}

function hasOtherAdded({ added }: Vocabulary, owner: Model): boolean {
  return readVocabulary(owner)?.added.size !== added.size;
}

/** The template moves to a file of its own, as transformers 5 writes it. */
function configText(owner: Model, config: JsonObject, vocabulary: Vocabulary | undefined): [string, string] {
  const { chat_template: _moved, ...rest } = config;
  const lists = vocabulary !== undefined && rest["added_tokens_decoder"] !== undefined;
  const entries = [...(vocabulary?.added.values() ?? [])].map(({ id, ...token }) => [String(id), token] as const);
  const decoder = lists ? { added_tokens_decoder: Object.fromEntries(entries) } : {};
  const original = readModelText(owner, "tokenizer_config.json");
  return ["tokenizer_config.json", formatJsonLike({ ...rest, ...decoder }, original)];
}
