import { formatErrors } from "./errors.ts";

/**
 * Bytes that can be read from any place: a file, a part of memory.
 *
 * Reading is synchronous, so that a worker thread can read straight into the memory of its kernels
 * (docs/decisions/0003-synchronous-byte-source.md).
 */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * Reads `into.length` bytes.
   *
   * @param offset - from the start of the source.
   * @param into - filled completely, or the call throws.
   * @throws format/truncated when the source ends before.
   */
  read(offset: number, into: Uint8Array): void;
  /** Gives back what the source holds open. Reading afterwards is an error. */
  [Symbol.dispose](): void;
}

/**
 * Reads from bytes in memory.
 *
 * @param bytes - kept, not copied.
 * @param name - stands in errors where a file's name would.
 */
export function createMemorySource(bytes: Uint8Array, name = "memory"): ByteSource {
  return {
    sizeBytes: bytes.length,
    read(offset, into) {
      const neededBytes = offset + into.length;
      if (neededBytes > bytes.length)
        throw formatErrors.truncated({ file: name, sizeBytes: bytes.length, neededBytes });
      into.set(bytes.subarray(offset, neededBytes));
    },
    [Symbol.dispose]() {},
  };
}
