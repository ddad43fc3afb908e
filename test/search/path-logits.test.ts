/** A path whose scales stand in the weights computes what the path computes as its definition has it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Json } from "../../src/base/canonical-json.ts";
import { createDecoder } from "../../src/engine/decoder.ts";
import { readDecoderShape } from "../../src/engine/decoder-shape.ts";
import { pathFolding } from "../../src/engine/path-folding.ts";
import { loadRuntime } from "../../src/engine/runtime.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import { openMergedModel } from "../../src/merge/merged-model.ts";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { type Hop, pathRecipe, type ScaleFolding } from "../../src/search/layer-path.ts";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../generated-model.ts";
import { writeCheckpoint } from "../write-checkpoint.ts";

const DATA = resolve(import.meta.dirname, "../golden/data/models");
const MOST_DIFFERENCE = 1e-3;
const IDS = Int32Array.of(1, 7, 3, 20, 11, 5);
const TILE_BYTES = 2 ** 16;
const folder = mkdtempSync(join(tmpdir(), "merganser-path-"));

/** The largest of all tests. */
let seen = 0;

afterAll(() => {
  rmSync(folder, { recursive: true });
  process.stdout.write(`logits of exported paths: largest difference ${seen.toExponential(1)} of ${MOST_DIFFERENCE}\n`);
});

const HOPS: readonly Hop[] = [
  { model: 0, layer: 0, scale: 1 },
  { model: 1, layer: 1, scale: 0.7 },
  { model: 0, layer: 0, scale: 1.8 },
  { model: 1, layer: 0, scale: 0.4 },
  { model: 0, layer: 1, scale: 1.25 },
];
const NEGATIVE = HOPS.map((hop, i) => (i === 2 ? { ...hop, scale: -hop.scale } : hop));

/** Logits of a path, either folded into weights or scaled while it runs. */
async function logitsOf(
  paths: readonly string[],
  hops: readonly Hop[],
  how: "folded" | "scaled",
): Promise<Float32Array> {
  const openModel = (reference: string) => {
    const source = resolveModel(reference);
    return { model: reopenModel(source, reference), source };
  };
  const shape = readDecoderShape(openModel(paths[0]!).model);
  const folding: ScaleFolding = pathFolding(shape);
  const models = { models: paths.map((path) => ({ name: path, path })), dtype: "float32", folding };
  const recipe = pathRecipe(models, how === "folded" ? hops : hops.map((hop) => ({ ...hop, scale: 1 })));
  const { plan, problems } = planRecipe(recipe, "path", { openModel, allowMissingBuffers: true });
  expect(problems).toEqual([]);
  const kernels = createPlainKernels(2 ** 23);
  using model = openMergedModel(plan!, kernels, TILE_BYTES);
  const runtime = await loadRuntime();
  using decoder = createDecoder(runtime, readDecoderShape(model), { threads: 1, memoryBytes: 2 ** 26 });
  decoder.check(model);
  decoder.load(model, kernels);
  decoder.cache.layOut(1, IDS.length);
  const ones = hops.map(() => 1);
  return decoder.trunk.scaledLogits(IDS, how === "folded" ? ones : hops.map(({ scale }) => scale));
}

async function differenceOf(paths: readonly string[], hops: readonly Hop[]): Promise<number> {
  const [folded, scaled] = [await logitsOf(paths, hops, "folded"), await logitsOf(paths, hops, "scaled")];
  const plain = await logitsOf(
    paths,
    hops.map((hop) => ({ ...hop, scale: 1 })),
    "scaled",
  );
  // The scales must matter, or their agreement would say nothing.
  expect(largestDifference(scaled, plain)).toBeGreaterThan(10 * MOST_DIFFERENCE);
  const difference = largestDifference(folded, scaled);
  seen = Math.max(seen, difference);
  return difference;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

/** Two OLMo 2 models: norms behind attention and MLP, none before. */
function writeOlmo2(name: string, shift: number): string {
  const shapes = Object.fromEntries(
    Object.entries(LLAMA_SHAPES).flatMap(([tensor, shape]) => {
      if (!tensor.includes("input_layernorm")) return [[tensor, shape] as const];
      const part = (to: string): string => tensor.replace("input_layernorm", to);
      return [
        [part("self_attn.q_norm"), [32]] as const,
        [part("self_attn.k_norm"), [16]] as const,
        [part("post_feedforward_layernorm"), [32]] as const,
      ];
    }),
  );
  const config = { ...LLAMA_CONFIG, architectures: ["Olmo2ForCausalLM"], model_type: "olmo2" };
  const edit = (_: string, values: Float32Array): void => values.set(values.map((x) => x * (1 + shift)));
  const model = generateModel(config, shapes, { edit });
  const tensors = [...model.tensors.values()].map(({ name, dtype, shape }) => {
    const bytes = new Uint8Array(4 * shape.reduce((a, b) => a * b, 1));
    model.read(name, 0, bytes);
    return { name, dtype, shape, bytes };
  });
  writeCheckpoint(join(folder, name), config as unknown as { readonly [key: string]: Json }, tensors);
  return join(folder, name);
}

describe("folded scales give the logits of the path", () => {
  it.each([
    ["RMS norms before (Llama)", "llama/chat", "llama/code"],
    ["the same with norms of queries and keys (Qwen 3)", "qwen3/chat", "qwen3/code"],
    ["the same with biases (Qwen 2)", "qwen2/chat", "qwen2/code"],
    ["the same with experts in one tensor (Mixtral)", "mixtral/chat", "mixtral/code"],
    ["layer norms before, with biases, in parallel (GPT-NeoX)", "gpt_neox/modern", "gpt_neox/modern"],
  ])("with %s", async (_family, first, second) => {
    const paths = [join(DATA, first), join(DATA, second)];
    expect(await differenceOf(paths, HOPS)).toBeLessThan(MOST_DIFFERENCE);
    expect(await differenceOf(paths, NEGATIVE)).toBeLessThan(MOST_DIFFERENCE);
  });

  it("with norms behind instead of before (OLMo 2)", async () => {
    const paths = [writeOlmo2("a", 0), writeOlmo2("b", 0.3)];
    expect(await differenceOf(paths, HOPS)).toBeLessThan(MOST_DIFFERENCE);
  });
});
