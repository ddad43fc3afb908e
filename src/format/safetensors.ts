/**
 * The safetensors container: 8 bytes with the header's length, a JSON header that names the tensors, their bytes.
 *
 * Reading checks everything that the format promises, because what follows trusts it: tensors lie one after the other
 * without overlap or hole, inside the file, each as long as its type and shape say.
 *
 * @source https://github.com/huggingface/safetensors (format section of its README)
 */

import { compareCodePoints } from "../base/code-points.ts";
import { bitsOf, DTYPES, type Dtype, isDtype } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { ByteSource } from "./byte-source.ts";
import { formatErrors } from "./errors.ts";
import { decodeUtf8, JsonScanner } from "./json-scanner.ts";

/** The limit of the safetensors library. The largest header seen in a public model is about 10 MB; a damaged or foreign file asks for 2^60. */
export const MAX_HEADER_BYTES = 100_000_000;

/** A model of 10^12 parameters with every expert apart has about 150 000 tensors, in many files; this bounds memory at some 200 MB. */
export const MAX_TENSORS = 400_000;

/** Known models use up to 6; torch itself stops at 64. */
export const MAX_DIMENSIONS = 32;

const LENGTH_BYTES = 8;
const ALIGNMENT_BYTES = 8;
const METADATA_KEY = "__metadata__";

/** A tensor before it has a place in a file. */
export interface TensorLayout {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** A tensor in a file: its bytes are those from `beginByte` up to, not including, `endByte`, counted from the file's start. */
export interface StoredTensor extends TensorLayout {
  readonly beginByte: number;
  readonly endByte: number;
}

/** Where the data of a file lies. */
interface DataPlace {
  readonly file: string;
  readonly dataByte: number;
  readonly sizeBytes: number;
}

/** A header's entry; offsets count from the start of the data, and may be any. */
interface Entry extends TensorLayout {
  readonly offsets: readonly [number, number];
}

/** What the head of a file says. */
export interface SafetensorsHeader {
  /** In the header's order. Names are unique. */
  readonly tensors: readonly StoredTensor[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the tensors' bytes begin. */
  readonly dataByte: number;
}

/**
 * Reads and checks the header of a safetensors file.
 *
 * @param fileName - stands in errors.
 * @throws format/truncated, not_safetensors, header_too_long, not_utf8, bad_json, duplicate_key, reserved_name,
 *   too_many_tensors, missing_field, unknown_dtype, too_many_dimensions, too_many_elements, partial_byte, wrong_length,
 *   past_end, overlap, hole
 * @complexity O(header bytes) time and memory, n log n in the number of tensors.
 */
export function parseSafetensorsHeader(source: ByteSource, fileName: string): SafetensorsHeader {
  const headerBytes = readHeaderLength(source, fileName);
  const bytes = new Uint8Array(headerBytes);
  source.read(LENGTH_BYTES, bytes);
  if (bytes[0] !== 0x7b)
    throw formatErrors.not_safetensors({ file: fileName, found: 'its header does not begin with "{"' });
  const dataByte = LENGTH_BYTES + headerBytes;
  const { entries, metadata } = parseHeaderText(decodeUtf8(bytes, fileName), fileName);
  const place: DataPlace = { file: fileName, dataByte, sizeBytes: source.sizeBytes };
  const tensors = entries.map((entry) => placeTensor(entry, place));
  checkPlaces(tensors, place);
  return { tensors, metadata, dataByte };
}

function readHeaderLength(source: ByteSource, file: string): number {
  if (source.sizeBytes < LENGTH_BYTES + 2)
    throw formatErrors.not_safetensors({ file, found: `it is only ${source.sizeBytes} bytes long` });
  const bytes = new Uint8Array(LENGTH_BYTES);
  source.read(0, bytes);
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES)
    throw formatErrors.header_too_long({ file, headerBytes, maxBytes: MAX_HEADER_BYTES });
  const neededBytes = LENGTH_BYTES + headerBytes;
  if (neededBytes > source.sizeBytes) throw formatErrors.truncated({ file, sizeBytes: source.sizeBytes, neededBytes });
  return headerBytes;
}

function parseHeaderText(text: string, file: string): { entries: Entry[]; metadata: Map<string, string> } {
  const scanner = new JsonScanner(text, file);
  const entries: Entry[] = [];
  const metadata = new Map<string, string>();
  scanner.object((name) => {
    if (name === METADATA_KEY) scanner.object((key) => metadata.set(key, scanner.string()));
    else if (name === "__proto__") throw formatErrors.reserved_name({ file, name });
    else if (entries.length === MAX_TENSORS) throw formatErrors.too_many_tensors({ file, max: MAX_TENSORS });
    else entries.push(parseEntry(scanner, name, file));
  });
  scanner.end();
  return { entries, metadata };
}

function parseEntry(scanner: JsonScanner, name: string, file: string): Entry {
  let dtype: Dtype | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object((key) => {
    if (key === "dtype") dtype = parseDtype(scanner.string(), name, file);
    else if (key === "shape") shape = parseCounts(scanner, MAX_DIMENSIONS, name, file);
    else if (key === "data_offsets") offsets = parseCounts(scanner, 2, name, file);
    else scanner.skip();
  });
  if (dtype === undefined) throw formatErrors.missing_field({ file, tensor: name, field: "dtype" });
  if (shape === undefined) throw formatErrors.missing_field({ file, tensor: name, field: "shape" });
  if (offsets?.length !== 2) throw formatErrors.missing_field({ file, tensor: name, field: "data_offsets" });
  return { name, dtype, shape, offsets: offsets as [number, number] };
}

function parseDtype(dtype: string, tensor: string, file: string): Dtype {
  if (!isDtype(dtype)) throw formatErrors.unknown_dtype({ file, tensor, dtype, known: DTYPES });
  return dtype;
}

function parseCounts(scanner: JsonScanner, max: number, tensor: string, file: string): number[] {
  const counts: number[] = [];
  scanner.array(() => {
    if (counts.length === max) throw formatErrors.too_many_dimensions({ file, tensor, max });
    counts.push(scanner.count());
  });
  return counts;
}

/** @returns bytes that a tensor takes. @throws format/too_many_elements, partial_byte */
function exactLength({ name, dtype, shape }: TensorLayout, file: string): number {
  let bits = bitsOf(dtype);
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) throw formatErrors.too_many_elements({ file, tensor: name, shape });
  }
  if (bits % 8 !== 0) throw formatErrors.partial_byte({ file, tensor: name, dtype, shape });
  return bits / 8;
}

