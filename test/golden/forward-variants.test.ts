/**
 * What few configs use, against transformers: sliding windows, biases, tied embeddings, narrow heads, scaled rotary
 * positions. test/oracle/forward_variants.py wrote the data.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/engine.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { ModelConfig } from "../../src/model/model.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { generateModel } from "../generated-model.ts";

interface Variant {
  readonly config: ModelConfig;
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Of the positions. */
  readonly logits: readonly (readonly number[])[];
  readonly greedy: readonly number[];
  readonly margins: readonly number[];
}

interface Variants {
  readonly prompt: readonly number[];
  readonly positions: readonly number[];
  readonly variants: Readonly<Record<string, Variant>>;
}

const { prompt, positions, variants } = JSON.parse(
  readFileSync(join(import.meta.dirname, "data/forward_variants.json"), "utf8"),
) as Variants;

/** Settings that are not set are left out, as the oracle did. */
function withoutNulls(config: ModelConfig): ModelConfig {
  return Object.fromEntries(Object.entries(config).filter(([key, value]) => value !== null || key === "sliding_window"));
}

describe.each(Object.entries(variants))("%s", (_, { config, shapes, logits, greedy, margins }) => {
  const model = generateModel(withoutNulls(config), shapes);

  it("has the logits of transformers", async () => {
    await using engine = await openEngine(model, { kernels: createPlainKernels(2 ** 23), threads: 1 });
    const [all] = await engine.logits([prompt]);
    const V = logits[0]!.length;
    for (const [i, position] of positions.entries()) {
      const own = all!.subarray(position * V, (position + 1) * V);
      const difference = Math.max(...logits[i]!.map((value, id) => Math.abs(value - own[id]!)));
      expect(difference, `position ${position}`).toBeLessThan(1e-4);
    }
  });

  it("writes the tokens of transformers", async () => {
    expect(Math.min(...margins)).toBeGreaterThan(1e-3);
    await using engine = await openEngine(model, { kernels: createPlainKernels(2 ** 23), threads: 1 });
    const [written] = await engine.generate([{ prompt, maxTokens: greedy.length, until: [] }]);
    expect(written!.ids).toEqual(greedy);
    const shorter = [17, 9].map((length) => ({ prompt: prompt.slice(0, length), maxTokens: greedy.length, until: [] }));
    const alone = [];
    for (const request of shorter) alone.push((await engine.generate([request]))[0]!.ids);
    const together = await engine.generate([{ prompt, maxTokens: greedy.length, until: [] }, ...shorter]);
    expect(together.map(({ ids }) => ids)).toEqual([greedy, ...alone]);
  });
});
