/** Whole merges against what mergekit wrote: tensors, config.json and the files around them. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "../../src/base/canonical-json.ts";
import { CodedError } from "../../src/base/errors.ts";
import { parseSize } from "../../src/base/size.ts";
import { mergeRecipe } from "../../src/merge/merge-recipe.ts";
import { openVirtualMerge } from "../../src/merge/open-source.ts";
import { openFolderModel } from "../../src/model/folder-model.ts";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import type { Plan } from "../../src/recipe/plan.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { compareConfig } from "./compare-config.ts";
import { compareRows, compareTokenizer, type ExpectedRows, type ExpectedTokenizer } from "./compare-tokenizer.ts";
import { compareTensor, type ExpectedTensor, freedomOf, openFullTensors } from "./compare-tensor.ts";
import type { GoldenFailure, GoldenRunner } from "./golden-report.ts";

interface GoldenCase {
  readonly id: string;
  readonly file: string;
  readonly command: string;
  readonly flags: readonly string[];
}

interface Expected {
  readonly outcome: "ok" | "error";
  readonly error?: string;
  /** `out`, and `inter/NAME` for the merges that it needs. */
  readonly models?: Readonly<Record<string, ExpectedModel>>;
  /** What mergekit had written when it failed while saving the config: the sensible result of the case. */
  readonly left_behind?: { readonly tensors: Readonly<Record<string, ExpectedTensor>> };
}

interface ExpectedModel {
  readonly tensors: Readonly<Record<string, ExpectedTensor>>;
  readonly config: { readonly [key: string]: Json };
  readonly index: { readonly weight_map: Readonly<Record<string, string>> } | null;
  readonly tokenizer?: ExpectedTokenizer;
  /** There where ids of new tokens depend on the order of a hash. */
  readonly tokenizer_varies?: unknown;
  readonly embedding_rows?: ExpectedRows;
}

interface Tally {
  sameBytes: number;
  tensors: number;
}

/** Checks FOLDER/merge/*.yml against *.json, or *.v015.json where there is one. */
export const runMerges: GoldenRunner = async (folder) => {
  const cases = JSON.parse(readFileSync(join(folder, "merge", "index.json"), "utf8")) as readonly GoldenCase[];
  const failures: GoldenFailure[] = [];
  const tally = { sameBytes: 0, tensors: 0 };
  for (const golden of cases) {
    const why = await checkCase(folder, golden, tally);
    if (why !== undefined) failures.push({ id: golden.id, why });
  }
  const notes = [`${tally.sameBytes} of ${tally.tensors} tensors are equal to the last byte`];
  return { passed: cases.length - failures.length, failures, notes };
};

async function checkCase(folder: string, golden: GoldenCase, tally: Tally): Promise<string | undefined> {
  const suffix = existsSync(join(folder, "merge", `${golden.id}.v015.json`)) ? ".v015" : "";
  const expected = JSON.parse(readFileSync(join(folder, "merge", `${golden.id}${suffix}.json`), "utf8")) as Expected;
  const out = mkdtempSync(join(tmpdir(), "merganser-golden-"));
  try {
    for (const plan of planCase(folder, golden, out)) await mergePlan(plan, golden);
  } catch (error) {
    rmSync(out, { recursive: true, force: true });
    if (!(error instanceof CodedError) || error.blame === "bug") throw error;
    return expected.outcome === "error" ? undefined : `refused: ${error.message}`;
  }
  try {
    const full = openFullTensors(join(folder, "full", `${golden.id}${suffix}.safetensors`));
    const other = Object.entries(expected.models ?? {}).filter(([name]) => name !== "out");
    const faults = other.map(([name, model]) => {
      const fault = compareOutput(join(out, name), { outcome: "ok", models: { out: model } }, new Map(), tally);
      return fault && `${name}: ${fault}`;
    });
    return compareOutput(join(out, "out"), expected, full, tally) ?? faults.find((fault) => fault !== undefined);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

interface PlannedOutput {
  readonly plan: Plan;
  readonly path: string;
}

/** The merges of a case: the intermediate ones, which the final one computes again in memory, then the final one. */
function planCase(folder: string, { file, flags }: GoldenCase, out: string): PlannedOutput[] {
  const text = readFileSync(join(folder, file), "utf8");
  const { plan, intermediates, problems } = planRecipe(text, file, {
    openModel: (reference) => {
      const source = resolveModel(reference, { cwd: folder });
      return { model: reopenModel(source, reference), source };
    },
    openMerge: openVirtualMerge,
    seed: Number(flagValue(flags, "--random-seed") ?? 0),
    allowCrimes: flags.includes("--allow-crimes"),
    unsafeTruncateEmbeddings: flags.includes("--unsafe-truncate-embeddings"),
  });
  const [problem] = problems;
  if (plan === undefined) {
    throw new CodedError({ code: problem!.code, blame: "input", message: problem!.message, details: {} });
  }
  const named = intermediates.map((each) => ({ plan: each, path: join(out, "inter", each.name) }));
  return [...named, { plan, path: join(out, "out") }];
}

async function mergePlan({ plan, path }: PlannedOutput, { flags }: GoldenCase): Promise<void> {
  await mergeRecipe(plan, {
    outPath: path,
    threads: 1,
    memoryBytes: 2 ** 30,
    overwrite: true,
    resume: false,
    maxShardBytes: parseSize(flagValue(flags, "--out-shard-size") ?? "5GB", "--out-shard-size"),
  });
}

function flagValue(flags: readonly string[], name: string): string | undefined {
  const at = flags.indexOf(name);
  return at < 0 ? undefined : flags[at + 1];
}

type FullTensors = ReturnType<typeof openFullTensors>;

function compareOutput(out: string, expected: Expected, full: FullTensors, tally: Tally): string | undefined {
  const model = expected.models?.["out"];
  const tensors = model?.tensors ?? expected.left_behind?.tensors;
  if (tensors === undefined) return `merged, but mergekit refuses it: ${expected.error}`;
  using written = openFolderModel(out);
  const names = [...written.tensors.keys()].toSorted();
  const wanted = Object.keys(tensors).toSorted();
  const extra = names.filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !names.includes(name));
  if (extra.length + missing.length > 0) return `tensors missing: ${missing}; not expected: ${extra}`;
  const free = freedomOf(tensors);
  const idsVary = model?.tokenizer_varies !== undefined;
  for (const name of wanted) {
    if (idsVary && model.embedding_rows?.[name] !== undefined) continue;
    const difference = compareTensor(written, name, { expected: tensors[name]!, full, free });
    tally.tensors++;
    if (difference === "same bytes") tally.sameBytes++;
    else if (difference !== undefined) return `${name}: ${difference}`;
  }
  if (model === undefined) return undefined;
  return (
    compareIndex(out, model) ??
    compareConfig(written.config, model.config) ??
    (model.tokenizer && compareTokenizer(written, model.tokenizer, idsVary)) ??
    (model.embedding_rows && compareRows(written, model.embedding_rows))
  );
}

function compareIndex(out: string, { index }: ExpectedModel): string | undefined {
  const path = join(out, "model.safetensors.index.json");
  if (index === null || index === undefined) return existsSync(path) ? "there is a shard index" : undefined;
  if (!existsSync(path)) return "there is no shard index";
  const { weight_map } = JSON.parse(readFileSync(path, "utf8")) as typeof index;
  const moved = Object.keys(index.weight_map).filter((name) => weight_map[name] !== index.weight_map[name]);
  return moved.length === 0 ? undefined : `in other shards: ${moved.join(", ")}`;
}
