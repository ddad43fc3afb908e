/** Merges of everything that is no folder of a decoder: other formats, adapters, other architectures, plain tensors. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWasmKernels } from "../../src/kernels/open-wasm-kernels.ts";
import { widen } from "../../src/kernels/plain/widen.ts";
import { mergeRecipe } from "../../src/merge/merge-recipe.ts";
import { openMergedModel } from "../../src/merge/merged-model.ts";
import { readKernelModule } from "../../src/model/kernel-module.ts";
import type { Model } from "../../src/model/model.ts";
import { openModel, reopenModel, resolveModel } from "../../src/model/open-model.ts";
import { type Planning, planRecipe } from "../../src/recipe/plan-recipe.ts";
import { byteLength } from "../../src/tensor/dtype.ts";
import { elementCount } from "../../src/tensor/shape.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { floatTensor, formatSafetensors, type TensorContent, writeCheckpoint } from "../write-checkpoint.ts";

const DATA = join(import.meta.dirname, "../golden/data");

const kernels = openWasmKernels(readKernelModule(), 2 ** 26);

function planOf(text: string, cwd: string): Planning {
  return planRecipe(text, "recipe.yaml", {
    openModel: (reference) => {
      const source = resolveModel(reference, { cwd });
      return { model: reopenModel(source, reference), source };
    },
  });
}

/** Merges without writing. */
function merge(text: string, cwd: string): Model {
  const { plan, problems } = planOf(text, cwd);
  expect(problems).toEqual([]);
  return openMergedModel(plan!, kernels, 2 ** 25);
}

/** Merges into a folder. @returns its path */
async function write(text: string, cwd: string): Promise<string> {
  const outPath = join(createTemporaryFolder(), "out");
  const options = { threads: 1, memoryBytes: 2 ** 28, overwrite: false, resume: false, maxShardBytes: 0 };
  await mergeRecipe(planOf(text, cwd).plan!, { outPath, ...options });
  return outPath;
}

function floatsOf(model: Model, name: string): number[] {
  const { dtype, shape } = model.tensors.get(name)!;
  const bytes = new Uint8Array(byteLength(dtype, elementCount(shape)));
  model.read(name, 0, bytes);
  const floats = new Float32Array(elementCount(shape));
  widen(dtype, bytes, floats);
  return [...floats].map((value) => value + 0);
}

const half = (names: readonly string[]): string =>
  `merge_method: linear\nmodels:\n${names.map((name) => `  - {model: "${name}", parameters: {weight: 0.5}}\n`).join("")}`;

/** Checks that every tensor is the mean of the two models'. */
function expectMeans(merged: Model, models: readonly Model[]): void {
  expect([...merged.tensors.keys()].toSorted()).toEqual([...models[0]!.tensors.keys()].toSorted());
  for (const name of merged.tensors.keys()) {
    const [a, b] = models.map((model) => floatsOf(model, name)) as [number[], number[]];
    const means = a.map((value, i) => (value + b[i]!) / 2);
    const found = floatsOf(merged, name);
    expect(Math.max(0, ...found.map((value, i) => Math.abs(value - means[i]!))), name).toBeLessThan(1e-6);
  }
}

function expectEqual(merged: Model, wanted: Model): void {
  for (const name of merged.tensors.keys()) {
    const values = floatsOf(wanted, name);
    const found = floatsOf(merged, name);
    expect(Math.max(0, ...found.map((value, i) => Math.abs(value - values[i]!))), name).toBeLessThan(1e-6);
  }
}

describe("other formats", () => {
  it("writes what a GGUF file holds, with the config that is in it", async () => {
    const path = await write(half(["gguf/llama.gguf"]), DATA);
    using model = openModel(path);
    using source = openModel(join(DATA, "gguf/llama.gguf"));
    for (const name of source.tensors.keys()) expect(floatsOf(model, name), name).toEqual(floatsOf(source, name));
    expect(model.config).toMatchObject({ model_type: "llama", vocab_size: 96, rope_scaling: { factor: 8 } });
  });

  it("writes a model with its adapter, in a worker's thread as here", async () => {
    const cwd = join(DATA, "adapters/plain");
    const names = ["base+adapter", "base"];
    const path = await write(half(names), cwd);
    const models = names.map((name) => openModel(name, { cwd }));
    expectMeans(openModel(path), models);
    expectMeans(merge(half(names), cwd), models);
  });

  it("takes the difference that an adapter makes for a task vector", () => {
    const cwd = join(DATA, "adapters/dora");
    const text =
      "merge_method: task_arithmetic\nbase_model: base\ndtype: float32\n" +
      "models: [{model: {model: base, lora: adapter}, parameters: {weight: 1}}]\n";
    using adapted = openModel("base+adapter", { cwd });
    expectEqual(merge(text, cwd), adapted);
  });

  it("merges checkpoints of torch", () => {
    const cwd = createTemporaryFolder();
    for (const name of ["a", "b"]) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, "pytorch_model.bin"), readFileSync(join(DATA, "torch/protocol4.pt")));
    }
    expect(floatsOf(merge(half(["a", "b/pytorch_model.bin"]), cwd), "layers.1.weight")).toEqual([1, 1, 1, 1]);
  });
});

/** Two models of given tensors, each element different, with this config or without. */
function writePair(names: readonly (readonly [string, ...number[]])[], config?: object): string {
  const cwd = createTemporaryFolder();
  for (const [m, folder] of ["a", "b"].entries()) {
    const tensors = names.map(([name, ...shape], n): TensorContent => {
      const values = Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(1 + i + 10 * n + 100 * m));
      return floatTensor(name, shape, values);
    });
    if (config !== undefined) writeCheckpoint(join(cwd, folder), config as Record<string, never>, tensors);
    else {
      mkdirSync(join(cwd, folder));
      writeFileSync(join(cwd, folder, "diffusion_pytorch_model.safetensors"), formatSafetensors(tensors));
    }
  }
  return cwd;
}

