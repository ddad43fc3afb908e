import type { ReuseCount } from "../base/byte-cache.ts";
import type { CandidateReuse } from "./candidate-evaluator.ts";

/** Says for people how much candidates had in common; undefined where nothing was looked for. */
export function describeReuse({ prompts, tensors }: CandidateReuse): string | undefined {
  const parts = [
    prompts.asked === 0 ? [] : [`${percent(prompts)} of the layers of prompts`],
    tensors.asked === 0 ? [] : [`${percent(tensors)} of the merged tensors' bytes`],
  ].flat();
  return parts.length === 0 ? undefined : `shared between candidates: ${parts.join(", ")}`;
}

function percent({ asked, found }: ReuseCount): string {
  return `${((100 * found) / asked).toFixed(0)} %`;
}
