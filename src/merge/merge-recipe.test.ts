import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, type TensorContent, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { reopenModel, resolveModel } from "../model/open-model.ts";
import type { Plan } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { LOCK_FILE, type Lock } from "./lineage.ts";
import { type MergeOptions, mergeRecipe } from "./merge-recipe.ts";

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  num_hidden_layers: 1,
  torch_dtype: "float32",
};
const UP = "model.layers.0.mlp.up_proj.weight";

function writeModel(folder: string, value: number, more: readonly TensorContent[] = []): string {
  const up = floatTensor(
    UP,
    [3, 5],
    Array.from({ length: 15 }, (_, i) => value + i),
  );
  writeCheckpoint(folder, CONFIG, [up, floatTensor("model.norm.weight", [5], Array(5).fill(value)), ...more]);
  return folder;
}

function counters(values: readonly bigint[]): TensorContent {
  const bytes = new Uint8Array(BigInt64Array.from(values).buffer);
  return { name: "model.layers.0.counters", dtype: "I64", shape: [values.length], bytes };
}

function planOf(text: string): Plan {
  const { plan, problems } = planRecipe(text, "recipe.yaml", {
    openModel(reference) {
      const source = resolveModel(reference);
      return { model: reopenModel(source, reference), source };
    },
    seed: 0,
  });
  expect(problems).toEqual([]);
  return plan!;
}

function linearOf(a: string, b: string, weight = "weight: 0.5"): Plan {
  return planOf(`merge_method: linear\nmodels:\n  - model: ${a}\n  - model: ${b}\nparameters: {${weight}}\n`);
}

function optionsFor(outPath: string, more: Partial<MergeOptions> = {}): MergeOptions {
  const plain = { threads: 1, memoryBytes: 2 ** 28, overwrite: false, resume: false, maxShardBytes: 0 };
  return { ...plain, outPath, ...more };
}

function twoModels(): { folder: string; plan: Plan; out: string } {
  const folder = createTemporaryFolder();
  const plan = linearOf(writeModel(join(folder, "a"), 1), writeModel(join(folder, "b"), 3));
  return { folder, plan, out: join(folder, "out") };
}

const code = (name: string) => expect.objectContaining({ code: name });

