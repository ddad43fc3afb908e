import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { floatTensor, type TensorContent, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import type { Model } from "../model/model.ts";
import { reopenModel, resolveModel } from "../model/open-model.ts";
import type { Plan } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { type AheadLimits, startMergingAhead } from "./merge-ahead.ts";
import { openMergedModel } from "./merged-model.ts";

const LAYERS = 24;
const CONFIG = { architectures: ["LlamaForCausalLM"], model_type: "llama", num_hidden_layers: LAYERS };
const SHAPE = [40, 50];
const TENSOR_BYTES = 4 * 40 * 50;

function writeModel(folder: string, seed: number, more: readonly TensorContent[] = []): string {
  const values = (layer: number) => Array.from({ length: 2000 }, (_, i) => Math.sin(seed + layer * 7 + i));
  const names = Array.from({ length: LAYERS }, (_, layer) => `model.layers.${layer}.mlp.up_proj.weight`);
  const tensors = names.map((name, layer) => floatTensor(name, SHAPE, values(layer)));
  writeCheckpoint(folder, CONFIG, [
    ...tensors,
    floatTensor("model.norm.weight", [50], values(0).slice(0, 50)),
    ...more,
  ]);
  return folder;
}

function planOf(a: string, b: string): Plan {
  const { plan, problems } = planRecipe(
    `merge_method: ties\nbase_model: ${a}\nmodels: [{model: ${b}}]\nparameters: {density: 0.5, weight: 1}\n`,
    "r.yaml",
    {
      openModel(reference) {
        const source = resolveModel(reference);
        return { model: reopenModel(source, reference), source };
      },
      seed: 0,
    },
  );
  expect(problems).toEqual([]);
  return plan!;
}

function openAhead(plan: Plan, limits: Partial<AheadLimits> = {}): Model {
  const ahead = startMergingAhead(plan, { windowBytes: 4 * TENSOR_BYTES, leastBytes: 0, ...limits });
  expect(ahead).toBeDefined();
  const model = openMergedModel(plan, openWasmKernels(readKernelModule(), 2 ** 25), 2 ** 24, ahead);
  onTestFinished(() => model[Symbol.dispose]());
  return model;
}

function bytesOf(model: Model, name: string): Buffer {
  const { dtype, shape } = model.tensors.get(name)!;
  const bytes = new Uint8Array(byteLength(dtype, elementCount(shape)));
  const half = 4 * Math.floor(bytes.length / 8);
  model.read(name, 0, bytes.subarray(0, half));
  model.read(name, half, bytes.subarray(half));
  return Buffer.from(bytes);
}

describe("startMergingAhead", () => {
  const folder = mkdtempSync(join(tmpdir(), "merganser-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const plan = planOf(writeModel(join(folder, "a"), 1), writeModel(join(folder, "b"), 2));
  using plain = openMergedModel(plan, openWasmKernels(readKernelModule(), 2 ** 25), 2 ** 24);
  const names = [...plain.tensors.keys()];
  const expected = new Map(names.map((name) => [name, bytesOf(plain, name)]));

  it.each([
    ["in order", names],
    ["backwards", names.toReversed()],
    ["twice", names.flatMap((name) => [name, "model.norm.weight", name])],
  ])("gives the same bytes, read %s", async (_order, read) => {
    const model = openAhead(plan);
    for (const name of read) {
      expect(bytesOf(model, name).equals(expected.get(name)!)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it("takes what the other thread has merged, once", async () => {
    using ahead = startMergingAhead(plan, { windowBytes: 3 * TENSOR_BYTES, leastBytes: 0 });
    const refuse = () => {
      throw new Error("the other thread does it");
    };
    // Where all cores are busy the thread takes seconds to start: the first looks come soon, the last ones late.
    for (const [look, name] of names.filter((each) => each.includes("up_proj")).entries()) {
      await new Promise((resolve) => setTimeout(resolve, 100 * 1.15 ** look));
      const bytes = ahead!.take(name, refuse);
      expect(ahead!.take(name, refuse)).toBeUndefined();
      if (bytes === undefined) continue;
      expect(Buffer.from(bytes).equals(expected.get(name)!)).toBe(true);
      return;
    }
    expect.unreachable("the other thread has merged nothing");
  });

  it("leaves errors to whoever reads", () => {
    const counters = (value: bigint): TensorContent => ({
      name: "model.layers.0.counters",
      dtype: "I64",
      shape: [1],
      bytes: new Uint8Array(BigInt64Array.of(value).buffer),
    });
    const broken = planOf(
      writeModel(join(folder, "c"), 1, [counters(1n)]),
      writeModel(join(folder, "d"), 2, [counters(2n)]),
    );
    const model = openAhead(broken);
    for (const name of names) bytesOf(model, name);
    expect(() => bytesOf(model, "model.layers.0.counters")).toThrow(
      expect.objectContaining({ code: "merge/buffers_differ" }),
    );
  });

  it("starts no thread for a little", () => {
    expect(startMergingAhead(plan, { windowBytes: 2 ** 26, leastBytes: 2 ** 25 })).toBeUndefined();
    expect(startMergingAhead(plan, { windowBytes: TENSOR_BYTES - 1, leastBytes: 1000 })).toBeUndefined();
  });
});