function placeTensor({ offsets, ...layout }: Entry, { file, dataByte, sizeBytes }: DataPlace): StoredTensor {
  const { name, dtype, shape } = layout;
  const [begin, end] = offsets;
  const neededBytes = exactLength(layout, file);
  if (end > sizeBytes - dataByte)
    throw formatErrors.past_end({ file, tensor: name, endByte: dataByte + end, sizeBytes });
  const gotBytes = end - begin;
  if (gotBytes !== neededBytes)
    throw formatErrors.wrong_length({ file, tensor: name, dtype, shape, gotBytes, neededBytes });
  return { ...layout, beginByte: dataByte + begin, endByte: dataByte + end };
}

function checkPlaces(tensors: readonly StoredTensor[], { file, dataByte, sizeBytes }: DataPlace): void {
  const inOrder = tensors.toSorted((a, b) => a.beginByte - b.beginByte || a.endByte - b.endByte);
  let endByte = dataByte;
  let other = "the header";
  for (const { name, beginByte, endByte: nextEndByte } of inOrder) {
    if (beginByte < endByte)
      throw formatErrors.overlap({ file, tensor: name, other, startByte: beginByte, otherEndByte: endByte });
    if (beginByte > endByte)
      throw formatErrors.hole({ file, before: `tensor "${name}"`, startByte: endByte, endByte: beginByte });
    endByte = nextEndByte;
    other = name;
  }
  if (endByte !== sizeBytes)
    throw formatErrors.hole({ file, before: "the end of the file", startByte: endByte, endByte: sizeBytes });
}

/** A file that is to be written: its head, and where each tensor's bytes go. */
export interface SafetensorsLayout {
  /** The first bytes of the file: length, header and padding. */
  readonly head: Uint8Array;
  /** In the order of the data. */
  readonly tensors: readonly StoredTensor[];
  readonly sizeBytes: number;
}

/**
 * Decides where tensors go in a file, as the safetensors library does, so that equal content gives equal files: types
 * from the largest down (the library's order of types), then names in code-point order; data begins at a multiple of 8.
 *
 * @param metadata - defaults to what transformers wants to see.
 * @throws format/duplicate_key, reserved_name, too_many_elements, partial_byte
 */
export function layoutSafetensors(
  tensors: readonly TensorLayout[],
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): SafetensorsLayout {
  const file = "output";
  const sorted = tensors.toSorted(
    (a, b) => DTYPES.indexOf(b.dtype) - DTYPES.indexOf(a.dtype) || compareCodePoints(a.name, b.name),
  );
  const placed: StoredTensor[] = [];
  const names = new Set<string>();
  let endByte = 0;
  for (const tensor of sorted) {
    checkName(tensor.name, names, file);
    const beginByte = endByte;
    endByte += exactLength(tensor, file);
    placed.push({ ...tensor, beginByte, endByte });
  }
  const head = formatHead(placed, metadata);
  const move = (t: StoredTensor): StoredTensor => ({
    ...t,
    beginByte: t.beginByte + head.length,
    endByte: t.endByte + head.length,
  });
  return { head, tensors: placed.map(move), sizeBytes: head.length + endByte };
}

function checkName(name: string, seen: Set<string>, file: string): void {
  if (seen.has(name)) throw formatErrors.duplicate_key({ file, key: name });
  if (name === "__proto__" || name === METADATA_KEY || !name.isWellFormed())
    throw formatErrors.reserved_name({ file, name });
  seen.add(name);
}

function formatHead(placed: readonly StoredTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries = placed.map(({ name, dtype, shape, beginByte, endByte }): [string, unknown] => [
    name,
    { dtype, shape, data_offsets: [beginByte, endByte] },
  ]);
  if (Object.keys(metadata).length > 0) entries.unshift([METADATA_KEY, metadata]);
  const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const headerBytes = Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const head = new Uint8Array(LENGTH_BYTES + headerBytes).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.set(text, LENGTH_BYTES);
  return head;
}
