import { findMethod } from "../methods/index.ts";
import type { Plan } from "../recipe/plan.ts";

/**
 * Returns the README.md of a merge: what it is made of, by which method, and the recipe that makes it again.
 *
 * Where parents state several licences the user must decide, so none is claimed then.
 */
export function formatModelCard(plan: Plan, title: string): string {
  const method = findMethod(plan.method);
  const licences = [...new Set(plan.licences.flatMap(({ licence }) => licence ?? []))];
  const names = plan.models.map(({ model }) => model.name);
  const hubIds = names.filter((name) => /^[\w.-]+\/[\w.-]+$/.test(name));
  const front = [
    "---",
    ...(hubIds.length > 0 ? ["base_model:", ...hubIds.map((id) => `- ${id}`)] : ["base_model: []"]),
    ...(licences.length === 1 ? [`license: ${licences[0]}`] : []),
    "library_name: transformers",
    "tags:",
    "- merge",
    "- mergekit",
    "- merganser",
    "---",
  ];
  const body = [
    `# ${title}`,
    "",
    `A merge made with merganser by [${method.title}](${method.source}), from the recipe below.`,
    "",
    "## Parents",
    "",
    ...plan.licences.map(({ model, licence }) => `- ${model}${licence === undefined ? "" : ` (${licence})`}`),
    "",
    ...(licences.length > 1
      ? [`The parents declare several licences: ${licences.join(", ")}. Check what they allow.`, ""]
      : []),
    "## Recipe",
    "",
    "```yaml",
    plan.recipeText.trimEnd(),
    "```",
    "",
    "`merganser.lock.json` holds the seed and the hashes of the inputs and of the result.",
  ];
  return `${[...front, ...body].join("\n")}\n`;
}
