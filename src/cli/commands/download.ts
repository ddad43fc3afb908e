import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { modelErrors } from "../../model/errors.ts";
import { createHubClient } from "../../model/hub/hub-client.ts";
import { downloadHubModel } from "../../model/hub/hub-download.ts";
import { findMissingModels, type MissingModel, type ModelPlace, resolveModel } from "../../model/open-model.ts";
import { planRecipe } from "../../recipe/plan-recipe.ts";
import type { CliIo } from "../cli-io.ts";
import { startProgress } from "../progress.ts";
import { isRecipePath, readText } from "../read-recipe.ts";
import type { CliCommand } from "./command.ts";

interface DownloadFlags {
  readonly json?: true;
}

/** `merganser download`: gets models, or all models of a recipe, from the hub into the local cache. */
export const download: CliCommand = {
  define(command, io) {
    command
      .argument("<models...>", "hub ids (ORG/NAME[@REVISION], with +ADAPTER or without), or recipes in mergekit's YAML")
      .action((models: readonly string[], flags: DownloadFlags) => downloadAll(models, flags, io));
  },
};

async function downloadAll(models: readonly string[], { json }: DownloadFlags, io: CliIo): Promise<void> {
  const missing = models.flatMap((model) => (isRecipePath(model) ? missingOfRecipe(model) : missingOf(model, {})));
  const byKey = new Map(missing.map((model) => [`${model.id}@${model.revision}`, model]));
  const downloaded = [];
  for (const model of byKey.values()) {
    const path = await downloadOne(model, io);
    downloaded.push({ model: model.id, revision: model.revision ?? "main", path });
    if (!json) io.print(`${model.id}  ${path}`);
  }
  if (json) io.print(JSON.stringify({ downloaded }));
  else if (downloaded.length === 0) io.print("all models are there");
}

/** @throws model/not_found for what is neither there nor a hub id */
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
