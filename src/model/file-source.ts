import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "../format/byte-source.ts";
import { formatErrors } from "../format/errors.ts";
import { attemptRead } from "./attempt-read.ts";

/** One read call moves at most this much: Linux stops at 2^31 − 4096 bytes, Node at 2^31 − 1. */
const MAX_READ_BYTES = 2 ** 30;

/**
 * Opens a file for reading at any place.
 *
 * The memory read into may be shared or belong to WebAssembly: the system writes to it directly.
 *
 * @param path - as it is shown in errors.
 * @throws model/read_failed, for a file that is missing too; callers that know more check before.
 */
export function openFileSource(path: string): ByteSource {
  const fd = attemptRead(path, () => openSync(path, "r"));
  const sizeBytes = attemptRead(path, () => fstatSync(fd).size);
  let isOpen = true;
  return {
    sizeBytes,
    read(offset, into) {
      for (let done = 0; done < into.length; ) {
        const length = Math.min(into.length - done, MAX_READ_BYTES);
        const got = attemptRead(path, () => readSync(fd, into, done, length, offset + done));
        if (got === 0) throw formatErrors.truncated({ file: path, sizeBytes, neededBytes: offset + into.length });
        done += got;
      }
    },
    [Symbol.dispose]() {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}
