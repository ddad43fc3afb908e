/**
 * A folder that appears complete or not at all.
 *
 * Files are written to a hidden folder beside the target. `publish` flushes them to disk and renames the folder into
 * place. Whatever stops the program before that leaves the target as it was, and the hidden folder to be resumed or
 * replaced by the next run.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { machineErrors, mergeErrors } from "./errors.ts";

/** How an output folder is opened. */
export interface OutputOptions {
  /** Whether an existing target may be replaced. */
  readonly overwrite: boolean;
  /** Whether to go on with the files of an interrupted run rather than start anew. */
  readonly resume: boolean;
}

/** An output under way. Disposing without `publish` gives up ownership and keeps the files for a later resume. */
export interface OutputFolder {
  /** The hidden folder that files are written to. */
  readonly workPath: string;
  /** Moves everything into place. */
  publish(): void;
  /** Removes everything written. */
  discard(): void;
  [Symbol.dispose](): void;
}

const OWNER_FILE = ".owner";

/**
 * Opens an output folder for writing.
 *
 * @throws merge/output_exists, merge/output_not_folder, merge/nothing_to_resume, merge/busy
 */
export function openOutputFolder(targetPath: string, options: OutputOptions): OutputFolder {
  const target = resolve(targetPath);
  const workPath = join(dirname(target), `.${basename(target)}.partial`);
  const backupPath = join(dirname(target), `.${basename(target)}.previous`);
  assertTargetFree(target, options.overwrite);
  mkdirSync(dirname(target), { recursive: true });
  // A run that was stopped between the two renames of `publish` left the old output under its other name.
  if (existsSync(backupPath) && !existsSync(target)) renameSync(backupPath, target);
  takeOwnership(workPath, options.resume);

  return {
    workPath,
    publish() {
      rmSync(join(workPath, OWNER_FILE), { force: true });
      flushFolder(workPath);
      rmSync(backupPath, { recursive: true, force: true });
      if (existsSync(target)) renameSync(target, backupPath);
      renameSync(workPath, target);
      flush(dirname(target));
      rmSync(backupPath, { recursive: true, force: true });
    },
    discard: () => rmSync(workPath, { recursive: true, force: true }),
    [Symbol.dispose]: () => rmSync(join(workPath, OWNER_FILE), { force: true }),
  };
}

/**
 * Checks that a disk has room.
 *
 * @param path - an existing folder on the disk.
 * @throws merge/disk_full
 */
export function assertDiskSpace(path: string, needBytes: number): void {
  const { bavail, bsize } = statfsSync(path);
  const freeBytes = bavail * bsize;
  if (freeBytes < needBytes) throw machineErrors.disk_full({ path, needBytes, freeBytes });
}

function assertTargetFree(target: string, overwrite: boolean): void {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) throw mergeErrors.output_not_folder({ path: target });
  if (!overwrite && readdirSync(target).length > 0) throw mergeErrors.output_exists({ path: target });
}

function takeOwnership(workPath: string, resume: boolean): void {
  const owner = join(workPath, OWNER_FILE);
  if (existsSync(owner)) {
    const pid = Number(readFileSync(owner, "utf8"));
    if (pid !== process.pid && isRunning(pid)) throw machineErrors.busy({ path: workPath, pid });
  }
  if (resume && !existsSync(workPath)) throw mergeErrors.nothing_to_resume({ path: workPath });
  if (!resume) rmSync(workPath, { recursive: true, force: true });
  mkdirSync(workPath, { recursive: true });
  writeFileSync(owner, String(process.pid));
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function flushFolder(path: string): void {
  for (const file of readdirSync(path)) flush(join(path, file));
  flush(path);
}

function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
