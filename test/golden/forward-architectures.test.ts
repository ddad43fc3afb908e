/**
 * Every architecture that the engine runs, in the kinds that its config can choose, against transformers.
 * test/oracle/forward_architectures.py wrote the data.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ARCHITECTURES } from "../../src/arch/index.ts";
import { openEngine } from "../../src/engine/engine.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import type { ModelConfig } from "../../src/model/model.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { generateModel } from "../generated-model.ts";

interface Written {
  readonly greedy: readonly number[];
  /** Distance of each from the second-best token. */
  readonly margins: readonly number[];
}

interface Case extends Written {
  readonly config: ModelConfig;
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Of the positions. */
  readonly logits: readonly (readonly number[])[];
  /** First channels of the last position, after each layer. */
  readonly hiddens: readonly (readonly number[])[];
  /** After the first tokens of the prompt. */
  readonly short: Written;
}

interface Cases {
  readonly prompt: readonly number[];
  readonly positions: readonly number[];
  readonly cases: Readonly<Record<string, Case>>;
}

const { prompt, positions, cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, "data/forward_architectures.json"), "utf8"),
) as Cases;
const SHORT_LENGTH = 11;
const kernels = createPlainKernels(2 ** 23);

it.each(ARCHITECTURES.filter(({ className }) => className !== "MistralForCausalLM"))("$className is tried", (row) => {
  const tried = Object.values(cases).map(({ config }) => (config["architectures"] as readonly string[])[0]);
  expect(tried).toContain(row.className);
});

describe.each(Object.entries(cases))("%s", (_, { config, shapes, logits, hiddens, greedy, margins, short }) => {
  const model = generateModel(config, shapes);
  const open = () => openEngine(model, { kernels, threads: 1 });

  it("has the logits and hidden states of transformers", async () => {
    await using engine = await open();
    const [all] = await engine.logits([prompt]);
    const V = logits[0]!.length;
    for (const [i, position] of positions.entries())
      expectClose(all!.subarray(position * V, (position + 1) * V), logits[i]!, `position ${position}`);
    const states = await engine.hiddens(prompt);
    for (const [i, expected] of hiddens.entries()) {
      const start = states[i]!.length - states[i]!.length / prompt.length;
      expectClose(states[i]!.subarray(start, start + expected.length), expected, `state ${i}`);
    }
  });

  it("writes the tokens of transformers, alone and in batches, and scores them as the logits say", async () => {
    await using engine = await open();
    const whole = { prompt, maxTokens: greedy.length, until: [] };
    const start = { ...whole, prompt: prompt.slice(0, SHORT_LENGTH) };
    const [alone] = await engine.generate([whole]);
    const [later, first] = await engine.generate([start, whole]);
    expectSureTokens(alone!.ids, { greedy, margins });
    expectSureTokens(first!.ids, { greedy, margins });
    expectSureTokens(later!.ids, short);
    const [scored] = await engine.score([{ context: prompt, continuation: alone!.ids.slice(0, 5) }]);
    const [all] = await engine.logits([[...prompt, ...alone!.ids.slice(0, 5)]]);
    expect(scored!.logprob).toBeCloseTo(sumLogprobs(all!, alone!.ids.slice(0, 5)), 3);
    expect(scored!.greedy).toBe(true);
  });
});

function expectClose(own: Float32Array, expected: readonly number[], what: string): void {
  const difference = Math.max(...expected.map((value, i) => Math.abs(value - own[i]!)));
  expect(difference, what).toBeLessThan(2e-4);
}

/** Compares up to the first choice that rounding may change. */
function expectSureTokens(ids: readonly number[], { greedy, margins }: Written): void {
  const unsure = margins.findIndex((margin) => margin < 1e-3);
  const sure = unsure < 0 ? greedy.length : unsure;
  expect(sure).toBeGreaterThan(2);
  expect(ids.slice(0, sure)).toEqual(greedy.slice(0, sure));
}

/** @param logits - [prompt and continuation, V] */
function sumLogprobs(logits: Float32Array, continuation: readonly number[]): number {
  const V = logits.length / (prompt.length + continuation.length);
  const logprobs = continuation.map((token, i) => {
    const row = logits.subarray((prompt.length - 1 + i) * V, (prompt.length + i) * V);
    return row[token]! - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  });
  return logprobs.reduce((sum, value) => sum + value, 0);
}
