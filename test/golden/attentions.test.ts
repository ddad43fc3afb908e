/** What heads attend to, in every architecture that the engine runs, against transformers. test/oracle/attentions.py wrote the data. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEngine } from "../../src/engine/engine.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { ModelConfig } from "../../src/model/model.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { generateModel } from "../generated-model.ts";

interface Attentions {
  /** Layer, head and position; −1 is the last one. */
  readonly rows: readonly (readonly [number, number, number])[];
  /** By case, then by row: the shares of the positions. */
  readonly cases: Readonly<Record<string, readonly (readonly number[])[]>>;
}

interface Forward {
  readonly prompt: readonly number[];
  readonly cases: Readonly<
    Record<string, { readonly config: ModelConfig; readonly shapes: Readonly<Record<string, Shape>> }>
  >;
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, "data", name), "utf8"));
const { rows, cases } = read("attentions.json") as Attentions;
const { prompt, cases: models } = read("forward_architectures.json") as Forward;
const kernels = createPlainKernels(2 ** 23);

it("are known of nearly all models", () => {
  expect(Object.keys(cases).length).toBeGreaterThan(40);
});

it.each(Object.entries(cases))("%s", async (name, expected) => {
  const { config, shapes } = models[name]!;
  await using engine = await openEngine(generateModel(config, shapes), { kernels, threads: 1 });
  const { attentions, hiddens } = await engine.trace(prompt);
  const T = prompt.length;
  for (const [i, [layer, head, position]] of rows.entries()) {
    const start = (head * T + ((position + T) % T)) * T;
    const own = attentions[layer]!.subarray(start, start + T);
    const difference = Math.max(...expected[i]!.map((share, s) => Math.abs(share - own[s]!)));
    expect(difference, `layer ${layer}, head ${head}, position ${position}`).toBeLessThan(1e-4);
  }
  const plain = await engine.hiddens(prompt);
  const farthest = Math.max(...plain.at(-1)!.map((value, k) => Math.abs(value - hiddens.at(-1)![k]!)));
  expect(farthest).toBeLessThan(2e-4);
});
