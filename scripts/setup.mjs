/**
 * Installs what the lockfile asks for when the installation is older than it, links the `merganser` command, bundles its
 * sources, and unpacks the zoo's models.
 *
 * Plain JavaScript for any Node ≥ 18: it runs before Node 24 (which npm installs as `node-<system>`) is there. It prints
 * nothing when there is nothing to do.
 */

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreshBundle } from "../bin/fresh-bundle.mjs";
import { findNode } from "./find-node.mjs";
import { unpackZoo } from "./packed-zoo.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const lockfile = join(root, "package-lock.json");
const stamp = join(root, "node_modules", ".merganser-installed");

function isInstalled() {
  return existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lockfile).mtimeMs;
}

/** Whether the packages are those of another checkout: npm would empty its folder through the link. */
function isBorrowed() {
  return lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function install() {
  process.stderr.write("installing dependencies (npm ci --ignore-scripts) …\n");
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const windows = process.platform === "win32";
  const result = spawnSync(windows ? "npm.cmd" : "npm", flags, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env,
    shell: windows,
  });
  if (result.status !== 0) {
    process.stderr.write(`npm ci failed (${result.error?.message ?? `exit code ${result.status}`}); see above\n`);
    process.exit(3);
  }
  writeFileSync(stamp, "");
}

/** npm links a package's own command only when another package depends on it, so `npx merganser` needs this link. */
function linkCommand() {
  const bin = join(root, "node_modules", ".bin");
  const link = join(bin, "merganser");
  const target = join("..", "..", "bin", "merganser.mjs");
  mkdirSync(bin, { recursive: true });
  if (process.platform === "win32") {
    writeFileSync(`${link}.cmd`, `@node "%~dp0\\${target}" %*\r\n`);
    return;
  }
  if (existsSync(link) && readlinkSync(link) === target) return;
  rmSync(link, { force: true });
  symlinkSync(target, link);
  chmodSync(join(root, "bin", "merganser.mjs"), 0o755);
}

/** The command starts faster from a bundle; without one, or the packages to make one, it runs its sources. */
function bundleSources() {
  if (findFreshBundle(root) !== undefined || !existsSync(join(root, "node_modules", "rolldown"))) return;
  const script = join(root, "scripts", "build-bundle.ts");
  const { status, stderr } = spawnSync(findNode(root), [script], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0)
    process.stderr.write(`${stderr}dist/ could not be built; the command runs from src/, and starts slower\n`);
}

if (!isInstalled() && !isBorrowed()) install();
linkCommand();
bundleSources();
unpackZoo(join(root, "zoo"));
