import { createHash } from "node:crypto";
import { canonicalJson } from "../../base/canonical-json.ts";
import { formatSize } from "../../base/size.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { Model, TensorInfo } from "../../model/model.ts";
import { openModel } from "../../model/open-model.ts";
import { measureTensor, type TensorStatistics } from "../../select/statistics/tensor-statistics.ts";
import { byteLength, isComputeDtype } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";
import type { CliIo } from "../cli-io.ts";
import { cliStops } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { openStatisticsKernels } from "../statistics-kernels.ts";
import { formatTable } from "../text-table.ts";
import type { CliCommand } from "./command.ts";

interface InspectFlags {
  readonly headers?: true;
  readonly json?: true;
}

/** `merganser inspect`: says what is in a model. */
export const inspect: CliCommand = {
  define(command, io) {
    command
      .argument("<model>", "model folder or hub id")
      .option("--headers", "do not read the weights: no hashes and no statistics")
      .action(async (reference: string, flags: InspectFlags) => {
        using model = openModel(reference);
        const rows = await measure(model, flags, io);
        if (flags.json) io.print(JSON.stringify(toJson(model, rows)));
        else io.print(describe(model, rows));
      });
  },
};

interface Row extends TensorInfo {
  readonly found: TensorStatistics | undefined;
}

async function measure(model: Model, { headers }: InspectFlags, io: CliIo): Promise<Row[]> {
  const kernels = headers === true ? undefined : openStatisticsKernels();
  const total = [...model.tensors.values()].reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  const bar = startProgress(io, "bytes");
  let done = 0;
  try {
    const rows: Row[] = [];
    for (const tensor of model.tensors.values()) {
      // Signals arrive between tensors.
      await new Promise(setImmediate);
      if (io.signal.aborted) throw cliStops.stopped({ what: "inspect" });
      rows.push({ ...tensor, found: kernels && statisticsOf(model, tensor, kernels) });
      done += sizeOf(tensor);
      bar.update({ done, total, label: tensor.name });
    }
    return rows;
  } finally {
    bar.end();
  }
}

function statisticsOf(model: Model, { name, dtype }: TensorInfo, kernels: Kernels): TensorStatistics | undefined {
  return isComputeDtype(dtype) ? measureTensor({ model, tensor: name }, kernels) : undefined;
}

function sizeOf({ dtype, shape }: TensorInfo): number {
  return byteLength(dtype, elementCount(shape));
}

/** One hash of everything that was hashed; null where nothing was. */
function hashOf(rows: readonly Row[]): string | null {
  const hashes = rows.flatMap(({ name, found }) => (found === undefined ? [] : [[name, found.hash] as const]));
  const sorted = hashes.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return hashes.length === 0 ? null : createHash("sha256").update(canonicalJson(sorted)).digest("hex");
}

function factsOf(model: Model, rows: readonly Row[]) {
  const { architectures, model_type } = model.config;
  const dtypes = [...new Set(rows.map(({ dtype }) => dtype))].map((dtype) => {
    const own = rows.filter((row) => row.dtype === dtype);
    return { dtype, tensors: own.length, parameters: own.reduce((sum, row) => sum + elementCount(row.shape), 0) };
  });
  return {
    architecture: Array.isArray(architectures) ? architectures.join(", ") : null,
    model_type: typeof model_type === "string" ? model_type : null,
    parameters: dtypes.reduce((sum, { parameters }) => sum + parameters, 0),
    bytes: rows.reduce((sum, row) => sum + sizeOf(row), 0),
    dtypes,
    identity: model.identity(),
    hash: hashOf(rows),
  };
}

function toJson(model: Model, rows: readonly Row[]) {
  const tensors = rows.map(({ name, dtype, shape, found }) => ({ name, dtype, shape, ...(found && json(found)) }));
  return { model: model.name, ...factsOf(model, rows), tensors };
}

function json({ notFinite, ...rest }: TensorStatistics) {
  return { ...rest, not_finite: notFinite };
}

function describe(model: Model, rows: readonly Row[]): string {
  const facts = factsOf(model, rows);
  const types = facts.dtypes.map(({ dtype, tensors, parameters }) => `${dtype} ${parameters} in ${tensors} tensors`);
  const head = [
    `model         ${model.name}`,
    `architecture  ${facts.architecture ?? "not stated in config.json"}`,
    `parameters    ${facts.parameters} (${formatSize(facts.bytes)})`,
    `types         ${types.join(", ")}`,
    `identity      ${facts.identity}`,
    ...(facts.hash === null ? [] : [`hash          ${facts.hash}`]),
    "",
  ];
  const heading = ["tensor", "type", "shape", "mean", "deviation", "largest", "zeros", "hash"];
  const table = rows.map(({ name, dtype, shape, found }) => [name, dtype, shape.join("×"), ...cells(found)]);
  return [...head, formatTable([heading, ...table])].join("\n");
}

function cells(found: TensorStatistics | undefined): string[] {
  if (found === undefined) return ["–", "–", "–", "–", "–"];
  const { mean, deviation, largest, zeros, notFinite, hash } = found;
  const odd = notFinite === 0 ? "" : ` (${notFinite} not finite)`;
  return [mean.toPrecision(3), deviation.toPrecision(3), largest.toPrecision(3), percent(zeros), hash + odd];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
