import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, formatSafetensors, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { reopenModel, resolveModel } from "../model/open-model.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { LOCK_FILE, readLineage } from "./lineage.ts";
import { mergeRecipe } from "./merge-recipe.ts";
import { addAdapters, countMerges, openSource, openVirtualMerge, pathsOf } from "./open-source.ts";

const NORM = "model.norm.weight";
const LLAMA = { architectures: ["LlamaForCausalLM"], num_hidden_layers: 1 };

function writeModel(folder: string, values: readonly number[]): void {
  writeCheckpoint(folder, { architectures: ["LlamaForCausalLM"] }, [floatTensor(NORM, [2], values)]);
}

function planIn(cwd: string, text: string) {
  const { plan, intermediates, problems } = planRecipe(text, "recipe.yaml", {
    openModel: (reference) => {
      const source = resolveModel(reference, { cwd });
      return { model: reopenModel(source, reference), source };
    },
    openMerge: openVirtualMerge,
    addAdapters: (merge, adapters) => addAdapters(merge, adapters, { cwd }),
  });
  expect(problems).toEqual([]);
  return { plan: plan!, intermediates };
}

const TEXT = `name: half
merge_method: linear
models: [{model: a, parameters: {weight: 0.5}}, {model: b, parameters: {weight: 0.5}}]
---
merge_method: linear
parameters: {normalize: false}
models: [{model: half, parameters: {weight: 2}}, {model: b, parameters: {weight: 1}}]
`;

function prepare() {
  const cwd = createTemporaryFolder();
  writeModel(join(cwd, "a"), [1, 2]);
  writeModel(join(cwd, "b"), [3, 6]);
  return { cwd, ...planIn(cwd, TEXT) };
}

function readNorm(model: ReturnType<typeof openSource>): number[] {
  const bytes = new Uint8Array(8);
  model.read(NORM, 0, bytes);
  return [...new Float32Array(bytes.buffer)];
}

it("a merge that is not on disk computes what it is asked for, here and in another thread", () => {
  const { plan } = prepare();
  const [half] = plan.models;
  expect(readNorm(half!.model)).toEqual([2, 4]);
  const copy = structuredClone(half!.source);
  expect(readNorm(openSource(copy))).toEqual([2, 4]);
  expect(countMerges(copy)).toBe(1);
  expect(pathsOf(copy).map((path) => path.at(-1))).toEqual(["a", "b"]);
});

it("a graph of merges is written in one go, and its lock names the merges on the way", async () => {
  const { cwd, plan } = prepare();
  const out = join(cwd, "out");
  const options = { threads: 1, memoryBytes: 2 ** 28, overwrite: false, resume: false, maxShardBytes: 0 };
  await mergeRecipe(plan, { ...options, outPath: out });
  expect(readNorm(reopenModel({ kind: "folder", path: out }))).toEqual([7, 14]);
  expect(LOCK_FILE).toBe("merganser.lock.json");
  expect(readLineage(out)).toMatchObject({
    parents: [{ name: "half", lineage: { method: "linear", parents: [{ name: "a" }, { name: "b" }] } }, { name: "b" }],
  });
});

it("an adapter on a merge of the same text changes that merge, here and in another thread", () => {
  const cwd = createTemporaryFolder();
  const up = "model.layers.0.mlp.up_proj.weight";
  for (const [name, value] of [
    ["a", 1],
    ["b", 3],
  ] as const)
    writeCheckpoint(join(cwd, name), LLAMA, [floatTensor(up, [2, 1], [value, value])]);
  mkdirSync(join(cwd, "lora"));
  writeFileSync(join(cwd, "lora", "adapter_config.json"), JSON.stringify({ peft_type: "LORA", r: 1, lora_alpha: 2 }));
  const factor = (which: string) => `base_model.model.${up.replace(".weight", `.lora_${which}.weight`)}`;
  const factors = [floatTensor(factor("A"), [1, 1], [5]), floatTensor(factor("B"), [2, 1], [1, 10])];
  writeFileSync(join(cwd, "lora", "adapter_model.safetensors"), formatSafetensors(factors));

  const { plan } = planIn(cwd, TEXT.replace("model: half", "model: half+lora"));
  const [half] = plan.models;
  expect(half!.model.name).toBe("half+lora");
  for (const model of [half!.model, openSource(structuredClone(half!.source))]) {
    const bytes = new Uint8Array(8);
    model.read(up, 0, bytes);
    expect([...new Float32Array(bytes.buffer)]).toEqual([12, 102]);
  }
  expect(pathsOf(half!.source).map((path) => basename(path))).toEqual(["a", "b", "lora"]);
});
