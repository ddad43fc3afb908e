/**
 * Runs a script of the repository with the Node that the packages bring, after installing what is missing:
 * `node scripts/run.mjs scripts/demo.ts …`.
 *
 * Plain JavaScript for any Node ≥ 18. The Node to use is named by its path: a shell that has found one `node` remembers
 * where and does not look again after the installation.
 */

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode } from "./find-node.mjs";
import "./setup.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const child = spawn(findNode(root), process.argv.slice(2), { stdio: "inherit" });
// The terminal sends Ctrl-C to the child as well; the child says when it is over.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