describe("mergeRecipe", () => {
  it("leaves nothing behind where the disk has no room", async () => {
    const { folder, plan, out } = twoModels();
    const huge = { ...plan, tensors: plan.tensors.map((tensor) => ({ ...tensor, shape: [2 ** 46] })) };
    await expect(mergeRecipe(huge, optionsFor(out))).rejects.toThrowError(code("merge/disk_full"));
    expect(readdirSync(folder).toSorted()).toEqual(["a", "b"]);
  });

  it("spells numbers of the config as the donor does, since transformers tells 30.0 from 30", async () => {
    const folder = createTemporaryFolder();
    const [a, b] = [writeModel(join(folder, "a"), 1), writeModel(join(folder, "b"), 3)];
    const text = JSON.stringify(CONFIG).replace("}", ', "final_logit_softcapping": 30.0}');
    writeFileSync(join(a, "config.json"), text);
    const out = join(folder, "out");
    await mergeRecipe(linearOf(a, b), optionsFor(out));
    expect(readFileSync(join(out, "config.json"), "utf8")).toContain('"final_logit_softcapping": 30.0,');
  });

  it("writes weights, config, recipe, card and lock, and nothing beside them", async () => {
    const { folder, plan, out } = twoModels();
    const report = await mergeRecipe(plan, optionsFor(out));
    expect(report).toMatchObject({ path: out, tensors: 2, bytes: 80, files: ["model.safetensors"] });
    expect(readdirSync(out).toSorted()).toEqual([
      "README.md",
      "config.json",
      LOCK_FILE,
      "mergekit_config.yml",
      "model.safetensors",
    ]);
    using merged = reopenModel({ kind: "folder", path: out });
    const values = new Float32Array(15);
    merged.read(UP, 0, new Uint8Array(values.buffer));
    expect([...values]).toEqual(Array.from({ length: 15 }, (_, i) => 2 + i));
    expect(readdirSync(folder).toSorted()).toEqual(["a", "b", "out"]);
  });

  it("gives the same bytes and hashes with any number of threads and shards", async () => {
    const { folder, plan } = twoModels();
    const lockAfter = async (name: string, more: Partial<MergeOptions>): Promise<Lock> => {
      await mergeRecipe(plan, optionsFor(join(folder, name), more));
      return JSON.parse(readFileSync(join(folder, name, LOCK_FILE), "utf8")) as Lock;
    };
    const one = await lockAfter("one", {});
    expect(await lockAfter("two", { threads: 2 })).toEqual(one);
    expect(await lockAfter("shards", { maxShardBytes: 60 })).toEqual(one);
    expect(existsSync(join(folder, "shards", "model.safetensors.index.json"))).toBe(true);
    expect(new Set(one.parents.map(({ content }) => content)).size).toBe(2);
  });

  it("replaces an output only when told to", async () => {
    const { plan, out } = twoModels();
    mkdirSync(out);
    writeFileSync(join(out, "old.txt"), "old");
    await expect(mergeRecipe(plan, optionsFor(out))).rejects.toThrow(code("merge/output_exists"));
    expect(readFileSync(join(out, "old.txt"), "utf8")).toBe("old");
    await mergeRecipe(plan, optionsFor(out, { overwrite: true }));
    expect(existsSync(join(out, "old.txt"))).toBe(false);
  });

  it("refuses a file as its output", async () => {
    const { plan, out } = twoModels();
    writeFileSync(out, "a file");
    await expect(mergeRecipe(plan, optionsFor(out))).rejects.toThrow(code("merge/output_not_folder"));
  });

  it("refuses to replace one of its inputs", async () => {
    const { folder, plan } = twoModels();
    const options = optionsFor(join(folder, "a"), { overwrite: true });
    await expect(mergeRecipe(plan, options)).rejects.toThrow(code("merge/output_is_input"));
  });

  it("writes nothing when values are not finite", async () => {
    const folder = createTemporaryFolder();
    const plan = linearOf(
      writeModel(join(folder, "a"), 3e38),
      writeModel(join(folder, "b"), 3e38),
      "weight: 2, normalize: false",
    );
    await expect(mergeRecipe(plan, optionsFor(join(folder, "out")))).rejects.toThrow(code("merge/not_finite"));
    expect(readdirSync(folder).toSorted()).toEqual(["a", "b"]);
  });

  it("copies integers that agree, and refuses those that differ", async () => {
    const folder = createTemporaryFolder();
    const [a, b] = [
      writeModel(join(folder, "a"), 1, [counters([1n, 2n])]),
      writeModel(join(folder, "b"), 1, [counters([1n, 2n])]),
    ];
    await mergeRecipe(linearOf(a, b), optionsFor(join(folder, "same")));
    using merged = reopenModel({ kind: "folder", path: join(folder, "same") });
    const copied = new BigInt64Array(2);
    merged.read("model.layers.0.counters", 0, new Uint8Array(copied.buffer));
    expect([...copied]).toEqual([1n, 2n]);

    const c = writeModel(join(folder, "c"), 1, [counters([1n, 3n])]);
    await expect(mergeRecipe(linearOf(a, c), optionsFor(join(folder, "differ")))).rejects.toThrow(
      code("merge/buffers_differ"),
    );
    expect(existsSync(join(folder, "differ"))).toBe(false);
  });

  it("asks for enough memory before it writes anything", async () => {
    const { folder, plan, out } = twoModels();
    const options = optionsFor(out, { memoryBytes: 2 ** 20 });
    await expect(mergeRecipe(plan, options)).rejects.toThrow(code("merge/memory_too_small"));
    expect(readdirSync(folder).toSorted()).toEqual(["a", "b"]);
  });

  it("resumes only what was interrupted, of the same merge", async () => {
    const { folder, plan, out } = twoModels();
    await expect(mergeRecipe(plan, optionsFor(out, { resume: true }))).rejects.toThrow(code("merge/nothing_to_resume"));

    const stopped = AbortSignal.abort();
    await expect(mergeRecipe(plan, optionsFor(out, { signal: stopped }))).rejects.toThrow(code("merge/interrupted"));
    expect(existsSync(out)).toBe(false);
    const other = linearOf(join(folder, "b"), join(folder, "a"), "weight: 0.25");
    await expect(mergeRecipe(other, optionsFor(out, { resume: true }))).rejects.toThrow(code("merge/resume_differs"));

    await expect(mergeRecipe(plan, optionsFor(out, { signal: stopped }))).rejects.toThrow(code("merge/interrupted"));
    await mergeRecipe(plan, optionsFor(out, { resume: true }));
    expect(existsSync(join(out, "model.safetensors"))).toBe(true);
  });

  it("waits for nobody: an output that another process is writing is refused", async () => {
    const { folder, plan, out } = twoModels();
    const partial = join(folder, ".out.partial");
    mkdirSync(partial);
    writeFileSync(join(partial, ".owner"), "1");
    await expect(mergeRecipe(plan, optionsFor(out))).rejects.toThrow(code("merge/busy"));
    writeFileSync(join(partial, ".owner"), String(2 ** 22 + 1));
    await mergeRecipe(plan, optionsFor(out));
    expect(existsSync(partial)).toBe(false);
  });

  it("reports an input that vanished, and leaves nothing", async () => {
    const { folder, plan, out } = twoModels();
    rmSync(join(folder, "b"), { recursive: true });
    await expect(mergeRecipe(plan, optionsFor(out))).rejects.toThrow(/model/);
    expect(existsSync(out)).toBe(false);
  });
});
