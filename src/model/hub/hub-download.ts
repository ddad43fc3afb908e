/**
 * Downloads models from the hub into the cache that Hugging Face's own programs use.
 *
 * Contents lie under their hashes in `blobs/`, and `snapshots/COMMIT/` links to them. What arrives goes to
 * `blobs/HASH.incomplete`, which the next attempt continues; only content whose hash is right gets its name. A snapshot
 * appears whole or not at all.
 */

import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, statSync } from "node:fs";
import { copyFile, open, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { CodedError } from "../../base/errors.ts";
import { modelErrors, modelMachineErrors } from "../errors.ts";
import { type Environment, hubRepositoryFolder, isHubId } from "../hub-cache.ts";
import type { HubClient } from "./hub-client.ts";
import { chooseHubFiles, type HubFile, type HubListing } from "./hub-listing.ts";

/** A failed transfer is continued this often. */
const MAX_ATTEMPTS = 5;

/** What is downloaded, and with what. */
export interface HubDownload {
  /** `org/name` */
  readonly id: string;
  /** A branch, tag or commit. @default "main" */
  readonly revision?: string;
  readonly client: HubClient;
  /** Says where the cache is. */
  readonly env: Environment;
  /** Waits before a transfer is tried again. */
  readonly wait: (ms: number) => Promise<void>;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** How far a download is. */
export interface DownloadProgress {
  readonly path: string;
  /** Of all files, those that were there before included. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Downloads what is needed of a model and not there yet.
 *
 * @returns the snapshot's folder.
 * @throws model/hub_missing, hub_denied, hub_answer, hub_failed, hub_corrupt, hub_write, unsupported_reference
 */
export async function downloadHubModel(download: HubDownload): Promise<string> {
  const { id, revision = "main", client, env } = download;
  if (!isHubId(id) || !/^[\w][\w./-]*$/.test(revision) || revision.includes("..")) {
    const fix = "write ORGANISATION/NAME, with @REVISION or without";
    throw modelErrors.unsupported_reference({
      reference: `${id}@${revision}`,
      what: "this is no model of the hub",
      fix,
    });
  }
  const listing = await client.list(id, revision);
  const files = chooseHubFiles(listing.files);
  const repository = hubRepositoryFolder(id, env);
  return attemptWrite(repository, async () => {
    mkdirSync(join(repository, "blobs"), { recursive: true });
    await fetchFiles(download, listing, files, repository);
    return await publish(repository, revision, listing, files);
  });
}

async function fetchFiles(
  download: HubDownload,
  { commit }: HubListing,
  files: readonly HubFile[],
  repository: string,
): Promise<void> {
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let before = 0;
  for (const file of files) {
    const onBytes = (bytes: number): void =>
      download.onProgress?.({ path: file.path, doneBytes: before + bytes, totalBytes });
    await fetchFile(download, { file, commit, blob: join(repository, "blobs", file.etag), onBytes });
    before += file.sizeBytes;
    onBytes(0);
  }
}

interface Transfer {
  readonly file: HubFile;
  readonly commit: string;
  readonly blob: string;
  readonly onBytes: (bytes: number) => void;
}

async function fetchFile(download: HubDownload, transfer: Transfer): Promise<void> {
  const { file, blob } = transfer;
  const partial = `${blob}.incomplete`;
  if (sizeOf(blob) === file.sizeBytes) return;
  for (let n = 1; ; n++) {
    try {
      if (sizeOf(partial) !== file.sizeBytes) await receive(download, transfer, partial);
      await verify(download.id, file, partial);
      return await rename(partial, blob);
    } catch (error) {
      const isPassing = error instanceof CodedError && /^model\/hub_(?:failed|corrupt)$/.test(error.code);
      if (!isPassing || n === MAX_ATTEMPTS) throw error;
      await download.wait(1000 * 2 ** (n - 1));
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Appends to what is there. The server may say less or more than the listing. */
async function receive({ id, client }: HubDownload, transfer: Transfer, partial: string): Promise<void> {
  const { file, commit, onBytes } = transfer;
  const had = sizeOf(partial);
  const { fromByte, chunks } = await client.open(id, commit, file.path, had < file.sizeBytes ? had : 0);
  const output = await open(partial, fromByte > 0 ? "r+" : "w");
  let at = fromByte;
  try {
    for await (const chunk of chunks) {
      if (at + chunk.length > file.sizeBytes) {
        await output.truncate(0);
        throw modelMachineErrors.hub_corrupt({
          what: `${id}/${file.path}`,
          why: `it is longer than ${file.sizeBytes} bytes`,
        });
      }
      await output.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      onBytes(at);
    }
    await output.sync();
  } finally {
    await output.close();
  }
  if (at < file.sizeBytes)
    throw modelMachineErrors.hub_failed({
      what: `${id}/${file.path}`,
      why: `only ${at} of ${file.sizeBytes} bytes came`,
    });
}

async function verify(id: string, file: HubFile, path: string): Promise<void> {
  const hash = startHash(file);
  if (existsSync(path))
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  if (found === file.etag) return;
  await rm(path, { force: true });
  throw modelMachineErrors.hub_corrupt({ what: `${id}/${file.path}`, why: `its hash is ${found}, not ${file.etag}` });
}

function startHash({ hash, sizeBytes }: HubFile): Hash {
  return hash === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${sizeBytes}\0`);
}

/** Links the files into a new snapshot, or into one that lacks some, and notes what the revision stands for. */
async function publish(
  repository: string,
  revision: string,
  { commit }: HubListing,
  files: readonly HubFile[],
): Promise<string> {
  const snapshot = join(repository, "snapshots", commit);
  const target = existsSync(snapshot) ? snapshot : `${snapshot}.incomplete`;
  for (const { path, etag } of files) {
    const link = join(target, path);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await linkTo(join(repository, "blobs", etag), link, join(snapshot, path));
  }
  mkdirSync(target, { recursive: true });
  if (target !== snapshot) await rename(target, snapshot);
  if (revision !== commit) {
    const reference = join(repository, "refs", revision);
    mkdirSync(dirname(reference), { recursive: true });
    await writeFile(`${reference}.incomplete`, commit);
    await rename(`${reference}.incomplete`, reference);
  }
  return snapshot;
}

/** @param finalPath - where the link will be. Systems that forbid links get a copy. */
async function linkTo(blob: string, link: string, finalPath: string): Promise<void> {
  try {
    await symlink(relative(dirname(finalPath), blob), link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
    await copyFile(blob, link);
  }
}

async function attemptWrite<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw modelMachineErrors.hub_write({ folder, why: (cause as Error).message }, cause);
  }
}
