/**
 * Our engine against lm-evaluation-harness with transformers, on zoo/models/base: whole texts longer than the context, choices with
 * and without their prompts, single targets with odd contexts. See test/oracle/harness_engine.py.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, openEngine } from "../../src/engine/engine.ts";
import { type Answer, evaluateTask } from "../../src/evaluate/evaluate-task.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import { createPlainKernels } from "../../src/kernels/create-plain-kernels.ts";
import { openModel } from "../../src/model/open-model.ts";

interface EngineCase {
  readonly name: string;
  readonly task: string;
  readonly files: Readonly<Record<string, string>>;
  /** Of each item and request: a log-probability, with whether greedy decoding would write it. */
  readonly answers: readonly (readonly (number | readonly [number, boolean])[])[];
  readonly scores: Readonly<Record<string, number>>;
}

const path = join(import.meta.dirname, "data/lm_eval/harness_engine.json");
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { readonly cases: readonly EngineCase[] };

/** In the order of the requests; greedy undefined where it is not kept. */
function given(answer: Answer): readonly (readonly [number, boolean | undefined])[] {
  if (answer.kind === "loglikelihood") return [[answer.logprob, answer.greedy]];
  if (answer.kind === "loglikelihood_rolling") return [[answer.logprob, undefined]];
  if (answer.kind === "generate_until") return [];
  const own = answer.logprobs.map((logprob, i) => [logprob, answer.greedy[i]!] as const);
  return [...own, ...(answer.unconditional ?? []).map((logprob) => [logprob, undefined] as const)];
}

describe("the engine's log-probabilities", () => {
  let engine: Engine;
  beforeAll(async () => {
    using model = openModel(join(import.meta.dirname, "../../zoo/models/base"));
    engine = await openEngine(model, { kernels: createPlainKernels(2 ** 24), threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each(cases)("are the harness', $name", async ({ task: text, files, answers, scores }) => {
    const all: Readonly<Record<string, string>> = { ...files, "task.yaml": text };
    const task = loadTask("task.yaml", { readText: (name) => all[name]! });
    const result = await evaluateTask(task, selectItems(task), engine);
    for (const [i, { answer }] of result.items.entries()) {
      const own = given(answer);
      expect(own).toHaveLength(answers[i]!.length);
      for (const [k, [logprob, greedy]] of own.entries()) {
        const wanted = answers[i]![k]!;
        const [value, isGreedy] = typeof wanted === "number" ? [wanted, undefined] : wanted;
        expect(Math.abs(logprob - value), `item ${i}, request ${k}`).toBeLessThan(1e-3);
        if (greedy !== undefined && isGreedy !== undefined) expect(greedy).toBe(isGreedy);
      }
    }
    for (const [key, score] of Object.entries(scores))
      expect(result.scores[key.split(",")[0]!]!.value / score || 1, key).toBeCloseTo(1, 4);
  });
});
