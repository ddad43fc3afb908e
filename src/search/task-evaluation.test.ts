import { expect, it } from "vitest";
import { evaluateTask } from "../evaluate/evaluate-task.ts";
import { loadTask } from "../evaluate/load-task.ts";
import { selectItems } from "../evaluate/splits.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { taskMetrics, toTaskEvaluation } from "./task-evaluation.ts";

const FILES: Readonly<Record<string, string>> = {
  "sums.yaml": `task: sums
dataset_path: json
dataset_kwargs: { data_files: { a: a.jsonl, b: b.jsonl } }
test_split: a
search_split: a
holdout_split: b
doc_to_text: "{{q}} ="
doc_to_target: "{{a}}"
output_type: generate_until
metric_list: [{ metric: exact_match }]
`,
  "a.jsonl": '{"q":"1+1","a":"2"}\n{"q":"2+2","a":"4"}\n',
  "b.jsonl": '{"q":"3+3","a":"6"}\n',
};

/** Answers 2 to everything. */
const model: LanguageModel = {
  generate: async (requests) => requests.map(() => ({ text: "2", ids: [2], stoppedBy: "eos", truncated: false })),
  score: async () => [],
  [Symbol.asyncDispose]: async () => {},
};

const task = loadTask("sums.yaml", { readText: (path) => FILES[path]! });

it("names the metrics that a search may ask for as results do", () => {
  expect(taskMetrics(task)).toEqual([{ metric: "exact_match", aggregation: "proportion", higherIsBetter: true }]);
});

it("takes one metric's values out of results, with the answers and without what the data file says anyway", async () => {
  const result = await evaluateTask(task, selectItems(task, { split: "search" }), model);
  const { task: name, items } = toTaskEvaluation(result, "exact_match");
  expect(name).toBe("sums");
  expect(items.map(({ item, value }) => [item, value])).toEqual([
    ["a/0", 1],
    ["a/1", 0],
  ]);
  expect(items[1]!.detail).toMatchObject({ response: "2", metrics: { exact_match: 0 } });
  expect(items[1]!.detail).not.toHaveProperty("prompt");
});
