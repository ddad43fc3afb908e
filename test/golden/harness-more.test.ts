/**
 * Whole tasks against lm-evaluation-harness: the same requests in the same order, the same filtered answers, the same values
 * and scores. data/lm_eval/harness_more.json was written by test/oracle/harness_more.py.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChatFormat } from "../../src/evaluate/chat-format.ts";
import { evaluateTask, type ItemResult } from "../../src/evaluate/evaluate-task.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import type { LanguageModel } from "../../src/model/language-model.ts";

interface Sample {
  readonly filter: string;
  readonly arguments: readonly (readonly [string, string?])[];
  readonly resps: readonly (readonly (string | number | readonly [number, boolean])[])[];
  readonly filtered: readonly unknown[];
  readonly [metric: string]: unknown;
}

interface HarnessCase {
  readonly name: string;
  readonly task: string;
  readonly files: Readonly<Record<string, string>>;
  readonly options: {
    readonly apply_chat_template?: boolean;
    readonly fewshot_as_multiturn?: boolean;
    readonly system_instruction?: string;
  };
  readonly samples: readonly Sample[];
  readonly scores: Readonly<Record<string, number>>;
}

const path = join(import.meta.dirname, "data/lm_eval/harness_more.json");
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { readonly cases: readonly HarnessCase[] };

/** The chat template of the script. */
const render: ChatFormat["render"] = (messages, startAnswer) => {
  const text = messages.map(({ role, content }) => `<${role}>${content}</${role}>`).join("");
  return startAnswer ? `${text}<assistant>` : text.slice(0, -"</assistant>".length);
};

function chatOf({ options }: HarnessCase): ChatFormat | undefined {
  if (options.apply_chat_template !== true) return undefined;
  return {
    render,
    multiturn: options.fewshot_as_multiturn === true,
    ...(options.system_instruction === undefined ? {} : { systemInstruction: options.system_instruction }),
  };
}

/** Answers as the script did; anything that the harness did not ask is an error. */
function modelOf(samples: readonly Sample[]): LanguageModel {
  const answers = new Map<string, Sample["resps"][number][number]>();
  for (const { arguments: asked, resps } of samples)
    for (const [i, [context, continuation]] of asked.entries())
      answers.set(keyOf(context, typeof continuation === "string" ? continuation : undefined), resps[i]![0]!);
  const answerTo = (key: string) => {
    if (!answers.has(key)) throw new Error(`the harness asked nothing like ${key}`);
    return answers.get(key)!;
  };
  return {
    generate: async (requests) =>
      requests.map(({ prompt }) => {
        const text = answerTo(keyOf(String(prompt))) as string;
        return { text, ids: [1], stoppedBy: "eos", truncated: false };
      }),
    score: async (requests) =>
      requests.map(({ context, continuation, rolling }) => {
        const key = rolling === true ? keyOf(String(continuation)) : keyOf(String(context), String(continuation));
        const answer = answerTo(key) as number | readonly [number, boolean];
        const [logprob, greedy] = typeof answer === "number" ? [answer, false] : answer;
        return { logprob, greedy, tokens: 1, truncated: false };
      }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const keyOf = (context: string, continuation?: string): string => JSON.stringify([context, continuation ?? null]);

function valuesOf({ values, parts }: ItemResult, name: string): unknown {
  return parts[name] !== undefined && name.includes("per") ? parts[name] : values[name];
}

describe.each(cases)("$name, as lm-evaluation-harness", (one) => {
  const all: Readonly<Record<string, string>> = { ...one.files, "task.yaml": one.task };
  const task = loadTask("task.yaml", { readText: (name) => all[name]! }, { chat: chatOf(one) });
  const items = selectItems(task);
  const pipelines = [...new Set(one.samples.map(({ filter }) => filter))];

  it("asks, filters, measures and scores alike", async () => {
    expect(one.samples).toHaveLength(items.length * pipelines.length);
    const result = await evaluateTask(task, items, modelOf(one.samples));
    for (const filter of pipelines) {
      const samples = one.samples.filter((sample) => sample.filter === filter);
      for (const [i, item] of result.items.entries()) {
        const sample = samples[i]!;
        if (item.answer.kind !== "loglikelihood_rolling") expect(item.prompt).toBe(sample.arguments[0]![0]);
        if (item.answer.kind === "generate_until")
          expect(item.answer.filtered[filter]).toBe([sample.filtered[0]].flat()[0]);
        for (const metric of task.scoring.metrics.map((use) => use.metric.name)) {
          const name = pipelines.length === 1 ? metric : `${metric},${filter}`;
          if (sample[metric] !== undefined) expect(valuesOf(item, name), `${metric} of item ${i}`).toEqual(sample[metric]);
        }
      }
    }
    for (const [key, score] of Object.entries(one.scores)) {
      const name = pipelines.length === 1 ? key.split(",")[0]! : key;
      expect(result.scores[name]!.value, key).toBeCloseTo(score, 9);
    }
  });
});
