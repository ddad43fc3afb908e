/**
 * Where a merge came from: the lock that travels in its folder. It names the inputs with their hashes, and carries the
 * inputs' own locks when they are merges too, so that a lineage survives the loss of its intermediate models.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { Plan, PlannedSource } from "../recipe/plan.ts";
import type { ContentHashes } from "./content-hash.ts";

/** The file's name in every merged folder. */
export const LOCK_FILE = "merganser.lock.json";

/** Merges of merges deeper than this keep only the nearer part of their family tree. */
const MAX_GENERATIONS = 16;

/** By which hash the contents are named: 1 is XXH64, 2 is `Kernels.laneHash`. */
export type LockFormat = 1 | 2;

/** Of locks that are written, where no other is asked for. */
export const LOCK_FORMAT: LockFormat = 2;

/** What the lock says. */
export interface Lock {
  readonly format: LockFormat;
  readonly recipe_sha256: string;
  readonly method: string;
  readonly seed: number;
  readonly parents: readonly LockedParent[];
  /** Hash of the merged tensors' names, dtypes, shapes and bytes. */
  readonly content: string;
}

/** One input of a merge. */
export interface LockedParent {
  /** As the recipe names it. */
  readonly name: string;
  /** Hash of its config and headers. */
  readonly identity: string;
  /** Hash of the bytes of all its tensors that the merge read. */
  readonly content: string;
  /** Its own lock, if it is a merge of ours. */
  readonly lineage: Json;
}

/** Makes the lock of a merge whose tensors have been hashed. */
export function lockOf(plan: Plan, hashes: ContentHashes, format: LockFormat): Lock {
  return {
    format,
    recipe_sha256: createHash("sha256").update(plan.recipeText).digest("hex"),
    method: plan.method,
    seed: plan.seed,
    parents: plan.models.map(({ model, source }, m) => ({
      name: model.name,
      identity: model.identity(),
      content: hashes.inputs[m]!,
      lineage: lineageOf(source, model.filesFolder),
    })),
    content: hashes.output,
  };
}

/** A model with other rows descends as its original does; a merge that was never on disk says itself what it is. */
function lineageOf(source: PlannedSource, folder: string): Json {
  if (source.kind === "gathered") return lineageOf(source.models[source.own]!, folder);
  if (source.kind !== "merge") return readLineage("path" in source ? source.path : folder);
  const { recipeText, method, seed, licences, models } = source.plan;
  const parents = licences.map(({ model }, i) => ({ name: model, lineage: lineageOf(models[i]!, "") }));
  const recipe_sha256 = createHash("sha256").update(recipeText).digest("hex");
  return { format: LOCK_FORMAT, recipe_sha256, method, seed, parents };
}

/** Whether a folder holds what a plan would write: the same recipe, seed and inputs, by its lock. */
export function isMergeOf(plan: Plan, folder: string): boolean {
  const lock = readLineage(folder) as unknown as Partial<Lock> | null;
  const identities = lock?.parents?.map(({ identity }) => identity) ?? [];
  return (
    lock !== null &&
    lock.recipe_sha256 === createHash("sha256").update(plan.recipeText).digest("hex") &&
    lock.method === plan.method &&
    lock.seed === plan.seed &&
    canonicalJson(identities) === canonicalJson(plan.models.map(({ model }) => model.identity()))
  );
}

/** Writes the lock into a folder. */
export function writeLock(folder: string, lock: Lock): void {
  const ordered: unknown = JSON.parse(canonicalJson(lock));
  writeFileSync(join(folder, LOCK_FILE), `${JSON.stringify(ordered, null, 2)}\n`);
}

/** @returns the lock found in a model's folder, cut after MAX_GENERATIONS; null where there is none or it cannot be read. */
export function readLineage(folder: string): Json {
  const path = join(folder, LOCK_FILE);
  if (!existsSync(path)) return null;
  try {
    return cutGenerations(JSON.parse(readFileSync(path, "utf8")) as Json, MAX_GENERATIONS);
  } catch {
    return null;
  }
}

function cutGenerations(lock: Json, left: number): Json {
  if (lock === null || typeof lock !== "object" || Array.isArray(lock)) return null;
  const { parents } = lock as { parents?: Json };
  if (!Array.isArray(parents)) return lock;
  const kept = left <= 1 ? [] : parents.map((parent) => cutParent(parent as Json, left - 1));
  return { ...(lock as { [key: string]: Json }), parents: kept };
}

function cutParent(parent: Json, left: number): Json {
  if (parent === null || typeof parent !== "object" || Array.isArray(parent)) return parent;
  const record = parent as { readonly [key: string]: Json };
  return { ...record, lineage: cutGenerations(record["lineage"] ?? null, left) };
}
