import { byteLength, type Dtype } from "../../tensor/dtype.ts";
import { ByteReader } from "../byte-reader.ts";
import type { ByteSource } from "../byte-source.ts";
import { pickleErrors } from "../errors.ts";
import type { PickleHost } from "./pickle-machine.ts";
import { PickleDict, PickleList, type PickleValue } from "./pickle-value.ts";
import { readPickle } from "./read-pickle.ts";
import { createTorchHost, MAX_PICKLE_BYTES, type TorchCheckpoint } from "./torch-checkpoint.ts";

/** LONG1, ten bytes, 0x1950a86a20f9469cfc6c: torch's magic number, after the protocol's two bytes and before a stop. */
const MAGIC = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const PROTOCOL_VERSION = 1001;

/**
 * Reads a checkpoint as torch wrote them before 1.6: five pickles (magic number, version, machine, object, keys of the
 * storages), then for each key the number of elements as an int64, and the elements.
 */
export function readLegacyCheckpoint(source: ByteSource, file: string): TorchCheckpoint {
  const head = new Uint8Array(Math.min(MAGIC.length, source.sizeBytes));
  source.read(0, head);
  if (head.length < MAGIC.length || MAGIC.some((byte, i) => head[i] !== byte))
    throw pickleErrors.not_torch({ file, found: "bytes that are neither a zip archive nor a pickle of torch" });
  const endByte = Math.min(source.sizeBytes, MAX_PICKLE_BYTES);
  const reader = new ByteReader({
    source,
    beginByte: MAGIC.length,
    endByte: Math.max(endByte, MAGIC.length),
    name: file,
  });
  const types = new Map<string, Dtype>();
  const host = createTorchHost(file, ({ key, dtype }) => {
    if (dtype === undefined || (types.get(key) ?? dtype) !== dtype) throw pickleErrors.pickle_storage({ file });
    types.set(key, dtype);
  });
  readMachine(reader, host, file);
  const root = readPickle(reader, host, file);
  const keys = readPickle(reader, host, file);
  const places = locateStorages({ source, file, types }, keys, MAGIC.length + reader.at);
  return {
    root,
    locate({ key, count }) {
      const place = places.get(key);
      if (place === undefined) throw pickleErrors.storage_missing({ file, key });
      const itemBytes = byteLength(types.get(key)!, 1);
      if (place.count < count)
        throw pickleErrors.storage_short({
          file,
          key,
          gotBytes: place.count * itemBytes,
          neededBytes: count * itemBytes,
        });
      return place.beginByte;
    },
  };
}

function readMachine(reader: ByteReader, host: PickleHost, file: string): void {
  const version = readPickle(reader, host, file);
  if (version !== PROTOCOL_VERSION)
    throw pickleErrors.not_torch({ file, found: `a file of version ${String(version)} (known: ${PROTOCOL_VERSION})` });
  const machine = readPickle(reader, host, file);
  const isLittle = machine instanceof PickleDict ? machine.entries.get("little_endian") : true;
  if (isLittle === false) throw pickleErrors.byte_order({ file, order: "big" });
}

interface LegacyFile {
  readonly source: ByteSource;
  readonly file: string;
  readonly types: ReadonlyMap<string, Dtype>;
}

interface StoragePlace {
  readonly beginByte: number;
  readonly count: number;
}

function locateStorages(
  { source, file, types }: LegacyFile,
  keys: PickleValue,
  beginByte: number,
): ReadonlyMap<string, StoragePlace> {
  if (!(keys instanceof PickleList)) throw pickleErrors.pickle_storage({ file });
  const places = new Map<string, StoragePlace>();
  const length = new DataView(new ArrayBuffer(8));
  let at = beginByte;
  for (const key of keys.items) {
    const dtype = typeof key === "string" ? types.get(key) : undefined;
    if (dtype === undefined) throw pickleErrors.storage_missing({ file, key: String(key) });
    source.read(at, new Uint8Array(length.buffer));
    const count = Number(length.getBigUint64(0, true));
    const sizeBytes = byteLength(dtype, count);
    if (sizeBytes > source.sizeBytes - at - 8)
      throw pickleErrors.storage_short({
        file,
        key: key as string,
        gotBytes: source.sizeBytes - at - 8,
        neededBytes: sizeBytes,
      });
    places.set(key as string, { beginByte: at + 8, count });
    at += 8 + sizeBytes;
  }
  return places;
}
