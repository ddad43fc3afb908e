import type { ReuseCount } from "../base/byte-cache.ts";
import type { Json } from "../base/canonical-json.ts";
import type { CandidateReuse } from "./candidate-evaluator.ts";

/** Says for people which shares of what candidates asked for they had in common; undefined where nothing was looked for. */
export function describeReuse({ prompts, tensors }: CandidateReuse): string | undefined {
  const parts = [
    prompts.asked === 0 ? [] : [`${percent(prompts)} of the layers of prompts`],
    tensors.asked === 0 ? [] : [`${percent(tensors)} of the merged tensors' bytes`],
  ].flat();
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** Returns the same as a part of result.json: positions times layers of prompts, bytes of merged tensors. Empty where nothing was looked for. */
export function reuseToJson({ prompts, tensors }: CandidateReuse): { readonly [key: string]: Json } {
  if (prompts.asked === 0 && tensors.asked === 0) return {};
  const count = ({ asked, found }: ReuseCount): Json => ({ asked, found });
  return { cache: { prompts: count(prompts), tensor_bytes: count(tensors) } };
}

function percent({ asked, found }: ReuseCount): string {
  return `${((100 * found) / asked).toFixed(0)} %`;
}
