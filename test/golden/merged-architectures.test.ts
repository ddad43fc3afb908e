/** Models of every architecture merge, averaged and stacked, and the engine runs what comes out without its being written. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/engine.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import { openMergedModel } from "../../src/merge/merged-model.ts";
import type { Model, ModelConfig } from "../../src/model/model.ts";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { byteLength } from "../../src/tensor/dtype.ts";
import { elementCount, type Shape } from "../../src/tensor/shape.ts";
import { generateModel } from "../generated-model.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { writeCheckpoint } from "../write-checkpoint.ts";

interface Case {
  readonly config: ModelConfig;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, "data/forward_architectures.json"), "utf8")) as {
  readonly cases: Readonly<Record<string, Case>>;
};
const firsts = [...Map.groupBy(Object.entries(cases), ([, { config }]) => config["model_type"]).values()].map(
  ([first]) => first!,
);
const kernels = createPlainKernels(2 ** 23);
const PROMPT = [3, 1, 4, 1, 5, 9, 2, 6];

describe.each(firsts)("%s", (_, { config, shapes }) => {
  const second = (_name: string, values: Float32Array): void => {
    for (const [i, value] of values.entries()) values[i] = value * 0.5 + 0.125;
  };

  it("averages to the model whose weights are the averages", async () => {
    const average = (_name: string, values: Float32Array): void => {
      for (const [i, value] of values.entries()) values[i] = Math.fround(value * 0.75) + 0.0625;
    };
    const recipe = "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]";
    using merged = openRecipe(recipe, generateModel(config, shapes), generateModel(config, shapes, { edit: second }));
    const expected = await logitsOf(generateModel(config, shapes, { edit: average }));
    const own = await logitsOf(merged);
    expect(own.length).toBe(expected.length);
    expect(Math.max(...own.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-3);
  });

  it("stacks to a model of more layers", async () => {
    const recipe =
      "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 2]}]}, {sources: [{model: b, layer_range: [1, 3]}]}]";
    using merged = openRecipe(recipe, generateModel(config, shapes), generateModel(config, shapes));
    await using engine = await openEngine(merged, { kernels, threads: 1 });
    const states = await engine.hiddens(PROMPT);
    const single = await hiddensOf(generateModel(config, shapes));
    expect(states).toHaveLength(5);
    expect(states.slice(0, 3)).toEqual(single.slice(0, 3));
    expect(states.every((state) => state.every(Number.isFinite))).toBe(true);
  });
});

/** Writes two models, and opens a recipe that calls them `a` and `b`. */
function openRecipe(text: string, a: Model, b: Model): Model {
  const cwd = createTemporaryFolder();
  for (const [name, model] of Object.entries({ a, b })) writeModel(join(cwd, name), model);
  const { plan, problems } = planRecipe(text, "recipe.yaml", {
    openModel: (reference) => {
      const source = resolveModel(reference, { cwd });
      return { model: reopenModel(source, reference), source };
    },
    allowMissingBuffers: true,
  });
  expect(problems).toEqual([]);
  return openMergedModel(plan!, kernels, 2 ** 20);
}

function writeModel(folder: string, model: Model): void {
  const tensors = [...model.tensors.values()].map(({ name, dtype, shape }) => {
    const bytes = new Uint8Array(byteLength(dtype, elementCount(shape)));
    model.read(name, 0, bytes);
    return { name, dtype, shape, bytes };
  });
  writeCheckpoint(folder, model.config, tensors);
}

async function logitsOf(model: Model): Promise<Float32Array> {
  await using engine = await openEngine(model, { kernels, threads: 1 });
  return (await engine.logits([PROMPT]))[0]!;
}

async function hiddensOf(model: Model): Promise<readonly Float32Array[]> {
  await using engine = await openEngine(model, { kernels, threads: 1 });
  return engine.hiddens(PROMPT);
}
