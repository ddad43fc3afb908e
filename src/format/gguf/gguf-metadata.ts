/** The typed keys and values at the head of a GGUF file. */

import type { ByteReader } from "../byte-reader.ts";
import { formatErrors, ggufErrors } from "../errors.ts";

/** A value; numbers beyond 2^53 are the nearest float. */
export type GgufValue = number | boolean | string | readonly GgufValue[];

/** By key: `general.architecture`. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Known files have some fifty. */
const MAX_KEYS = 65_536;

/** A vocabulary of 300 000 makes about a million items (tokens, types, scores, merges); this bounds memory at some 500 MB. */
const MAX_ITEMS = 2 ** 23;

/** Of all texts together; the largest vocabulary with its merges takes about 10 MB. */
const MAX_TEXT_BYTES = 2 ** 27;

/** ggml's own limit is 63. */
const MAX_NAME_BYTES = 4096;

const MAX_DEPTH = 4;
const TEXT = 8;
const ARRAY = 9;

const NUMBERS: ReadonlyMap<number, (reader: ByteReader) => number | boolean> = new Map([
  [0, (r) => r.u8()],
  [1, (r) => r.i8()],
  [2, (r) => r.u16()],
  [3, (r) => r.i16()],
  [4, (r) => r.u32()],
  [5, (r) => r.i32()],
  [6, (r) => r.f32()],
  [7, (r) => r.u8() !== 0],
  [10, (r) => r.u64()],
  [11, (r) => r.i64()],
  [12, (r) => r.f64()],
] as [number, (reader: ByteReader) => number | boolean][]);

/**
 * Reads the number of keys, then keys and values.
 *
 * @throws format/gguf_damaged, gguf_too_large, duplicate_key, not_utf8, truncated
 */
export function readMetadata(reader: ByteReader, file: string): GgufMetadata {
  const count = reader.u64();
  if (count > MAX_KEYS) throw ggufErrors.gguf_too_large({ file, what: "keys", max: MAX_KEYS });
  const values = new ValueReader(reader, file);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = readName(reader, file);
    if (metadata.has(key)) throw formatErrors.duplicate_key({ file, key });
    metadata.set(key, values.read(reader.u32(), 0));
  }
  return metadata;
}

/** Reads the name of a key or a tensor. @throws format/gguf_damaged, not_utf8, truncated */
export function readName(reader: ByteReader, file: string): string {
  const sizeBytes = reader.u64();
  if (sizeBytes > MAX_NAME_BYTES)
    throw ggufErrors.gguf_damaged({ file, what: `a name of ${sizeBytes} bytes begins before byte ${reader.at}` });
  return decode(reader.bytes(sizeBytes), file);
}

/** Tokens need not be UTF-8 and are only compared; names must be. */
function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw formatErrors.not_utf8({ file }, cause);
  }
}

/** Reads values and counts what they take. */
class ValueReader {
  readonly #reader: ByteReader;
  readonly #file: string;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #items = 0;
  #textBytes = 0;

  constructor(reader: ByteReader, file: string) {
    this.#reader = reader;
    this.#file = file;
  }

  read(type: number, depth: number): GgufValue {
    if (++this.#items > MAX_ITEMS)
      throw ggufErrors.gguf_too_large({ file: this.#file, what: "values", max: MAX_ITEMS });
    if (type === TEXT) return this.#text();
    if (type === ARRAY) return this.#array(depth);
    const readNumber = NUMBERS.get(type);
    if (readNumber === undefined)
      throw ggufErrors.gguf_damaged({
        file: this.#file,
        what: `a value is of type ${type}, before byte ${this.#reader.at}`,
      });
    return readNumber(this.#reader);
  }

  #text(): string {
    const sizeBytes = this.#reader.u64();
    this.#textBytes += sizeBytes;
    if (this.#textBytes > MAX_TEXT_BYTES)
      throw ggufErrors.gguf_too_large({ file: this.#file, what: "bytes of text", max: MAX_TEXT_BYTES });
    return this.#decoder.decode(this.#reader.bytes(sizeBytes));
  }

  #array(depth: number): GgufValue {
    if (depth === MAX_DEPTH)
      throw ggufErrors.gguf_too_large({ file: this.#file, what: "levels of lists", max: MAX_DEPTH });
    const type = this.#reader.u32();
    const count = this.#reader.u64();
    // An item takes at least a byte.
    if (count > this.#reader.left) this.#reader.skip(count);
    const items: GgufValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.read(type, depth + 1));
    return items;
  }
}
