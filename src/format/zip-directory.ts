/**
 * Where the files of a zip archive lie. Only what torch writes is read: stored files, without compression or encryption.
 *
 * @source PKWARE, APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

import { ByteReader } from "./byte-reader.ts";
import type { ByteSource } from "./byte-source.ts";
import { zipErrors } from "./errors.ts";

/** The end record is 22 bytes and a comment of at most 65 535. */
const END_BYTES = 22;
const MAX_END_BYTES = END_BYTES + 65_535;

/** A checkpoint has a file per tensor and some more. */
const MAX_FILES = 500_000;

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;

/** Values that stand for "too large, see the extra field". */
const SEE_EXTRA_32 = 0xffffffff;

/** A file of an archive. */
export interface ZipFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of its local header. */
  readonly headerByte: number;
  readonly isPlain: boolean;
}

/**
 * Reads the directory of an archive.
 *
 * @param file - stands in errors.
 * @returns by name.
 * @throws format/zip_damaged, format/truncated
 */
export function readZipDirectory(source: ByteSource, file: string): ReadonlyMap<string, ZipFile> {
  const { count, beginByte, endByte } = findDirectory(source, file);
  if (count > MAX_FILES) throw zipErrors.zip_damaged({ file, what: `its directory names ${count} files` });
  const reader = new ByteReader({ source, beginByte, endByte, name: `${file} (directory)` });
  const files = new Map<string, ZipFile>();
  for (let i = 0; i < count; i++) {
    const entry = readEntry(reader, file);
    if (files.has(entry.name)) throw zipErrors.zip_damaged({ file, what: `it has two files named "${entry.name}"` });
    files.set(entry.name, entry);
  }
  return files;
}

/**
 * Finds where a file's bytes begin.
 *
 * @throws format/zip_compressed, format/zip_damaged, format/truncated
 */
export function findZipData(source: ByteSource, entry: ZipFile, file: string): number {
  if (!entry.isPlain) throw zipErrors.zip_compressed({ file, entry: entry.name });
  const { headerByte } = entry;
  const endByte = Math.min(source.sizeBytes, headerByte + LOCAL_BYTES);
  const reader = new ByteReader({ source, beginByte: headerByte, endByte, name: file });
  if (reader.u32() !== LOCAL_SIGNATURE)
    throw zipErrors.zip_damaged({ file, what: `"${entry.name}" is not where the directory says` });
  reader.skip(22);
  const dataByte = headerByte + LOCAL_BYTES + reader.u16() + reader.u16();
  if (dataByte + entry.sizeBytes > source.sizeBytes)
    throw zipErrors.zip_damaged({ file, what: `"${entry.name}" goes on past the end of the file` });
  return dataByte;
}

interface Directory {
  readonly count: number;
  readonly beginByte: number;
  readonly endByte: number;
}

function findDirectory(source: ByteSource, file: string): Directory {
  const { sizeBytes } = source;
  const tail = new Uint8Array(Math.min(sizeBytes, MAX_END_BYTES));
  source.read(sizeBytes - tail.length, tail);
  const view = new DataView(tail.buffer);
  let at = tail.length - END_BYTES;
  while (at >= 0 && view.getUint32(at, true) !== END_SIGNATURE) at--;
  if (at < 0) throw zipErrors.zip_damaged({ file, what: "its directory is missing; the file was cut off" });
  const endByte = sizeBytes - tail.length + at;
  const locatorByte = endByte - LOCATOR_BYTES;
  const small = { count: view.getUint16(at + 10, true), beginByte: view.getUint32(at + 16, true), endByte };
  const directory = findDirectory64(source, locatorByte, file) ?? small;
  if (directory.beginByte > endByte) throw zipErrors.zip_damaged({ file, what: "its directory lies behind its end" });
  return directory;
}

/** The directory of an archive of more than 4 GiB or 65 535 files; torch writes this record always. */
function findDirectory64(source: ByteSource, locatorByte: number, file: string): Directory | undefined {
  if (locatorByte < 0) return undefined;
  const locator = new ByteReader({ source, beginByte: locatorByte, endByte: locatorByte + LOCATOR_BYTES, name: file });
  if (locator.u32() !== LOCATOR_SIGNATURE) return undefined;
  locator.skip(4);
  const recordByte = locator.u64();
  if (recordByte > locatorByte) throw zipErrors.zip_damaged({ file, what: "its end record lies behind its end" });
  const record = new ByteReader({ source, beginByte: recordByte, endByte: locatorByte, name: file });
  if (record.u32() !== END64_SIGNATURE) throw zipErrors.zip_damaged({ file, what: "its end record is missing" });
  record.skip(28);
  const count = record.u64();
  record.skip(8);
  return { count, beginByte: record.u64(), endByte: recordByte };
}

function readEntry(reader: ByteReader, file: string): ZipFile {
  if (reader.u32() !== ENTRY_SIGNATURE) throw zipErrors.zip_damaged({ file, what: "its directory is broken" });
  reader.skip(4);
  const flags = reader.u16();
  const method = reader.u16();
  reader.skip(8);
  const storedBytes = reader.u32();
  const sizeBytes = reader.u32();
  const nameBytes = reader.u16();
  const extraBytes = reader.u16();
  const commentBytes = reader.u16();
  reader.skip(8);
  const headerByte = reader.u32();
  const name = new TextDecoder().decode(reader.bytes(nameBytes));
  const wide = readExtra(reader.bytes(extraBytes), [sizeBytes, storedBytes, headerByte]);
  reader.skip(commentBytes);
  const isPlain = method === 0 && (flags & 1) === 0 && wide[0] === wide[1];
  return { name, sizeBytes: wide[0]!, headerByte: wide[2]!, isPlain };
}

/** Replaces values that say so by those of the extra field, where they stand in this order. */
function readExtra(extra: Uint8Array, values: readonly number[]): readonly number[] {
  const view = new DataView(extra.buffer);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(extra.length, at + 4 + view.getUint16(at + 2, true));
    let next = at + 4;
    return values.map((value) => {
      if (value !== SEE_EXTRA_32 || next + 8 > end) return value;
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    });
  }
  return values;
}
