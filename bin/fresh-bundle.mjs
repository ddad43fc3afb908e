/** Says whether the bundle in dist/ was made of the sources as they are; scripts/build-bundle.ts makes it. */

import { readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * A file of the checkout as it was when it went into the bundle: its path from the root, size in bytes, and time of the last
 * write in milliseconds; -1 for both if there was none.
 *
 * @typedef {readonly [path: string, size: number, writtenMs: number]} SourceState
 */

/**
 * What dist/bundle.json holds.
 *
 * @typedef {object} BundleNote
 * @property {string} folder - under dist/, of this build alone, so that a command that runs keeps what it began with
 * @property {readonly SourceState[]} sources - all files that decide what is in the bundle
 */

const QUIET = { throwIfNoEntry: false };

/**
 * Looks at a source.
 *
 * @param {string} root
 * @param {string} path
 * @returns {SourceState}
 */
export function stateOf(root, path) {
  const stats = statSync(`${root}${sep}${path}`, QUIET);
  return [path, stats?.size ?? -1, stats?.mtimeMs ?? -1];
}

/**
 * Finds the bundle of a checkout or an installed package.
 *
 * An installed package cannot run its sources, since Node strips no types under node_modules, so there the bundle that it
 * was published with is taken as it is: unpacking has changed all times.
 *
 * @param {string} root - the package's folder
 * @returns {URL | undefined} the folder of the bundle; undefined if there is none, or the sources are others by now
 */
export function findFreshBundle(root) {
  const dist = join(root, "dist");
  try {
    const { folder, sources } = /** @type {BundleNote} */ (JSON.parse(readFileSync(join(dist, "bundle.json"), "utf8")));
    const isFresh = root.includes(`${sep}node_modules${sep}`) || sources.every((source) => isUnchanged(root, source));
    return isFresh ? pathToFileURL(join(dist, folder, sep)) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {SourceState} source
 */
function isUnchanged(root, [path, size, writtenMs]) {
  const now = stateOf(root, path);
  return now[1] === size && now[2] === writtenMs;
}
