import type { CliIo } from "../cli-io.ts";
import { downloadMissing } from "../download-missing.ts";
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
  const downloaded = await downloadMissing(models, io, ({ model, path }) => {
    if (!json) io.print(`${model}  ${path}`);
  });
  if (json) io.print(JSON.stringify({ downloaded }));
  else if (downloaded.length === 0) io.print("all models are there");
}
