import type { StoredTensor } from "./safetensors.ts";

/** Reads a file's bytes from a place on, filling `into` completely. */
export type ReadAt = (offset: number, into: Uint8Array) => void;

/** A tensor whose bytes in the file may not be those of its elements in order. */
export interface EncodedTensor extends StoredTensor {
  /** How elements come from the file's bytes; absent where these are the elements, one after the other. */
  readonly encoding?: TensorEncoding;
}

/** What turns a file's bytes into a tensor's. */
export interface TensorEncoding {
  /** Tells encodings apart in hashes: equal text and equal stored bytes mean equal elements. */
  readonly kind: string;
  /**
   * Fills `into` with the tensor's bytes (row-major, of its dtype) from `startByte` on.
   *
   * @param read - of the whole file.
   * @param into - may lie in kernel memory, at any alignment.
   */
  decode(read: ReadAt, startByte: number, into: Uint8Array): void;
}
