import { readdirSync, statSync } from "node:fs";

/** Lists the names in a folder; none if there is no such folder. */
export function listFolder(path: string): readonly string[] {
  return (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false) ? readdirSync(path) : [];
}
