import { openFolderModel } from "../model/folder-model.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../recipe/plan.ts";
import { sameShape } from "../tensor/shape.ts";
import { mergeErrors } from "./errors.ts";

/**
 * Opens what was written as any user would, and compares it with the plan and with its own config.
 *
 * @throws merge/output_wrong
 */
export function verifyOutput(path: string, plan: Plan): void {
  using written = openFolderModel(path);
  const what = wrongTensor(written, plan) ?? wrongVocabulary(written);
  if (what !== undefined) throw mergeErrors.output_wrong({ path, what });
}

function wrongTensor(written: Model, plan: Plan): string | undefined {
  if (written.tensors.size !== plan.tensors.length) {
    return `${written.tensors.size} tensors instead of ${plan.tensors.length}`;
  }
  for (const { name, dtype, shape } of plan.tensors) {
    const found = written.tensors.get(name);
    if (found === undefined) return `tensor "${name}" is missing`;
    if (found.dtype !== dtype || !sameShape(found.shape, shape))
      return `tensor "${name}" is ${found.dtype} [${found.shape}]`;
  }
  return undefined;
}

/** Names of the tensor that holds a row for each token. */
const EMBEDDING = /(^|\.)(embed_tokens|wte|embed_in|word_embeddings)\.weight$/;

/** A config that promises more tokens than there are rows makes a model that cannot be loaded. */
function wrongVocabulary({ tensors, config }: Model): string | undefined {
  const size = config["vocab_size"];
  for (const { name, shape } of tensors.values()) {
    if (typeof size === "number" && EMBEDDING.test(name) && shape.length === 2 && shape[0]! < size) {
      return `tensor "${name}" has ${shape[0]} rows, and config.json says that there are ${size} tokens`;
    }
  }
  return undefined;
}
