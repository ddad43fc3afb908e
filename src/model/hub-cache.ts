/** Where the Hugging Face hub's clients keep what they have downloaded, and what is there. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { listFolder } from "./list-folder.ts";

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the cache's folder, by the rules of huggingface_hub: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE, else HF_HOME/hub,
 * else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.
 */
export function hubCacheFolder(env: Environment = process.env): string {
  const direct = env["HF_HUB_CACHE"] || env["HUGGINGFACE_HUB_CACHE"];
  if (direct) return expandHome(direct);
  const cache = expandHome(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"));
  return join(expandHome(env["HF_HOME"] || join(cache, "huggingface")), "hub");
}

/** Replaces a leading `~` by the user's home folder. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") || path.startsWith("~\\") ? join(homedir(), path.slice(2)) : path;
}

/** Whether a text has the form of a model's id on the hub: `org/name`, or `name` alone for a few old ones. */
export function isHubId(text: string): boolean {
  return /^[\w][\w.-]{0,95}(?:\/[\w][\w.-]{0,95})?$/.test(text) && !text.includes("..");
}

/** Folder of a hub model's files in the cache, whether it exists or not. */
export function hubRepositoryFolder(id: string, env: Environment = process.env): string {
  return join(hubCacheFolder(env), `models--${id.replaceAll("/", "--")}`);
}

/**
 * Finds a model's files in the cache.
 *
 * @param revision - a branch, a tag or a commit. @default "main"
 * @returns the snapshot's folder, or undefined if that revision was not downloaded.
 */
export function findHubSnapshot(id: string, revision = "main", env: Environment = process.env): string | undefined {
  if (!/^[\w][\w./-]*$/.test(revision) || revision.includes("..")) return undefined;
  const repository = hubRepositoryFolder(id, env);
  const reference = join(repository, "refs", revision);
  const commit = isFile(reference) ? readFileSync(reference, "utf8").trim() : revision;
  const snapshot = join(repository, "snapshots", commit);
  return /^[\w.-]+$/.test(commit) && existsSync(snapshot) ? snapshot : undefined;
}

/** Lists the ids of the models in the cache, complete or not. */
export function listHubModels(env: Environment = process.env): readonly string[] {
  const cache = hubCacheFolder(env);
  return listFolder(cache)
    .filter((name) => name.startsWith("models--"))
    .map((name) => name.slice(8).replace("--", "/"));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