const layers = (prefix: string, count: number, parts: readonly (readonly [string, ...number[]])[]) =>
  Array.from({ length: count }, (_, i) =>
    parts.map(([name, ...shape]): [string, ...number[]] => [`${prefix}.${i}.${name}`, ...shape]),
  ).flat();

const MODELS: Readonly<Record<string, readonly [readonly (readonly [string, ...number[]])[], object | undefined]>> = {
  "an encoder": [
    [
      ["embeddings.word_embeddings.weight", 6, 4],
      ["embeddings.LayerNorm.weight", 4],
      ...layers("encoder.layer", 2, [
        ["attention.self.query.weight", 4, 4],
        ["attention.self.query.bias", 4],
        ["output.dense.weight", 4, 8],
      ]),
      ["pooler.dense.weight", 4, 4],
    ],
    { architectures: ["BertModel"], model_type: "bert", num_hidden_layers: 2, vocab_size: 6 },
  ],
  "an encoder with a decoder": [
    [
      ["shared.weight", 6, 4],
      ...layers("encoder.block", 2, [
        ["layer.0.SelfAttention.q.weight", 4, 4],
        ["layer.1.DenseReluDense.wi.weight", 8, 4],
      ]),
      ["encoder.final_layer_norm.weight", 4],
      ...layers("decoder.block", 3, [
        ["layer.0.SelfAttention.q.weight", 4, 4],
        ["layer.1.EncDecAttention.k.weight", 4, 4],
      ]),
      ["decoder.final_layer_norm.weight", 4],
    ],
    {
      architectures: ["T5ForConditionalGeneration"],
      model_type: "t5",
      num_layers: 2,
      num_decoder_layers: 3,
      vocab_size: 6,
    },
  ],
  "speech to text": [
    [
      ["model.encoder.conv1.weight", 4, 3, 3],
      ["model.encoder.embed_positions.weight", 5, 4],
      ...layers("model.encoder.layers", 2, [["self_attn.q_proj.weight", 4, 4]]),
      ...layers("model.decoder.layers", 2, [["encoder_attn.v_proj.weight", 4, 4]]),
      ["model.decoder.embed_tokens.weight", 6, 4],
    ],
    {
      architectures: ["WhisperForConditionalGeneration"],
      model_type: "whisper",
      encoder_layers: 2,
      decoder_layers: 2,
      vocab_size: 6,
    },
  ],
  "a vision tower beside a decoder": [
    [
      ["model.vision_tower.embeddings.patch_embedding.weight", 4, 3, 2, 2],
      ...layers("model.vision_tower.encoder.layers", 3, [["self_attn.k_proj.weight", 4, 4]]),
      ["model.multi_modal_projector.linear_1.weight", 4, 4],
      ["model.language_model.embed_tokens.weight", 6, 4],
      ...layers("model.language_model.layers", 2, [
        ["self_attn.q_proj.weight", 4, 4],
        ["mlp.up_proj.weight", 8, 4],
      ]),
      ["lm_head.weight", 6, 4],
    ],
    {
      architectures: ["LlavaForConditionalGeneration"],
      model_type: "llava",
      text_config: { num_hidden_layers: 2, vocab_size: 6 },
      vision_config: { num_hidden_layers: 3 },
    },
  ],
  "an image model without a config": [
    [
      ["conv_in.weight", 4, 3, 3, 3],
      ["down_blocks.0.resnets.0.conv1.weight", 4, 4, 3, 3],
      ["down_blocks.0.resnets.1.conv1.weight", 4, 4, 3, 3],
      ["down_blocks.1.attentions.0.to_q.weight", 4, 4],
      ["mid_block.resnets.0.norm1.bias", 4],
      ["time_embedding.linear_1.weight", 8, 4],
    ],
    undefined,
  ],
  "adapters as tensors": [
    layers("lora_unet_down_blocks", 2, [["lora_down.weight", 2, 4], ["lora_up.weight", 4, 2], ["alpha"]]),
    undefined,
  ],
};

describe.each(Object.entries(MODELS))("%s", (_what, [tensors, config]) => {
  it("is merged by the names of its tensors", () => {
    const cwd = writePair(tensors, config);
    expectMeans(
      merge(half(["a", "b"]), cwd),
      ["a", "b"].map((name) => openModel(name, { cwd })),
    );
  });

  it("is merged by methods that look at the whole of a tensor", () => {
    const cwd = writePair(tensors, config);
    const text = "merge_method: ties\nbase_model: a\nmodels: [{model: b, parameters: {weight: 1, density: 1}}]\n";
    expectEqual(merge(text, cwd), openModel("b", { cwd }));
  });
});

describe("tensors without a config", () => {
  it("are written without one, from single files and folders", async () => {
    const cwd = writePair([["a.0.weight", 2, 2]]);
    const names = ["a/diffusion_pytorch_model.safetensors", "b"];
    const path = await write(`${half(names)}dtype: float32\n`, cwd);
    expect(existsSync(join(path, "config.json"))).toBe(false);
    expectMeans(
      openModel(path),
      names.map((name) => openModel(name, { cwd })),
    );
  });

  it("do not go with a model that has one", () => {
    const cwd = writePair([["a.0.weight", 2, 2]]);
    writeFileSync(join(cwd, "a/config.json"), '{"architectures":["LlamaForCausalLM"]}');
    const { problems } = planOf(half(["a", "b"]), cwd);
    expect(problems.map(({ code, line }) => [code, line])).toEqual([["model/missing_file", 4]]);
  });
});
