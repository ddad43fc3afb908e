import type { ByteSource } from "../../format/byte-source.ts";
import { type GgufHeader, parseGgufHeader } from "../../format/gguf/gguf-file.ts";
import type { EncodedTensor } from "../../format/stored-tensor.ts";
import { elementCount } from "../../tensor/shape.ts";
import { modelErrors } from "../errors.ts";
import { findGgufArchitecture, GGUF_ARCHITECTURES } from "./gguf-architecture.ts";
import { formatGgufConfig, makeGgufConfig } from "./gguf-config.ts";
import { createGgufFacts } from "./gguf-facts.ts";
import type { ReadTable } from "./gguf-rope.ts";
import { mapGgufTensors } from "./gguf-tensors.ts";
import { makeGgufTokenizer } from "./gguf-tokenizer.ts";

/** Tables of rotation factors have half a head's width. */
const MAX_TABLE_ELEMENTS = 4096;

/** A GGUF file in Hugging Face's words. */
export interface GgufModel {
  readonly tensors: readonly EncodedTensor[];
  /** config.json, and the tokenizer's files where they can be made. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Reads the head of a GGUF file.
 *
 * @param file - stands in errors.
 * @throws model/gguf_architecture, gguf_key, gguf_tensor, and those of `parseGgufHeader`
 */
export function readGguf(source: ByteSource, file: string): GgufModel {
  const header = parseGgufHeader(source, file);
  const facts = createGgufFacts(header.metadata, file);
  const name = facts.optionalText("general.architecture") ?? "";
  const architecture = findGgufArchitecture(name);
  if (architecture === undefined)
    throw modelErrors.gguf_architecture({ file, architecture: name, known: GGUF_ARCHITECTURES });
  const config = makeGgufConfig(header, architecture, facts, tableReader(source, header), file);
  return {
    tensors: mapGgufTensors(header, architecture, facts, file),
    texts: new Map([["config.json", formatGgufConfig(config)], ...makeGgufTokenizer(facts)]),
  };
}

function tableReader(source: ByteSource, { tensors }: GgufHeader): ReadTable {
  return (name) => {
    const tensor = tensors.find((other) => other.name === name);
    if (tensor?.type.name !== "F32" || elementCount(tensor.shape) > MAX_TABLE_ELEMENTS) return undefined;
    const bytes = new Uint8Array(tensor.endByte - tensor.beginByte);
    source.read(tensor.beginByte, bytes);
    return [...new Float32Array(bytes.buffer)];
  };
}
