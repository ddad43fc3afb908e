import { writeFileSync } from "node:fs";
import type { Model } from "../../model/model.ts";
import { openModel } from "../../model/open-model.ts";
import { diffModels, type ModelDiff } from "../../select/statistics/diff-models.ts";
import type { CliIo } from "../cli-io.ts";
import { type DiffNames, describeDiff, diffToJson, drawDiff } from "../diff-output.ts";
import { cliStops } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { openStatisticsKernels } from "../statistics-kernels.ts";
import type { CliCommand } from "./command.ts";

interface DiffFlags {
  readonly base?: string;
  readonly svg?: string;
  readonly json?: true;
}

/** `merganser diff`: says how two models differ. */
export const diff: CliCommand = {
  define(command, io) {
    command
      .argument("<a>", "model folder or hub id")
      .argument("<b>", "another one")
      .option("--base <model>", "what both were trained from: compares their changes to it, too")
      .option("--svg <file>", "draw a heat map of layers and components")
      .action(async (a: string, b: string, flags: DiffFlags) => {
        const names: DiffNames = { a, b, base: flags.base };
        const found = await compare(names, io);
        if (flags.svg !== undefined) writeFileSync(flags.svg, drawDiff(names, found));
        io.print(flags.json ? JSON.stringify(diffToJson(names, found)) : describeDiff(names, found));
      });
  },
};

async function compare({ a, b, base }: DiffNames, io: CliIo): Promise<ModelDiff> {
  using one = openModel(a);
  using other = openModel(b);
  using origin = base === undefined ? undefined : openModel(base);
  const total = countElements(one);
  let done = 0;
  const bar = startProgress(io, "elements");
  try {
    return await diffModels({ a: one, b: other, base: origin }, openStatisticsKernels(), async ({ name, elements }) => {
      done += elements;
      bar.update({ done, total, label: name });
      // Signals arrive between tensors.
      await new Promise(setImmediate);
      if (io.signal.aborted) throw cliStops.stopped({ what: "diff" });
    });
  } finally {
    bar.end();
  }
}

function countElements({ tensors }: Model): number {
  return [...tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((count, size) => count * size, 1), 0);
}
