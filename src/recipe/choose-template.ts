/** Decides on the chat template of a merge. */

import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import type { Model } from "../model/model.ts";
import { readModelJson, readModelText } from "../model/model-file.ts";
import { CHAT_TEMPLATES } from "./chat-templates.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/** A literal template is at least this long and has a brace; what is shorter was meant as a name. */
const LEAST_LITERAL = 20;

/**
 * Returns the template that a recipe asks for: a known name, the one that most of its models have (`auto`), or a literal.
 *
 * @param isBuilt - whether the output's tokenizer is built. mergekit only logs an unreadable template when it is not.
 * @returns undefined if the donor's stays.
 */
export function chooseTemplate(
  { chatTemplate }: Recipe,
  opened: readonly OpenedModel[],
  isBuilt: boolean,
  report: Report,
): string | undefined {
  if (chatTemplate === undefined) return undefined;
  const { value, place } = chatTemplate;
  if (value === "auto") {
    const common = commonTemplate(opened, report);
    if (common === undefined) report.warn("no_template", place, {});
    return common;
  }
  if (Object.hasOwn(CHAT_TEMPLATES, value)) return CHAT_TEMPLATES[value];
  if (value.length >= LEAST_LITERAL && value.includes("{")) return value;
  report[isBuilt ? "error" : "warn"]("template_unreadable", place, { found: value });
  return undefined;
}

/** The most frequent template; of several the one that comes first. */
function commonTemplate(opened: readonly OpenedModel[], report: Report): string | undefined {
  const counts = new Map<string, number>();
  for (const { model, reference } of opened) {
    try {
      const template = readTemplate(model)?.trim();
      if (template !== undefined && template !== "") counts.set(template, (counts.get(template) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      report.warn("side_file_unreadable", reference.place, { model: reference.text, why: error.message });
    }
  }
  const most = Math.max(0, ...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/** Reads a model's chat template: its own file, else what tokenizer_config.json has, of several the default. */
export function readTemplate(model: Model): string | undefined {
  const own = readModelText(model, "chat_template.jinja");
  if (own !== undefined) return own;
  const value = readModelJson(model, "tokenizer_config.json")?.["chat_template"];
  if (typeof value === "string") return value;
  const named = Array.isArray(value)
    ? value
    : Object.entries(asObject(value)).map(([name, template]) => ({ name, template }));
  const found = named.map((entry) => asObject(entry as Json)).find(({ name }) => name === "default")?.["template"];
  return typeof found === "string" ? found : undefined;
}

function asObject(value: Json | undefined): { readonly [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {};
}
