import { BLOOM } from "./bloom.ts";
import { COHERE } from "./cohere.ts";
import { COHERE2 } from "./cohere2.ts";
import type { DecoderArchitecture } from "./decoder.ts";
import { FALCON } from "./falcon.ts";
import { GEMMA } from "./gemma.ts";
import { GEMMA2 } from "./gemma2.ts";
import { GEMMA3 } from "./gemma3.ts";
import { GPT_BIGCODE } from "./gpt-bigcode.ts";
import { GPT_NEOX } from "./gpt-neox.ts";
import { GPT2 } from "./gpt2.ts";
import { GRANITE } from "./granite.ts";
import { LLAMA } from "./llama.ts";
import { MINISTRAL } from "./ministral.ts";
import { MISTRAL } from "./mistral.ts";
import { MIXTRAL } from "./mixtral.ts";
import { OLMO2 } from "./olmo2.ts";
import { OLMO3 } from "./olmo3.ts";
import { OLMOE } from "./olmoe.ts";
import { PHI } from "./phi.ts";
import { PHI3 } from "./phi3.ts";
import { QWEN2 } from "./qwen2.ts";
import { QWEN2_MOE } from "./qwen2-moe.ts";
import { QWEN3 } from "./qwen3.ts";
import { QWEN3_MOE } from "./qwen3-moe.ts";
import { SMOLLM3 } from "./smollm3.ts";
import { STABLELM } from "./stablelm.ts";
import { STARCODER2 } from "./starcoder2.ts";

/** All architectures that the engine runs. */
export const ARCHITECTURES: readonly DecoderArchitecture[] = [
  LLAMA,
  MISTRAL,
  QWEN2,
  QWEN3,
  GEMMA,
  GEMMA2,
  GEMMA3,
  PHI,
  PHI3,
  GPT2,
  GPT_NEOX,
  OLMO2,
  STABLELM,
  FALCON,
  BLOOM,
  STARCODER2,
  MIXTRAL,
  QWEN2_MOE,
  QWEN3_MOE,
  COHERE,
  COHERE2,
  GRANITE,
  SMOLLM3,
  OLMO3,
  OLMOE,
  MINISTRAL,
  GPT_BIGCODE,
];

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
