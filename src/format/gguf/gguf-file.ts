/**
 * The GGUF container: a header of typed metadata and tensor descriptions, then the tensors' data at aligned places.
 *
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

import { elementCount, type Shape } from "../../tensor/shape.ts";
import { ByteReader } from "../byte-reader.ts";
import type { ByteSource } from "../byte-source.ts";
import { formatErrors, ggufErrors } from "../errors.ts";
import { MAX_TENSORS } from "../safetensors.ts";
import { BLOCK_TYPES, type BlockType, OTHER_TYPES } from "./block-types.ts";
import { type GgufMetadata, readMetadata, readName } from "./gguf-metadata.ts";

/** "GGUF" */
const MAGIC = 0x46554747;

/** Version 1 counted in 32 bits and was gone within weeks. */
const VERSIONS: readonly number[] = [2, 3];

/** ggml itself stops at 4. */
const MAX_AXES = 8;

/** Known files use 32; more than this is no alignment. */
const MAX_ALIGNMENT_BYTES = 2 ** 20;

/** A tensor in a file, under its name there. */
export interface GgufTensor {
  readonly name: string;
  /** Outermost first; GGUF itself counts the other way. */
  readonly shape: Shape;
  readonly type: BlockType;
  readonly beginByte: number;
  readonly endByte: number;
}

/** What the head of a file says. */
export interface GgufHeader {
  readonly metadata: GgufMetadata;
  /** In the file's order. Names are unique. */
  readonly tensors: readonly GgufTensor[];
}

/** A tensor whose place counts from the start of the data. */
interface Description extends Omit<GgufTensor, "beginByte" | "endByte"> {
  readonly offset: number;
}

/**
 * Reads and checks the header of a GGUF file.
 *
 * @param file - stands in errors.
 * @throws format/not_gguf, gguf_damaged, gguf_type, gguf_too_large, truncated, too_many_tensors, too_many_dimensions,
 *   too_many_elements, duplicate_key, past_end, overlap
 */
export function parseGgufHeader(source: ByteSource, file: string): GgufHeader {
  const reader = new ByteReader({ source, beginByte: 0, endByte: source.sizeBytes, name: file });
  if (source.sizeBytes < 24 || reader.u32() !== MAGIC)
    throw ggufErrors.not_gguf({ file, found: "no file that begins with its four letters" });
  const version = reader.u32();
  if (!VERSIONS.includes(version))
    throw ggufErrors.not_gguf({ file, found: `version ${version} (known: ${VERSIONS.join(", ")})` });
  const tensorCount = reader.u64();
  if (tensorCount > MAX_TENSORS) throw formatErrors.too_many_tensors({ file, max: MAX_TENSORS });
  const metadata = readMetadata(reader, file);
  const described = Array.from({ length: tensorCount }, () => readDescription(reader, file));
  const alignment = alignmentOf(metadata, file);
  const dataByte = Math.ceil(reader.at / alignment) * alignment;
  const tensors = described.map((tensor) => placeTensor(tensor, { file, dataByte, sizeBytes: source.sizeBytes }));
  checkPlaces(tensors, file);
  return { metadata, tensors };
}

function alignmentOf(metadata: GgufMetadata, file: string): number {
  const alignment = metadata.get("general.alignment") ?? 32;
  const isFit =
    typeof alignment === "number" && alignment > 0 && alignment <= MAX_ALIGNMENT_BYTES && alignment % 8 === 0;
  if (!isFit) throw ggufErrors.gguf_damaged({ file, what: `its alignment is ${JSON.stringify(alignment)}` });
  return alignment;
}

function readDescription(reader: ByteReader, file: string): Description {
  const name = readName(reader, file);
  const axes = reader.u32();
  if (axes > MAX_AXES) throw formatErrors.too_many_dimensions({ file, tensor: name, max: MAX_AXES });
  const shape = Array.from({ length: axes }, () => reader.u64()).reverse();
  const id = reader.u32();
  const type = BLOCK_TYPES.get(id);
  if (type === undefined)
    throw ggufErrors.gguf_type({ file, tensor: name, type: OTHER_TYPES.get(id) ?? `number ${id}` });
  checkSizes(name, shape, type, file);
  return { name, shape, type, offset: reader.u64() };
}

function checkSizes(tensor: string, shape: Shape, type: BlockType, file: string): void {
  const exact = shape.every(Number.isSafeInteger) && Number.isSafeInteger(8 * elementCount(shape));
  if (!exact) throw formatErrors.too_many_elements({ file, tensor, shape });
  const row = shape.at(-1) ?? 1;
  if (row % type.elements !== 0) {
    const what = `rows of tensor "${tensor}" have ${row} elements, no multiple of the ${type.elements} of ${type.name}`;
    throw ggufErrors.gguf_damaged({ file, what });
  }
}

interface DataPlace {
  readonly file: string;
  readonly dataByte: number;
  readonly sizeBytes: number;
}

function placeTensor({ offset, ...tensor }: Description, { file, dataByte, sizeBytes }: DataPlace): GgufTensor {
  const beginByte = dataByte + offset;
  const endByte = beginByte + (elementCount(tensor.shape) / tensor.type.elements) * tensor.type.bytes;
  if (!(endByte <= sizeBytes)) throw formatErrors.past_end({ file, tensor: tensor.name, endByte, sizeBytes });
  return { ...tensor, beginByte, endByte };
}

function checkPlaces(tensors: readonly GgufTensor[], file: string): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw formatErrors.duplicate_key({ file, key: name });
    names.add(name);
  }
  let last: GgufTensor | undefined;
  for (const tensor of tensors.toSorted((a, b) => a.beginByte - b.beginByte || a.endByte - b.endByte)) {
    if (last !== undefined && tensor.beginByte < last.endByte) {
      const { name, beginByte } = tensor;
      throw formatErrors.overlap({
        file,
        tensor: name,
        other: last.name,
        startByte: beginByte,
        otherEndByte: last.endByte,
      });
    }
    last = tensor;
  }
}
