/** Models that begin with the same layers share what these compute of prompts, and nobody can tell from the results. */

import { resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createByteCache } from "../../src/base/byte-cache.ts";
import { createRandom } from "../../src/base/philox.ts";
import { type Engine, openEngine } from "../../src/engine/engine.ts";
import { createHopStates } from "../../src/engine/hop-states.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import { createKeptTensors } from "../../src/merge/kept-tensors.ts";
import { openMergedModel } from "../../src/merge/merged-model.ts";
import type { Model } from "../../src/model/model.ts";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { type Hop, pathRecipe } from "../../src/search/layer-path.ts";

const DATA = resolve(import.meta.dirname, "../golden/data/models");
const TILE_BYTES = 2 ** 16;
const kernels = createPlainKernels(2 ** 23);
const models = new Map<string, Model>();

afterAll(() => {
  for (const model of models.values()) model[Symbol.dispose]();
});

/** Prompts of unequal lengths, some of which begin alike: 20 tokens and more. */
const LONG = Array.from({ length: 20 }, (_, i) => 3 + ((i * 7) % 20));
const PROMPTS = [[5, 6, 7], [9], [...LONG, 4], [...LONG, 8, 5], [...LONG, 11], [12, 3, 4, 5, 6, 7, 8]];
const PAIRS = PROMPTS.flatMap((context) => [
  { context, continuation: [4, 9] },
  { context, continuation: [13] },
]);

/** A random path through the layers of two models; short and from one of the first layers, so that beginnings are often equal. */
function randomPath(random: { nextUniform(): number }, depth: number): readonly Hop[] {
  const below = (n: number): number => Math.floor(n * random.nextUniform());
  return Array.from({ length: 2 + below(3) }, () => ({ model: below(2), layer: below(depth), scale: 1 })).with(0, {
    ...{ model: below(2), layer: 0, scale: 1 },
  });
}

function openPath(paths: readonly string[], hops: readonly Hop[]): Model {
  const openModel = (reference: string) => {
    const source = resolveModel(reference);
    const model = models.get(reference) ?? reopenModel(source, reference);
    models.set(reference, model);
    return { model, source };
  };
  const recipe = pathRecipe(
    { models: paths.map((path) => ({ name: path, path })), dtype: "float32", folding: undefined },
    hops,
  );
  const { plan, problems } = planRecipe(recipe, "path", { openModel, allowMissingBuffers: true });
  expect(problems).toEqual([]);
  return openMergedModel(plan!, kernels, TILE_BYTES);
}

async function answersOf(engine: Engine): Promise<unknown> {
  const requests = PROMPTS.map((prompt) => ({ prompt, maxTokens: 6, until: [], ignoreEos: true, alternatives: 2 }));
  return { written: await engine.generate(requests), scores: await engine.score(PAIRS) };
}

describe("models that share their first layers", () => {
  it.each([
    ["Llama", "llama/chat", "llama/code"],
    ["Qwen 2", "qwen2/chat", "qwen2/code"],
    ["Qwen 3", "qwen3/chat", "qwen3/code"],
    ["GPT-NeoX", "gpt_neox/modern", "gpt_neox/modern"],
  ])("answer to the last bit as if nothing were shared (%s)", async (_family, first, second) => {
    const paths = [resolve(DATA, first), resolve(DATA, second)];
    const random = createRandom({ seed: 11, counter: 0 });
    // The second cache is so small that it forgets in the middle of things.
    const stores = [2 ** 24, 2 ** 15].map((bytes) => {
      const cache = createByteCache(bytes);
      return { cache, states: createHopStates(cache), tensors: createKeptTensors(cache) };
    });
    const engines: Engine[] = [];
    for (let i = 0; i < 8; i++) {
      const hops = randomPath(random, 2);
      const alone = openPath(paths, hops);
      await using plain = await openEngine(alone, { kernels, threads: 1 });
      const expected = await answersOf(plain);
      for (const [k, { states, tensors }] of stores.entries()) {
        using model = tensors.wrap(openPath(paths, hops));
        if (engines[k] === undefined)
          engines[k] = await openEngine(model, {
            ...{ kernels, threads: 1, states },
            onFoundWeights: tensors.countFound,
          });
        else await engines[k].load(model);
        expect(await answersOf(engines[k])).toEqual(expected);
      }
      alone[Symbol.dispose]();
    }
    for (const engine of engines) await engine[Symbol.asyncDispose]();
    const [large, small] = stores;
    expect(large!.states.count.found / large!.states.count.asked).toBeGreaterThan(0.3);
    expect(large!.tensors.count.found / large!.tensors.count.asked).toBeGreaterThan(0.6);
    expect(small!.cache.bytes).toBeLessThanOrEqual(small!.cache.maxBytes);
    expect(small!.states.count.found).toBeLessThan(large!.states.count.found);
  });
});
