import type { DecoderArchitecture } from "./decoder.ts";
import { LLAMA } from "./llama.ts";
import { MISTRAL } from "./mistral.ts";

/** All architectures that the engine runs. */
export const ARCHITECTURES: readonly DecoderArchitecture[] = [LLAMA, MISTRAL];

/**
 * Finds the architecture of a model.
 *
 * @param className - the first of `architectures` in config.json; decides if given.
 * @param modelType - `model_type` in config.json.
 */
export function findArchitecture(
  className: string | undefined,
  modelType: string | undefined,
): DecoderArchitecture | undefined {
  if (className !== undefined) return ARCHITECTURES.find((row) => row.className === className);
  return ARCHITECTURES.find((row) => row.modelType === modelType);
}
