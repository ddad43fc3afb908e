import { writeFileSync } from "node:fs";
import { type OpenedModel, openModelAndSource } from "../../model/open-model.ts";
import { type Kinship, type KinshipRun, measureKinship } from "../../select/kinship/kinship.ts";
import { METRICS, type Metric } from "../../select/kinship/similarity.ts";
import { createSplitMatrix } from "../../select/kinship/split-matrix.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors, cliStops } from "../errors.ts";
import { describeKinship, drawKinship, kinshipToJson } from "../kinship-output.ts";
import { runKinshipThreads } from "../kinship-threads.ts";
import { wholeNumber } from "../options.ts";
import { startProgress } from "../progress.ts";
import type { CliCommand } from "./command.ts";

interface KinshipFlags {
  readonly base?: string;
  readonly metric: Metric;
  readonly abs?: true;
  readonly split?: true;
  readonly eightBit?: true;
  readonly svg?: string;
  readonly threads?: number;
  readonly json?: true;
}

/** `merganser kinship`: compares all pairs of models by how they changed from their base. */
export const kinship: CliCommand = {
  define(command, io) {
    command
      .argument("<models...>", "model folders or hub ids")
      .option("--base <model>", "what they were trained from (default: their mean)")
      .option("--metric <name>", METRICS.join(", "), parseMetric, "cosine")
      .option("--abs", "cosine and Pearson's r without their sign, as the paper's code has them")
      .option("--split", "compare tensor by tensor, and average by their sizes")
      .option(
        "--eight-bit",
        "round the changes of each tensor to eight bits first, as the paper's code can; reads twice",
      )
      .option("--svg <file>", "draw a heat map with a dendrogram")
      .option("--threads <n>", "worker threads (default: all cores)", wholeNumber("--threads", 1))
      .action(async (models: readonly string[], flags: KinshipFlags) => {
        const startMs = io.now();
        const split = flags.split ? createSplitMatrix(flags.metric, models.length) : undefined;
        const found = await measure(models, flags, io, split?.add);
        const options = { metric: flags.metric, absolute: flags.abs === true, split: split?.finish() };
        if (flags.svg !== undefined) writeFileSync(flags.svg, drawKinship(found, options));
        const seconds = (io.now() - startMs) / 1000;
        io.print(flags.json ? JSON.stringify(kinshipToJson(found, options, seconds)) : describeKinship(found, options));
      });
  },
};

function parseMetric(text: string): Metric {
  const metric = METRICS.find((name) => name === text);
  if (metric === undefined) {
    throw cliErrors.bad_usage({ message: `--metric: "${text}" is not a metric; choose one of ${METRICS.join(", ")}` });
  }
  return metric;
}

async function measure(
  references: readonly string[],
  flags: KinshipFlags,
  io: CliIo,
  onTensor: KinshipRun["onTensor"],
): Promise<Kinship> {
  const opened: OpenedModel[] = [];
  const open = (reference: string): OpenedModel => {
    const one = openModelAndSource(reference);
    opened.push(one);
    return one;
  };
  const bar = startProgress(io, "elements");
  try {
    const models = references.map(open);
    const base = flags.base === undefined ? undefined : open(flags.base);
    let done = 0;
    const total = opened.reduce((sum, { model }) => sum + countElements(model.tensors.values()), 0);
    const runPieces = runKinshipThreads({
      models,
      base,
      threads: flags.threads ?? io.cores,
      signal: io.signal,
      onProgress(elements) {
        done += elements;
        bar.update({ done, total, label: `${models.length} models` });
      },
    });
    return await measureKinship({
      models: models.map(({ model }) => model),
      base: base?.model,
      runPieces,
      isRounded: flags.eightBit === true,
      ...(onTensor === undefined ? {} : { onTensor }),
    });
  } catch (error) {
    throw io.signal.aborted ? cliStops.stopped({ what: "kinship" }) : error;
  } finally {
    bar.end();
    for (const { model } of opened) model[Symbol.dispose]();
  }
}

function countElements(tensors: Iterable<{ readonly shape: readonly number[] }>): number {
  return [...tensors].reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
