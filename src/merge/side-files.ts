import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plan } from "../recipe/plan.ts";
import { formatModelCard } from "./model-card.ts";

/** What travels with the weights unchanged, when the donor has it. */
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
] as const;

/** The name under which the recipe travels; mergekit's, since the hub and other tools look for it. */
const RECIPE_FILE = "mergekit_config.yml";

/**
 * Writes everything of a merge but its weights: config.json, the donor's tokenizer and generation files, the recipe and
 * a model card.
 *
 * Called before the first weight is written, so that a fault here costs nothing.
 *
 * @param outputName - the output folder's final name, for the card's title.
 */
export function writeSideFiles(plan: Plan, folder: string, outputName: string): void {
  const donor = plan.models[plan.donor]!.model;
  writeFileSync(join(folder, "config.json"), `${JSON.stringify(sortKeys(plan.config), null, 2)}\n`);
  for (const file of DONOR_FILES) {
    const from = join(donor.filesFolder, file);
    if (existsSync(from)) copyFileSync(from, join(folder, file));
  }
  writeFileSync(join(folder, RECIPE_FILE), plan.recipeText);
  writeFileSync(join(folder, "README.md"), formatModelCard(plan, basename(outputName), licencesOf(plan)));
}

function sortKeys(config: Plan["config"]): Plan["config"] {
  return Object.fromEntries(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The licences that the parents' model cards declare, in the order of the models. */
function licencesOf(plan: Plan): string[] {
  const licences = plan.models.flatMap(({ model }) => {
    const card = join(model.filesFolder, "README.md");
    if (!existsSync(card)) return [];
    const match = /^---\n[\s\S]*?^license:\s*(\S+)\s*$[\s\S]*?^---/m.exec(readFileSync(card, "utf8").slice(0, 10_000));
    return match === null ? [] : [match[1]!];
  });
  return [...new Set(licences)];
}
