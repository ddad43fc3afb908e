/**
 * What a tensor does outside of the layers, read off its name. There is no table of architectures.
 */

import { parseLayerName } from "./layer-name.ts";

const INPUT_EMBEDDING =
  /(?:^|\.)(?:embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|embd|shared|backbone\.embeddings)\.weight$/;
const EMBEDDING = /(?:^|\.)(?:embed\w*|wte|wpe|embd|\w+_embeddings|embeddings|shared)(?:\.|$)/;
const HEAD = /(?:^|\.)(?:(?:lm_)?head|embed_out|output|output_layer|decoder)(?:\.linear)?\.(?:weight|bias)$/;
const AFTER =
  /(?:^|\.)(?:\w+_head|head|embed_out|output|output_layer|score|classifier|cls|qa_outputs|pooler|norm|norm_f|out_norm|ln_f|ln_out|final_\w*norm)(?:\.|$)/;

/** Whether a tensor outside of the layers comes before the first or after the last. What is not known comes before. */
export function sideOf(name: string): "before" | "after" {
  if (EMBEDDING.test(name) && !HEAD.test(name)) return "before";
  return AFTER.test(name) ? "after" : "before";
}

/** Whether the tensor turns token ids into vectors. Its axis 0 counts the vocabulary. */
export function isInputEmbedding(name: string): boolean {
  return INPUT_EMBEDDING.test(name);
}

/** Whether the tensor turns vectors into scores of tokens. Its axis 0 counts the vocabulary. */
export function isHead(name: string): boolean {
  return HEAD.test(name) && parseLayerName(name) === undefined;
}

/** Whether axis 0 of the tensor counts the vocabulary. */
export function hasVocabularyAxis(name: string): boolean {
  return isInputEmbedding(name) || isHead(name);
}
