/** Gives the tensors of a GGUF file the names, rows and values that they have in Hugging Face's layout. */

import { type BlockOrder, createBlockEncoding } from "../../format/gguf/block-encoding.ts";
import type { GgufHeader, GgufTensor } from "../../format/gguf/gguf-file.ts";
import type { EncodedTensor } from "../../format/stored-tensor.ts";
import { modelErrors } from "../errors.ts";
import type { GgufArchitecture } from "./gguf-architecture.ts";
import type { GgufFacts } from "./gguf-facts.ts";

const TOP: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** Tables of rotation factors, which belong to the config. */
const ROPE_TENSORS = /^rope_(?:freqs|factors_long|factors_short)\.weight$/;

/**
 * Maps all tensors.
 *
 * @param file - stands in errors.
 * @throws model/gguf_tensor for a name that the architecture does not have, or rows that do not fit its heads
 */
export function mapGgufTensors(
  { tensors }: GgufHeader,
  architecture: GgufArchitecture,
  facts: GgufFacts,
  file: string,
): readonly EncodedTensor[] {
  return tensors
    .filter(({ name }) => !ROPE_TENSORS.test(name))
    .map((tensor) => {
      const name = huggingFaceName(tensor.name, architecture);
      if (name === undefined)
        throw modelErrors.gguf_tensor({ file, tensor: tensor.name, why: unknownName(architecture) });
      const order = rowOrder(tensor, architecture, facts, file);
      const shift = isNorm(tensor.name) ? -architecture.normShift : 0;
      const { type, shape, beginByte, endByte } = tensor;
      const stored = { name, dtype: type.dtype, shape, beginByte, endByte };
      const isAsStored = type.decode === undefined && order === undefined && shift === 0;
      return isAsStored ? stored : { ...stored, encoding: createBlockEncoding(tensor, order, shift) };
    });
}

function unknownName({ name }: GgufArchitecture): string {
  return `it is no part of the architecture "${name}" as far as it is known (experts and adapters are not)`;
}

function huggingFaceName(name: string, { modules }: GgufArchitecture): string | undefined {
  const [, layer, module, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (module === undefined) return undefined;
  const table = layer === undefined ? TOP : modules;
  const known = Object.hasOwn(table, module) ? table[module] : undefined;
  if (known === undefined) return undefined;
  return layer === undefined ? `${known}.${kind}` : `model.layers.${layer}.${known}.${kind}`;
}

function isNorm(name: string): boolean {
  return /norm\.weight$/.test(name);
}

/**
 * llama.cpp rotates neighbours, transformers the two halves of a head, so the converter moved the rows:
 * row 2j + i of a head there is row i·D/2 + j here.
 */
function rowOrder(
  tensor: GgufTensor,
  { name, pairsRows }: GgufArchitecture,
  facts: GgufFacts,
  file: string,
): BlockOrder | undefined {
  const [, which] = /^blk\.\d+\.attn_([qk])\./.exec(tensor.name) ?? [];
  if (!pairsRows || which === undefined) return undefined;
  const queries = facts.number(`${name}.attention.head_count`);
  const heads = which === "q" ? queries : (facts.optionalNumber(`${name}.attention.head_count_kv`) ?? queries);
  const width = tensor.shape[0]! / heads;
  if (!Number.isInteger(width / 2)) {
    const why = `its ${tensor.shape[0]} rows are not ${heads} heads of an even width`;
    throw modelErrors.gguf_tensor({ file, tensor: tensor.name, why });
  }
  const half = width / 2;
  return {
    kind: `pairs of ${width}`,
    rowAt(row) {
      const head = Math.floor(row / width);
      const place = row - head * width;
      return head * width + 2 * (place % half) + Math.floor(place / half);
    },
  };
}
