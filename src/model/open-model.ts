/** Finds the model that a text stands for: a path, or a hub id in the local cache, each with adapters or without. */

import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { nearestName } from "../base/nearest.ts";
import { modelErrors } from "./errors.ts";
import { openFolderModel } from "./folder-model.ts";
import {
  type Environment,
  expandHome,
  findHubSnapshot,
  hubRepositoryFolder,
  isHubId,
  listHubModels,
} from "./hub-cache.ts";
import { listFolder } from "./list-folder.ts";
import { openAdapterModel } from "./lora/adapter-model.ts";
import type { Model, ModelSource } from "./model.ts";

/** Where a reference is looked up. */
export interface ModelPlace {
  /** Folder that relative paths start from. @default the process's */
  readonly cwd?: string;
  /** @default the process's */
  readonly env?: Environment;
}

/**
 * Finds what `MODEL[@REVISION][+ADAPTER[@REVISION]]` stands for: an existing path, else a hub model in the local cache; the
 * adapter likewise, and more than one if there are more. Nothing is opened.
 *
 * @param reference - as in a recipe. A path may contain `@` and `+`.
 * @throws model/not_found, model/unsupported_reference
 */
export function resolveModel(reference: string, place: ModelPlace = {}): ModelSource {
  const path = existingPath(reference, place);
  if (path !== undefined) return { kind: "folder", path };
  const [model, adapter] = splitAdapter(reference, place);
  if (adapter === undefined) return { kind: "folder", path: resolveFolder(reference, place) };
  const base = resolveModel(model, place);
  return { ...base, adapters: [...(base.adapters ?? []), resolveFolder(adapter, place)] };
}

/** A model of the hub that is asked for and not in the cache. */
export interface MissingModel {
  readonly id: string;
  readonly revision: string | undefined;
}

/** Lists what would have to be downloaded so that a reference can be opened: its model, its adapters. */
export function findMissingModels(reference: string, place: ModelPlace = {}): readonly MissingModel[] {
  if (existingPath(reference, place) !== undefined) return [];
  const [model, adapter] = splitAdapter(reference, place);
  if (adapter !== undefined) return [...findMissingModels(model, place), ...findMissingModels(adapter, place)];
  const [id, revision] = splitOnce(reference, "@");
  const isCached = isHubId(id) && findHubSnapshot(id, revision, place.env) !== undefined;
  return isHubId(id) && !isCached ? [{ id, revision }] : [];
}

/** At the last `+` behind which something is there, else at the last. */
function splitAdapter(reference: string, place: ModelPlace): [string, string | undefined] {
  for (let at = reference.lastIndexOf("+"); at > 0; at = reference.lastIndexOf("+", at - 1)) {
    if (existingPath(reference.slice(at + 1), place) !== undefined)
      return [reference.slice(0, at), reference.slice(at + 1)];
  }
  return splitOnce(reference, "+");
}

function existingPath(reference: string, { cwd = "." }: ModelPlace): string | undefined {
  const path = resolve(cwd, expandHome(reference));
  return reference !== "" && existsSync(path) ? path : undefined;
}

function resolveFolder(reference: string, place: ModelPlace): string {
  const path = existingPath(reference, place);
  if (path !== undefined) return path;
  const { cwd = ".", env = process.env } = place;
  const [id, revision] = splitOnce(reference, "@");
  if (revision !== undefined && existingPath(id, place) !== undefined) {
    const fix = `write "${id}"`;
    throw modelErrors.unsupported_reference({ reference, what: "a local folder has no revisions", fix });
  }
  const snapshot = isHubId(id) ? findHubSnapshot(id, revision, env) : undefined;
  if (snapshot !== undefined) return snapshot;
  const cached = isHubId(id) ? [hubRepositoryFolder(id, env) + (revision === undefined ? "" : ` at ${revision}`)] : [];
  const missing = resolve(cwd, expandHome(reference));
  throw modelErrors.not_found({
    reference,
    looked: [missing, ...cached],
    nearest: nearestFolder(reference, missing) ?? nearestName(id, listHubModels(env)),
  });
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** @returns the reference with its last part replaced by the most similar name that exists there. */
function nearestFolder(reference: string, path: string): string | undefined {
  const nearest = nearestName(basename(path), listFolder(dirname(path)));
  return nearest === undefined ? undefined : reference.slice(0, reference.length - basename(path).length) + nearest;
}

/**
 * Opens the model that a text stands for.
 *
 * @throws those of `resolveModel` and `openFolderModel`
 */
export function openModel(reference: string, place?: ModelPlace): Model {
  return openModelAndSource(reference, place).model;
}

/** A model, and how other threads open it again. */
export interface OpenedModel {
  readonly model: Model;
  readonly source: ModelSource;
}

/** Opens the model that a text stands for, for a plan. @throws as `openModel` */
export function openModelAndSource(reference: string, place?: ModelPlace): OpenedModel {
  const source = resolveModel(reference, place);
  const model = reopenModel(source, reference);
  return { model, source: model.head === undefined ? source : { ...source, head: model.head } };
}

/**
 * Opens a model again, in another thread or run.
 *
 * @param name - as the user wrote it. @default the source's path
 */
export function reopenModel(source: ModelSource, name: string = source.path): Model {
  const { path, adapters = [], head } = source;
  return adapters.reduce((base, adapter) => openAdapterModel(base, adapter, name), openFolderModel(path, name, head));
}
