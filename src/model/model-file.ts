/** Reads the small files of a model's folder, which are not trusted: no links out of the folder, no endless files. */

import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Json } from "../base/canonical-json.ts";
import { decodeUtf8 } from "../format/json-scanner.ts";
import { attemptRead } from "./attempt-read.ts";
import { modelErrors } from "./errors.ts";
import { hubCacheFolder } from "./hub-cache.ts";
import type { Model } from "./model.ts";

/** The largest tokenizer.json seen is about 35 MB, the largest shard index 20 MB; V8 stops at texts of 512 MB. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

/**
 * Finds a file of a model, following links only to where they may lead: into the model's own folder, or into the hub's
 * cache, whose snapshots are links to blobs.
 *
 * @returns its path in the folder, or undefined if there is no such file.
 * @throws model/escaping_link, model/not_a_file, model/read_failed
 */
export function findModelFile(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  const target = attemptRead(path, () => realpathSync(path));
  const allowed = [realpathSync(folder), ...hubBlobFolders(folder)];
  if (!allowed.some((root) => isInside(target, root))) throw modelErrors.escaping_link({ file: path, target, folder });
  if (!statSync(target).isFile()) throw modelErrors.not_a_file({ path });
  return path;
}

/** The blobs beside a snapshot (`models--org--name/{snapshots/<revision>,blobs}`), wherever that is, and the user's cache. */
function hubBlobFolders(folder: string): string[] {
  const repository = dirname(dirname(resolve(folder)));
  const beside = /(?:^|[/\\])models--[^/\\]+$/.test(repository) ? [join(repository, "blobs")] : [];
  return [...beside, hubCacheFolder()].filter((root) => existsSync(root)).map((root) => realpathSync(root));
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

/** Whose files are read: a folder, or a model, some of whose files may be texts in memory. */
export type FilesOwner = string | Pick<Model, "filesFolder" | "sideTexts">;

/** Returns the folder of an owner's files. */
export function filesFolderOf(owner: FilesOwner): string {
  return typeof owner === "string" ? owner : owner.filesFolder;
}

/** Whether a model has a file. @throws those of `findModelFile` */
export function hasModelFile(owner: FilesOwner, name: string): boolean {
  const held = typeof owner === "string" ? undefined : owner.sideTexts?.get(name);
  return held === undefined ? findModelFile(filesFolderOf(owner), name) !== undefined : held !== null;
}

/**
 * Reads a text file of a model.
 *
 * @returns undefined if there is no such file.
 * @throws format/not_utf8 and those of `readModelBytes`
 */
export function readModelText(owner: FilesOwner, name: string): string | undefined {
  const held = typeof owner === "string" ? undefined : owner.sideTexts?.get(name);
  if (held !== undefined) return held ?? undefined;
  const bytes = readModelBytes(owner, name);
  return bytes === undefined ? undefined : decodeUtf8(bytes, join(filesFolderOf(owner), name));
}

/**
 * Reads a file of a model as it is, which is much quicker than decoding it.
 *
 * @returns undefined if there is no such file.
 * @throws model/file_too_long and those of `findModelFile`
 */
export function readModelBytes(owner: FilesOwner, name: string): Uint8Array | undefined {
  const held = typeof owner === "string" ? undefined : owner.sideTexts?.get(name);
  if (held !== undefined) return held === null ? undefined : Buffer.from(held);
  const path = findModelFile(filesFolderOf(owner), name);
  if (path === undefined) return undefined;
  const sizeBytes = statSync(path).size;
  if (sizeBytes > MAX_TEXT_BYTES) throw modelErrors.file_too_long({ file: path, sizeBytes, maxBytes: MAX_TEXT_BYTES });
  return attemptRead(path, () => readFileSync(path));
}

/**
 * Reads a JSON file of a model that must hold an object.
 *
 * @returns undefined if there is no such file.
 * @throws model/bad_json, model/not_an_object and those of `readModelText`
 */
export function readModelJson(owner: FilesOwner, name: string): { readonly [key: string]: Json } | undefined {
  const text = readModelText(owner, name);
  if (text === undefined) return undefined;
  const file = join(filesFolderOf(owner), name);
  const value = parseJson(text, file);
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw modelErrors.not_an_object({
      file,
      found: value === null ? "null" : Array.isArray(value) ? "an array" : typeof value,
    });
  return value as { readonly [key: string]: Json };
}

function parseJson(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw modelErrors.bad_json({ file, why: (cause as Error).message }, cause);
  }
}
