import { describe, expect, it } from "vitest";
import { ReplayModel } from "../../test/golden/replay-model.ts";
import { evaluateTask } from "./evaluate-task.ts";
import { loadTask } from "./load-task.ts";
import { itemRows, itemsToJsonl, resultsToJson } from "./results.ts";
import { selectItems } from "./splits.ts";

const HEAD = "dataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\ndoc_to_text: q\n";
const TASKS: Readonly<Record<string, string>> = {
  write:
    "doc_to_target: a\nfilter_list: [{name: low, filter: [{function: lowercase}]}, {name: high, filter: [{function: uppercase}]}]\n",
  pick: "output_type: multiple_choice\ndoc_to_choice: c\ndoc_to_target: r\n",
  weigh: "output_type: loglikelihood\ndoc_to_target: c0\n",
};

async function resultOf(name: string) {
  const files: Readonly<Record<string, string>> = {
    "t.yaml": `task: ${name}\n${HEAD}${TASKS[name]}`,
    d: '{"id": "one", "q": "Q", "a": ["x", "y"], "c": ["u", "v"], "r": [0, 1], "c0": "w"}',
  };
  const task = loadTask("t.yaml", { readText: (path) => files[path]! });
  const model = new ReplayModel()
    .learnText("Q", "X")
    .learnScore("Q", " u", { logprob: -1, greedy: true })
    .learnScore("Q", " v", { logprob: Number.NEGATIVE_INFINITY, greedy: false })
    .learnScore("Q", "w", { logprob: Number.NaN, greedy: false });
  return evaluateTask(task, selectItems(task), model);
}

const common = { split: "test", index: 0, id: "one", prompt: "Q", truncated: false, prompt_hash: expect.any(String) };

describe("resultsToJson", () => {
  it("has the fixed shape, with null for what cannot be said", async () => {
    const json = resultsToJson([await resultOf("write"), await resultOf("weigh")]);
    const low = expect.closeTo(0.2065, 4);
    expect(json).toEqual({
      tasks: {
        write: {
          "exact_match,low": { value: 1, n: 1, low, high: 1 },
          "exact_match,high": { value: 0, n: 1, low: 0, high: expect.closeTo(0.7935, 4) },
        },
        weigh: {
          perplexity: { value: null, n: 1, low: null, high: null },
          acc: { value: 0, n: 1, low: 0, high: expect.closeTo(0.7935, 4) },
        },
      },
    });
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ tasks: { weigh: { perplexity: { value: null } } } });
  });

  it("refuses two tasks of one name: evaluate/same_name", async () => {
    const result = await resultOf("pick");
    expect(() => resultsToJson([result, result])).toThrow(expect.objectContaining({ code: "evaluate/same_name" }));
  });
});

describe("itemRows", () => {
  it("holds what was asked, answered and measured", async () => {
    expect(itemRows(await resultOf("write"))).toEqual([
      {
        ...common,
        task: "write",
        target: ["x", "y"],
        response: "X",
        filtered: { low: "x", high: "X" },
        stopped_by: "eos",
        metrics: { "exact_match,low": 1, "exact_match,high": 0 },
        cost: { requests: 1, tokens: 0 },
      },
    ]);
    expect(itemRows(await resultOf("pick"))).toEqual([
      {
        ...common,
        task: "pick",
        target: [0, 1],
        response: [
          [-1, true],
          [null, false],
        ],
        metrics: { acc: 1, acc_norm: 1 },
        cost: { requests: 2, tokens: 2 },
      },
    ]);
    expect(itemRows(await resultOf("weigh"))).toEqual([
      {
        ...common,
        task: "weigh",
        target: "w",
        response: [null, false],
        metrics: { perplexity: null, acc: null },
        cost: { requests: 1, tokens: 1 },
      },
    ]);
  });

  it("names a prompt by the beginning of its SHA-256", async () => {
    expect(itemRows(await resultOf("pick"))[0]!["prompt_hash"]).toBe("4ae81572f06e1b88");
  });
});

describe("itemsToJsonl", () => {
  it("writes one line an item", async () => {
    const [pick, weigh] = [await resultOf("pick"), await resultOf("weigh")];
    const text = itemsToJsonl([pick, weigh]);
    expect(text.endsWith("\n")).toBe(true);
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([...itemRows(pick), ...itemRows(weigh)]);
  });
});
