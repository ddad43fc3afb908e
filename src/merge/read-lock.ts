import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { mergeErrors } from "./errors.ts";
import { LOCK_FILE, type Lock } from "./lineage.ts";
import { RECIPE_FILE } from "./side-files.ts";

/** A merge that can be repeated. */
export interface LockedMerge {
  readonly lock: Lock;
  readonly recipePath: string;
}

/**
 * Reads a lock and finds the recipe that it is of, in its folder.
 *
 * @param path - a merged folder, or the lock in it.
 * @throws merge/bad_lock
 */
export function readLock(path: string): LockedMerge {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? join(path, LOCK_FILE) : path;
  const recipePath = join(dirname(file), RECIPE_FILE);
  for (const needed of [file, recipePath]) {
    if (!existsSync(needed)) throw mergeErrors.bad_lock({ path: file, why: `${needed} is not there` });
  }
  const lock = parseLock(file);
  const sha256 = createHash("sha256").update(readFileSync(recipePath)).digest("hex");
  if (sha256 !== lock.recipe_sha256) {
    throw mergeErrors.bad_lock({ path: file, why: `${RECIPE_FILE} beside it is another recipe` });
  }
  return { lock, recipePath };
}

function parseLock(path: string): Lock {
  try {
    const lock = JSON.parse(readFileSync(path, "utf8")) as Lock;
    const isWhole = [1, 2].includes(lock.format) && typeof lock.content === "string" && Number.isSafeInteger(lock.seed);
    if (isWhole && Array.isArray(lock.parents)) return lock;
  } catch (cause) {
    throw mergeErrors.bad_lock({ path, why: (cause as Error).message }, cause);
  }
  throw mergeErrors.bad_lock({ path, why: "it is not a lock of format 1 or 2" });
}

/** What is different between a lock and that of a repeated merge; nothing where the bytes are the same. */
export function compareLocks(before: Lock, after: Lock): string[] {
  const parents = before.parents.flatMap(({ name, content }, m) => {
    const now = after.parents[m];
    if (now === undefined) return [`input ${name} is missing`];
    return now.content === content ? [] : [`input ${name} has other bytes: ${now.content}, not ${content}`];
  });
  return before.content === after.content
    ? parents
    : [...parents, `the result has other bytes: ${after.content}, not ${before.content}`];
}
