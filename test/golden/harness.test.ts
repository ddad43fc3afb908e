/**
 * Task files against lm-evaluation-harness itself: the same prompts, filtered answers and values, item by item.
 *
 * data/lm_eval/harness.json was written by running its `ConfigurableTask` on these tasks with scripted answers.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluateTask } from "../../src/evaluate/evaluate-task.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import { ReplayModel } from "./replay-model.ts";

interface HarnessItem {
  readonly requests: readonly (readonly [string, string?])[];
  readonly responses: readonly (string | readonly [number, boolean])[];
  readonly filtered: Readonly<Record<string, readonly unknown[]>>;
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly until?: readonly string[];
  readonly max_gen_toks?: number;
}

interface HarnessCase {
  readonly name: string;
  readonly task: string;
  readonly files: Readonly<Record<string, string>>;
  readonly items: readonly HarnessItem[];
}

const path = join(import.meta.dirname, "data/lm_eval/harness.json");
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { readonly cases: readonly HarnessCase[] };

function modelOf(items: readonly HarnessItem[]): ReplayModel {
  const model = new ReplayModel();
  for (const { requests, responses } of items) {
    for (const [i, [context, continuation]] of requests.entries()) {
      const response = responses[i]!;
      if (typeof response === "string") model.learnText(context, response);
      else model.learnScore(context, continuation!, { logprob: response[0], greedy: response[1] });
    }
  }
  return model;
}

describe.each(cases)("$name, as lm-evaluation-harness", ({ task: text, files, items }) => {
  const all: Readonly<Record<string, string>> = { ...files, "task.yaml": text };
  const task = loadTask("task.yaml", { readText: (name) => all[name]! });
  const selected = selectItems(task);

  it("asks the same, in the same order", async () => {
    expect(selected).toHaveLength(items.length);
    const model = modelOf(items);
    const result = await evaluateTask(task, selected, model);
    expect(result.items.map((item) => item.prompt)).toEqual(items.map(({ requests }) => requests[0]![0]));
    for (const [i, { until, maxTokens }] of model.asked.entries())
      expect({ until, maxTokens }).toEqual({ until: items[i]!.until, maxTokens: items[i]!.max_gen_toks });
  });

  it("filters and measures every answer alike", async () => {
    const result = await evaluateTask(task, selected, modelOf(items));
    for (const [i, { answer, values }] of result.items.entries()) {
      const expected = items[i]!;
      const several = Object.keys(expected.metrics).length > 1;
      for (const [pipeline, metrics] of Object.entries(expected.metrics)) {
        if (answer.kind === "generate_until") {
          const filtered = [expected.filtered[pipeline]].flat(2)[0];
          expect(answer.filtered[pipeline]).toBe(filtered);
        }
        for (const [metric, value] of Object.entries(metrics))
          expect(values[several ? `${metric},${pipeline}` : metric], `item ${i}`).toBe(value);
      }
    }
  });
});
