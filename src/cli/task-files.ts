import { globSync, readFileSync } from "node:fs";
import type { TaskIo } from "../evaluate/task-source.ts";
import { formatErrors } from "../format/errors.ts";

/** Task files and their data, from the disk. */
export const taskFiles: TaskIo = {
  readText: (path) => {
    const bytes = readFileSync(path);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw formatErrors.not_utf8({ file: path }, cause);
    }
  },
  readBytes: (path) => readFileSync(path),
  expand: (pattern) => globSync(pattern).toSorted(),
};
