import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatJsonLike } from "../base/json-spelling.ts";
import type { Model } from "../model/model.ts";
import { findModelFile, readModelText } from "../model/model-file.ts";
import type { Plan } from "../recipe/plan.ts";
import { formatModelCard } from "./model-card.ts";

/** What travels with the weights, when the donor has it. */
const DONOR_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "tokenizer.model",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "vocab.txt",
  "merges.txt",
  "chat_template.jinja",
  "chat_template.json",
  "generation_config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "video_preprocessor_config.json",
  "modules.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
  "1_Pooling/config.json",
] as const;

/** The name under which the recipe travels; mergekit's, since the hub and other tools look for it. */
export const RECIPE_FILE = "mergekit_config.yml";

/**
 * Writes everything of a merge but its weights: config.json, tokenizer, template, generation and processor files, the
 * recipe and a model card.
 *
 * Called while the first weights are merged, so that a fault here costs little.
 *
 * @param outputName - the output folder's final name, for the card's title.
 * @throws those of `readModelText`
 */
export function writeSideFiles(plan: Plan, folder: string, outputName: string): void {
  const donor = plan.models[plan.donor]!.model;
  if (Object.keys(plan.config).length > 0) {
    const text = formatJsonLike(sortKeys(plan.config), readModelText(donor, "config.json"));
    writeFileSync(join(folder, "config.json"), text);
  }
  for (const file of new Set([...DONOR_FILES, ...plan.sideTexts.keys()])) writeSideFile(plan, donor, file, folder);
  writeFileSync(join(folder, RECIPE_FILE), plan.recipeText);
  writeFileSync(join(folder, "README.md"), formatModelCard(plan, basename(outputName)));
}

function writeSideFile({ sideTexts }: Plan, donor: Model, file: string, folder: string): void {
  const text = sideTexts.get(file);
  if (text === null) return;
  const from = text === undefined ? findModelFile(donor.filesFolder, file) : undefined;
  if (text === undefined && from === undefined) return;
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  if (text === undefined) copyFileSync(from!, join(folder, file));
  else writeFileSync(join(folder, file), text);
}

function sortKeys(config: Plan["config"]): Plan["config"] {
  return Object.fromEntries(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
