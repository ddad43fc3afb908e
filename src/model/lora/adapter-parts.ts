/** Sorts the tensors of an adapter by the module that they belong to. */

import { modelErrors } from "../errors.ts";
import type { TensorInfo } from "../model.ts";

/** What an adapter has for one module: names of its tensors. */
export interface AdapterPart {
  /** [r, in]; of an embedding [r, V]. */
  readonly a: string;
  /** [out, r]; of an embedding [C, r]. */
  readonly b: string;
  readonly isEmbedding: boolean;
  /** Of DoRA: the length of each output's weights. */
  readonly magnitude: string | undefined;
  /** Added to the module's bias, scaled as the product is. */
  readonly bias: string | undefined;
}

/** An adapter's tensors. */
export interface AdapterParts {
  /** By the module's name, as the adapter has it: `model.layers.0.self_attn.q_proj`. */
  readonly modules: ReadonlyMap<string, AdapterPart>;
  /** Tensors that take the place of the base's (`modules_to_save`), by the base's name: → name in the adapter. */
  readonly replaced: ReadonlyMap<string, string>;
}

/** What PEFT puts before a module's name. */
const PREFIX = /^(?:base_model\.model\.)?/;

/** The parts of a module, with the adapter's own name in it or without. */
const PART =
  /^(.+)\.(?:(lora_A|lora_B)(?:\.default)?\.(weight|bias)|(lora_embedding_[AB]|lora_magnitude_vector)(?:\.default)?(?:\.weight)?)$/;

/**
 * Sorts tensors.
 *
 * @param file - stands in errors.
 * @throws model/adapter_tensor for half of a product, or tensors of another kind of adapter
 */
export function sortAdapter(tensors: ReadonlyMap<string, TensorInfo>, file: string): AdapterParts {
  const found = new Map<string, Map<string, string>>();
  const replaced = new Map<string, string>();
  for (const stored of tensors.keys()) {
    const name = stored.replace(PREFIX, "");
    const [, module, product, kind, other] = PART.exec(name) ?? [];
    if (module === undefined) replaced.set(replacedName(name, stored, file), stored);
    else {
      const parts = found.get(module) ?? new Map<string, string>();
      found.set(module, parts.set(other ?? `${product}.${kind}`, stored));
    }
  }
  return { modules: new Map([...found].map(([module, parts]) => [module, toPart(module, parts, file)])), replaced };
}

function replacedName(name: string, stored: string, file: string): string {
  if (/(?:^|[._])(?:lora|ia3|hada|lokr|oft|vera|prompt|token_adapter|alpha)(?:[._]|$)/.test(name))
    throw modelErrors.adapter_tensor({ file, tensor: stored, why: "it is no part of an adapter as PEFT writes them" });
  return name.replace(/\.modules_to_save(?:\.default)?(?=\.)/, "").replace(/\.base_layer(?=\.)/, "");
}

function toPart(module: string, parts: ReadonlyMap<string, string>, file: string): AdapterPart {
  const isEmbedding = parts.has("lora_embedding_A");
  const a = parts.get(isEmbedding ? "lora_embedding_A" : "lora_A.weight");
  const b = parts.get(isEmbedding ? "lora_embedding_B" : "lora_B.weight");
  if (a === undefined || b === undefined) {
    const [stored = module] = parts.values();
    throw modelErrors.adapter_tensor({ file, tensor: stored, why: "the other half of its product is missing" });
  }
  return { a, b, isEmbedding, magnitude: parts.get("lora_magnitude_vector"), bias: parts.get("lora_B.bias") };
}
