import { CodedError } from "../base/errors.ts";
import type { Model } from "../model/model.ts";
import { readModelText } from "../model/model-file.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { StatedLicence } from "./plan.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/** Reads what the models' cards state, in the order of the models, and warns where they state different licences. */
export function collectLicences(
  recipe: Recipe,
  opened: readonly OpenedModel[],
  report: Report,
): readonly StatedLicence[] {
  const stated = opened.map(({ model, reference }) => ({ model: reference.text, licence: readLicence(model) }));
  const known = stated.filter(({ licence }) => licence !== undefined);
  if (new Set(known.map(({ licence }) => licence)).size > 1) {
    const licences = stated.map(({ model, licence }) => `"${model}" ${licence ?? "states none"}`).join(", ");
    report.warn("licences_differ", recipe.modules[0]!.layout.place, { licences });
  }
  return stated;
}

/** The licence stands in the YAML between the two lines of dashes at a card's start, as a word or under another name. */
function readLicence(model: Model): string | undefined {
  const card = readCard(model);
  const front = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card?.slice(0, 20_000) ?? "")?.[1];
  const valueUnder = (key: string): string | undefined =>
    new RegExp(`^${key}:[ \\t]*["']?([^"'\\r\\n#]+?)["']?[ \\t]*$`, "m").exec(front ?? "")?.[1];
  const licence = valueUnder("license");
  return licence === "other" ? (valueUnder("license_name") ?? licence) : licence;
}

function readCard(model: Model): string | undefined {
  try {
    return readModelText(model, "README.md");
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return undefined;
  }
}
