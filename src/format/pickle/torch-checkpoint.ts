import type { PickleHost } from "./pickle-machine.ts";
import type { PickleValue } from "./pickle-value.ts";
import { findTorchGlobal, findTorchStorage, type TorchStorage } from "./torch-globals.ts";

/** The largest pickles seen describe some thousand tensors in a few megabytes; a hostile one is read no further than this. */
export const MAX_PICKLE_BYTES = 100_000_000;

/** A checkpoint whose pickle was read. */
export interface TorchCheckpoint {
  readonly root: PickleValue;
  /** Finds where a storage's first byte is in the file. @throws format/storage_missing, and what the container raises */
  locate(storage: TorchStorage): number;
}

/** Makes the host that knows torch's names and storages. @param onStorage - is told of every storage once or more. */
export function createTorchHost(file: string, onStorage: (storage: TorchStorage) => void = () => {}): PickleHost {
  return {
    findGlobal: (module, name) => findTorchGlobal(module, name, file),
    findPersistent(id) {
      const value = findTorchStorage(id, file);
      onStorage(value.storage);
      return value;
    },
  };
}
