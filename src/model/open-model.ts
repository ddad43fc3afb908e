/** Finds the model that a text stands for: a path, or a hub id in the local cache. */

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
import type { Model, ModelSource } from "./model.ts";

/** Where a reference is looked up. */
export interface ModelPlace {
  /** Folder that relative paths start from. @default the process's */
  readonly cwd?: string;
  /** @default the process's */
  readonly env?: Environment;
}

/**
 * Finds what `MODEL[@REVISION]` stands for: an existing path, else a hub model in the local cache. Nothing is opened.
 *
 * @param reference - as in a recipe. A path may contain `@` and `+`.
 * @throws model/not_found, model/unsupported_reference for `MODEL+LORA`
 */
export function resolveModel(reference: string, { cwd = ".", env = process.env }: ModelPlace = {}): ModelSource {
  const path = resolve(cwd, expandHome(reference));
  if (reference !== "" && existsSync(path)) return { kind: "folder", path };
  const [model, lora] = splitOnce(reference, "+");
  if (lora !== undefined) {
    const fix = `merge the adapter "${lora}" into "${model}" first, and name the result`;
    throw modelErrors.unsupported_reference({ reference, what: "adapters (MODEL+LORA) are not supported yet", fix });
  }
  const [id, revision] = splitOnce(model, "@");
  const atPath = resolve(cwd, expandHome(id));
  if (revision !== undefined && id !== "" && existsSync(atPath)) {
    const fix = `write "${id}"`;
    throw modelErrors.unsupported_reference({ reference, what: "a local folder has no revisions", fix });
  }
  const snapshot = isHubId(id) ? findHubSnapshot(id, revision, env) : undefined;
  if (snapshot !== undefined) return { kind: "folder", path: snapshot };
  const cached = isHubId(id) ? [hubRepositoryFolder(id, env) + (revision === undefined ? "" : ` at ${revision}`)] : [];
  throw modelErrors.not_found({
    reference,
    looked: [path, ...cached],
    nearest: nearestFolder(reference, path) ?? nearestName(id, listHubModels(env)),
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
  return { model: reopenModel(source, reference), source };
}

/**
 * Opens a model again, in another thread or run.
 *
 * @param name - as the user wrote it. @default the source's path
 */
export function reopenModel(source: ModelSource, name: string = source.path): Model {
  return openFolderModel(source.path, name);
}
