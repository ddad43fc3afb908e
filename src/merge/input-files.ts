/** Notices when the files that a merge reads are replaced or written to while it runs. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PlannedSource } from "../recipe/plan.ts";
import { mergeErrors } from "./errors.ts";
import { pathsOf } from "./open-source.ts";

/** What was seen of each file: whatever changes when it is written to. */
export type InputFiles = ReadonlyMap<string, string>;

/** Looks at the files of models, not at what is in them. Folders in a model's folder are not part of it. */
export function lookAtInputs(sources: readonly PlannedSource[]): InputFiles {
  const files = new Set(sources.flatMap(pathsOf).flatMap(filesOf));
  return new Map([...files].map((file) => [file, stateOf(file)]));
}

/** @throws merge/input_changed for the first file that is not as it was. */
export function assertUnchanged(before: InputFiles): void {
  for (const [path, state] of before) {
    if (stateOf(path) !== state) throw mergeErrors.input_changed({ path });
  }
}

function filesOf(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() || entry.name.startsWith(".") ? [] : [join(path, entry.name)],
  );
}

function stateOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
}
