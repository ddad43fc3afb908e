import { byteLength } from "../../tensor/dtype.ts";
import { ByteReader } from "../byte-reader.ts";
import type { ByteSource } from "../byte-source.ts";
import { pickleErrors } from "../errors.ts";
import { findZipData, readZipDirectory, type ZipFile } from "../zip-directory.ts";
import { readPickle } from "./read-pickle.ts";
import { createTorchHost, MAX_PICKLE_BYTES, type TorchCheckpoint } from "./torch-checkpoint.ts";

/** Reads a checkpoint that is a zip archive: `NAME/data.pkl`, and `NAME/data/KEY` for each storage. */
export function readZipCheckpoint(source: ByteSource, file: string): TorchCheckpoint {
  const files = readZipDirectory(source, file);
  const pickles = [...files.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1)
    throw pickleErrors.not_torch({ file, found: `a zip archive with ${pickles.length} files named data.pkl` });
  const root = pickle.slice(0, -"data.pkl".length);
  checkByteOrder(source, files.get(`${root}byteorder`), file);
  const { beginByte, sizeBytes } = locateFile(source, files.get(pickle)!, file);
  const name = `${file} (${pickle})`;
  if (sizeBytes > MAX_PICKLE_BYTES)
    throw pickleErrors.pickle_too_large({ file: name, what: "bytes", max: MAX_PICKLE_BYTES });
  const reader = new ByteReader({ source, beginByte, endByte: beginByte + sizeBytes, name });
  const places = new Map<string, number>();
  return {
    root: readPickle(reader, createTorchHost(name), name),
    locate({ key, dtype, count }) {
      const known = places.get(key);
      if (known !== undefined) return known;
      const entry = files.get(`${root}data/${key}`);
      if (entry === undefined) throw pickleErrors.storage_missing({ file, key });
      const neededBytes = dtype === undefined ? count : byteLength(dtype, count);
      if (entry.sizeBytes < neededBytes)
        throw pickleErrors.storage_short({ file, key, gotBytes: entry.sizeBytes, neededBytes });
      const place = locateFile(source, entry, file).beginByte;
      places.set(key, place);
      return place;
    },
  };
}

function locateFile(
  source: ByteSource,
  entry: ZipFile,
  file: string,
): { readonly beginByte: number; readonly sizeBytes: number } {
  return { beginByte: findZipData(source, entry, file), sizeBytes: entry.sizeBytes };
}

/** Older files do not say; those of big-endian machines always do. */
function checkByteOrder(source: ByteSource, entry: ZipFile | undefined, file: string): void {
  if (entry === undefined || entry.sizeBytes > 16) return;
  const bytes = new Uint8Array(entry.sizeBytes);
  source.read(findZipData(source, entry, file), bytes);
  const order = new TextDecoder().decode(bytes);
  if (order !== "little") throw pickleErrors.byte_order({ file, order });
}
