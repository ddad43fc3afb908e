import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invariant } from "../base/errors.ts";

/** Tensors up to this size are kept in memory. */
export const MEMORY_BYTES = 64 * 2 ** 20;

/** Bytes of one tensor, written once and read in pieces. */
export interface TensorStore {
  write(startByte: number, bytes: Uint8Array): void;
  /** @param into - filled completely. */
  read(startByte: number, into: Uint8Array): void;
  close(): void;
}

/** Opens a store: in memory, or for a large tensor in a temporary file without a name, which ends with the process. */
export function openTensorStore(sizeBytes: number): TensorStore {
  return sizeBytes > MEMORY_BYTES ? openFileStore(sizeBytes) : openMemoryStore(sizeBytes);
}

function openMemoryStore(sizeBytes: number): TensorStore {
  return keepBytes(new Uint8Array(sizeBytes));
}

/** Makes a store of bytes in memory, which are its own from now on. */
export function keepBytes(kept: Uint8Array): TensorStore {
  return {
    write: (startByte, bytes) => kept.set(bytes, startByte),
    read: (startByte, into) => into.set(kept.subarray(startByte, startByte + into.length)),
    close() {},
  };
}

function openFileStore(sizeBytes: number): TensorStore {
  const folder = mkdtempSync(join(tmpdir(), "merganser-"));
  const file = openSync(join(folder, "tensor"), "w+");
  // The open file stays usable; nothing is left behind whatever ends the process.
  rmSync(folder, { recursive: true, force: true });
  ftruncateSync(file, sizeBytes);
  return {
    write(startByte, bytes) {
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, startByte + done);
    },
    read(startByte, into) {
      for (let done = 0; done < into.length; ) {
        const count = readSync(file, into, done, into.length - done, startByte + done);
        invariant(count > 0, "a store is read where it was written");
        done += count;
      }
    },
    close: () => closeSync(file),
  };
}
