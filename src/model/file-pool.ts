import { invariant } from "../base/errors.ts";
import type { ByteSource } from "../format/byte-source.ts";
import { openFileSource } from "./file-source.ts";

/** A model of 160 shards, read by several threads, would otherwise reach the usual limit of 1024 open files. */
const MAX_OPEN_FILES = 16;

/** Files that are opened when they are read, the least recently used closed when too many are open. */
export interface FilePool {
  /** @param file - index into the paths. */
  read(file: number, offset: number, into: Uint8Array): void;
  /** Closes all. Reading afterwards breaks an invariant. */
  [Symbol.dispose](): void;
}

/** Opens a pool over files, none of which is opened yet. */
export function openFilePool(paths: readonly string[]): FilePool {
  const open = new Map<number, ByteSource>();
  let isClosed = false;
  const take = (file: number): ByteSource => {
    const source = open.get(file) ?? openFileSource(paths[file]!);
    open.delete(file);
    open.set(file, source);
    if (open.size > MAX_OPEN_FILES) {
      const [oldest, other] = open.entries().next().value!;
      other[Symbol.dispose]();
      open.delete(oldest);
    }
    return source;
  };
  return {
    read(file, offset, into) {
      invariant(!isClosed, "a model is not read after it was closed");
      take(file).read(offset, into);
    },
    [Symbol.dispose]() {
      isClosed = true;
      for (const source of open.values()) source[Symbol.dispose]();
      open.clear();
    },
  };
}
