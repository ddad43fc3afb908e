/**
 * Kinship against float64 numbers: FOLDER/similarity.json has, for each family in FOLDER/models, the cosine, Pearson's r,
 * the distance and the agreement of signs of every two task vectors, and a few tensors' own.
 *
 * `a+b` is a model that is not in a folder: the base with both changes.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../../src/model/model.ts";
import { openModel } from "../../src/model/open-model.ts";
import { readFloatRange } from "../../src/model/read-floats.ts";
import type { Kinship } from "../../src/select/kinship/kinship.ts";
import { signAgreement, similarity } from "../../src/select/kinship/similarity.ts";
import { byteLength } from "../../src/tensor/dtype.ts";
import { measureHere } from "../select/measure-here.ts";
import { wasmKernels } from "../contracts/kernel-twins.ts";
import type { GoldenFailure, GoldenRunner } from "./golden-report.ts";

/** Relative for norms and distances, absolute for what lies between -1 and 1; sums of float32 products are good to 1e-7. */
const TOLERANCE = 1e-6;
/** Elements whose change cancels out in float64 may not in float32, and the other way round. */
const SIGN_TOLERANCE = 1e-4;

interface Family {
  readonly pairs: Readonly<Record<string, Readonly<Record<"cosine" | "pearson" | "euclid" | "sign_agreement", number>>>>;
  readonly norms: Readonly<Record<string, number>>;
  readonly elements: number;
  readonly tensors?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Checks every family. */
export const checkSimilarity: GoldenRunner = async (folder) => {
  const file = JSON.parse(readFileSync(join(folder, "similarity.json"), "utf8")) as { families: Record<string, Family> };
  const failures: GoldenFailure[] = [];
  let passed = 0;
  for (const [name, family] of Object.entries(file.families)) {
    for (const { id, why } of await checkFamily(join(folder, "models", name), family)) {
      if (why === undefined) passed++;
      else failures.push({ id: `${name}/${id}`, why });
    }
  }
  return { passed, failures, notes: [] };
};

interface Outcome {
  readonly id: string;
  readonly why: string | undefined;
}

async function checkFamily(source: string, family: Family): Promise<readonly Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "merganser-golden-"));
  try {
    copyUnfused(source, folder, Object.keys(family.norms));
    using base = openModel(join(folder, "base"));
    const names = Object.keys(family.norms);
    const models = names.map((name) => openNamed(folder, base, name));
    return compare(family, names, await measureHere({ models, base, perTensor: true }));
  } catch (error) {
    return [{ id: "open", why: error instanceof Error ? error.message : String(error) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies models without their type, so that experts keep the names they are stored under, which the numbers are for. */
function copyUnfused(source: string, folder: string, names: readonly string[]): void {
  for (const name of ["base", ...names].filter((one) => !one.includes("+"))) {
    cpSync(join(source, name), join(folder, name), { recursive: true });
    const file = join(folder, name, "config.json");
    const { model_type: _, ...config } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify(config));
  }
}

function openNamed(folder: string, base: Model, name: string): Model {
  const parts = name.split("+").map((part) => openModel(join(folder, part)));
  return parts.length === 1 ? parts[0]! : sumOfChanges(base, parts);
}

/** The base with the changes of several models; computes in float32. */
function sumOfChanges(base: Model, parts: readonly Model[]): Model {
  const kernels = wasmKernels();
  return {
    ...base,
    tensors: new Map([...base.tensors].map(([name, info]) => [name, { ...info, dtype: "F32" as const }])),
    read(name, startByte, into) {
      const n = into.length / byteLength("F32", 1);
      const range = (model: Model): Float32Array => {
        const floats = new Float32Array(n);
        readFloatRange({ model, name, start: startByte / 4 }, floats, kernels);
        return floats;
      };
      const origin = range(base);
      const changed = parts.map(range);
      const sum = origin.map((value, i) => value + changed.reduce((total, part) => total + (part[i]! - value), 0));
      into.set(new Uint8Array(sum.buffer));
    },
  };
}

function compare(family: Family, names: readonly string[], { all, tensors }: Kinship): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const check = (id: string, got: number, want: number, tolerance: number): void => {
    const isClose = Math.abs(got - want) <= tolerance;
    outcomes.push({ id, why: isClose ? undefined : `${got}, not ${want} (within ${tolerance})` });
  };
  for (const [pair, want] of Object.entries(family.pairs)) {
    const [i, j] = pair.split(" | ").map((name) => names.indexOf(name)) as [number, number];
    const totals = all[i]![j]!;
    for (const metric of ["cosine", "pearson"] as const) {
      check(`${pair}/${metric}`, similarity(metric, totals), want[metric], TOLERANCE);
    }
    check(`${pair}/euclid`, similarity("euclidean", totals), want.euclid, TOLERANCE * want.euclid);
    check(`${pair}/sign_agreement`, signAgreement(totals), want.sign_agreement, SIGN_TOLERANCE);
  }
  for (const [name, want] of Object.entries(family.norms)) {
    const m = names.indexOf(name);
    check(`${name}/norm`, Math.sqrt(all[m]![m]!.aa), want, TOLERANCE * want);
    check(`${name}/elements`, all[m]![m]!.elements, family.elements, 0);
  }
  for (const [tensor, want] of Object.entries(family.tensors ?? {})) {
    const table = tensors.get(tensor);
    for (const [key, value] of Object.entries(want)) {
      check(`${tensor}/${key}`, table === undefined ? Number.NaN : tensorFigure(key, table, names), value, TOLERANCE * Math.max(1, value));
    }
  }
  return outcomes;
}

/** `chat_norm`, or `cosine_chat_code`. */
function tensorFigure(key: string, table: Kinship["all"], names: readonly string[]): number {
  const [kind, first, second] = key.startsWith("cosine_") ? key.split("_") : ["norm", key.replace(/_norm$/, ""), ""];
  const i = names.indexOf(first!);
  const totals = table[i]?.[kind === "norm" ? i : names.indexOf(second!)];
  if (totals === undefined) return Number.NaN;
  return kind === "norm" ? Math.sqrt(totals.aa) : similarity("cosine", totals);
}
