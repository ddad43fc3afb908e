import { findMethod } from "../methods/index.ts";
import type { Plan } from "../recipe/plan.ts";

/**
 * Returns the README.md of a merge: what it is made of, by which method, and the recipe that makes it again.
 *
 * @param licences - what the parents declare; several mean that the user must decide, so none is claimed then.
 */
export function formatModelCard(plan: Plan, title: string, licences: readonly string[]): string {
  const method = findMethod(plan.method);
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
    ...names.map((name) => `- ${name}`),
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
