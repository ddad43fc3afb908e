/** Gets models of the hub that are asked for and not in the local cache. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { modelErrors } from "../model/errors.ts";
import { createHubClient } from "../model/hub/hub-client.ts";
import { downloadHubModel } from "../model/hub/hub-download.ts";
import { findMissingModels, type MissingModel, type ModelPlace, resolveModel } from "../model/open-model.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import type { CliIo } from "./cli-io.ts";
import { startProgress } from "./progress.ts";
import { isRecipePath, readText } from "./read-recipe.ts";

/** A model that was downloaded. */
export interface DownloadedModel {
  readonly model: string;
  readonly revision: string;
  /** Folder in the cache. */
  readonly path: string;
}

/**
 * Downloads what is missing of models and recipes, each model once.
 *
 * @param subjects - hub ids, which may have adapters, or paths of recipes.
 * @param onModel - called after each.
 * @throws model/not_found for what is neither there nor a hub id; what the hub raises
 */
export async function downloadMissing(
  subjects: readonly string[],
  io: CliIo,
  onModel?: (model: DownloadedModel) => void,
): Promise<readonly DownloadedModel[]> {
  const missing = subjects.flatMap((model) => (isRecipePath(model) ? missingOfRecipe(model) : missingOf(model, {})));
  const byKey = new Map(missing.map((model) => [`${model.id}@${model.revision}`, model]));
  const downloaded: DownloadedModel[] = [];
  for (const model of byKey.values()) {
    const path = await downloadOne(model, io);
    downloaded.push({ model: model.id, revision: model.revision ?? "main", path });
    onModel?.(downloaded.at(-1)!);
  }
  return downloaded;
}

function missingOf(reference: string, place: ModelPlace): readonly MissingModel[] {
  const missing = findMissingModels(reference, place);
  if (missing.length === 0) resolveModel(reference, place);
  return missing;
}

function missingOfRecipe(path: string): readonly MissingModel[] {
  const missing: MissingModel[] = [];
  planRecipe(readText(path), path, {
    openModel(reference) {
      const near = existsSync(resolve(dirname(path), reference));
      const place = { cwd: !existsSync(reference) && near ? dirname(path) : "." };
      missing.push(...findMissingModels(reference, place));
      // Nothing is planned: the models are only listed.
      throw modelErrors.not_found({ reference, looked: [], nearest: undefined });
    },
  });
  return missing;
}

async function downloadOne({ id, revision }: MissingModel, io: CliIo): Promise<string> {
  const client = createHubClient({ fetch: globalThis.fetch, env: process.env, signal: io.signal });
  const bar = startProgress(io, "bytes");
  try {
    return await downloadHubModel({
      id,
      ...(revision === undefined ? {} : { revision }),
      client,
      env: process.env,
      // The attempt after a wait that was cut short says so.
      wait: (ms) => setTimeout(ms, undefined, { signal: io.signal }).catch(() => {}),
      onProgress: ({ path, doneBytes, totalBytes }) =>
        bar.update({ done: doneBytes, total: totalBytes, label: `${id}/${path}` }),
    });
  } finally {
    bar.end();
  }
}
