import { describe, expect, it } from "vitest";
import { ReplayModel } from "../../test/golden/replay-model.ts";
import type { ContinuationScore, GenerateRequest, LanguageModel, ScoreRequest } from "../model/language-model.ts";
import { type EvaluationProgress, evaluateTask } from "./evaluate-task.ts";
import { loadTask } from "./load-task.ts";
import { selectItems } from "./splits.ts";
import type { Task } from "./task.ts";

function taskOf(lines: string, data: readonly object[]): Task {
  const files: Readonly<Record<string, string>> = {
    "t.yaml": `task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\n${lines}`,
    d: data.map((row) => JSON.stringify(row)).join("\n"),
  };
  return loadTask("t.yaml", { readText: (path) => files[path]! });
}

const sums = taskOf(
  'doc_to_text: "{{q}}="\ndoc_to_target: "{{a}}"\ngeneration_kwargs: {until: ["\\n"], max_gen_toks: 4}\n',
  Array.from({ length: 300 }, (_, i) => ({ q: `${i}+1`, a: i + 1 })),
);

/** Adds as it should, but writes "?" for every third sum. */
function adder(): ReplayModel {
  const model = new ReplayModel();
  for (let i = 0; i < 300; i++) model.learnText(`${i}+1=`, i % 3 === 0 ? "?" : String(i + 1));
  return model;
}

const picks = taskOf(
  "output_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: c\ndoc_to_target: r\ntarget_delimiter: '/'\n" +
    "metric_list: [{metric: acc}, {metric: acc_norm}, {metric: acc_bytes}, {metric: exact_match}]\n",
  [
    { q: "short", c: ["a", "bbbb"], r: 1 },
    { q: "kana", c: ["ああ", "bbbb"], r: 0 },
    { q: "broken", c: ["x", "y"], r: 1 },
    { q: "half", c: ["x", "y"], r: 1 },
  ],
);

/** Answers from a table of continuation to log-probability; the best is greedy. */
class TableModel extends ReplayModel {
  readonly #table: Readonly<Record<string, number>>;

  constructor(table: Readonly<Record<string, number>>) {
    super();
    this.#table = table;
  }

  override async score(requests: readonly ScoreRequest[]): Promise<readonly ContinuationScore[]> {
    return requests.map(({ context, continuation }) => {
      const logprob = this.#table[`${context}${continuation}`]!;
      return { logprob, greedy: logprob > -2, tokens: 2, truncated: context === "half" };
    });
  }
}

describe("evaluateTask", () => {
  it("scores written answers, in the order of the items", async () => {
    const result = await evaluateTask(sums, selectItems(sums, { limit: 6 }), adder());
    expect(result.items.map((item) => item.values["exact_match"])).toEqual([0, 1, 1, 0, 1, 1]);
    expect(result.scores).toEqual({
      exact_match: { value: 4 / 6, n: 6, low: expect.closeTo(0.2999, 3), high: expect.closeTo(0.9032, 3) },
    });
    expect(result.items[1]).toMatchObject({
      prompt: "1+1=",
      expected: { references: ["2"] },
      answer: { kind: "generate_until", response: "2", filtered: { none: "2" }, stoppedBy: "eos" },
      truncated: false,
    });
  });

  it("asks with the task's settings, and lets a long prompt lose its beginning", async () => {
    const model = adder();
    await evaluateTask(sums, selectItems(sums, { limit: 1 }), model);
    expect(model.asked).toEqual([{ prompt: "0+1=", maxTokens: 4, until: ["\n"], overflow: "cut" }]);
  });

  it("draws as often as the task repeats, each time by another seed, and lets filters vote", async () => {
    const task = taskOf(
      "doc_to_text: q\ndoc_to_target: a\nrepeats: 3\ngeneration_kwargs: {temperature: 0.5, top_k: 4}\n" +
        "filter_list: [{name: vote, filter: [{function: majority_vote}, {function: take_first}]}]\n",
      [{ q: "p", a: "yes" }],
    );
    let next = 0;
    const seen: GenerateRequest[] = [];
    const model = new ReplayModel();
    model.generate = async (requests) => {
      seen.push(...requests);
      return requests.map(() => ({
        text: ["no", "yes", "yes"][next++]!,
        ids: [1, 2],
        stoppedBy: "eos",
        truncated: false,
      }));
    };
    const { items, scores } = await evaluateTask(task, selectItems(task), model);
    expect(items[0]!.answer).toMatchObject({
      response: "no",
      responses: ["no", "yes", "yes"],
      filtered: { vote: "yes" },
    });
    expect(items[0]!.cost).toEqual({ requests: 3, tokens: 6 });
    expect(scores["exact_match"]!.value).toBe(1);
    expect(seen[0]!.sampling).toMatchObject({ temperature: 0.5, topK: 4 });
    expect(new Set(seen.map(({ sampling }) => sampling!.seed)).size).toBe(3);
  });

  it("asks a greedy model once for all repeats", async () => {
    const task = taskOf("doc_to_text: q\ndoc_to_target: a\nrepeats: 3\n", [{ q: "p", a: "yes" }]);
    const model = new ReplayModel().learnText("p", "yes");
    const { items } = await evaluateTask(task, selectItems(task), model);
    expect(items[0]!.answer).toMatchObject({ responses: ["yes", "yes", "yes"] });
    expect(model.calls).toEqual([1]);
  });

  it("asks everything at once, or in parts with progress, with the same outcome", async () => {
    const [whole, parts] = [adder(), adder()];
    const seen: EvaluationProgress[] = [];
    const items = selectItems(sums);
    const first = await evaluateTask(sums, items, whole);
    const second = await evaluateTask(sums, items, parts, { onProgress: (progress) => seen.push(progress) });
    expect(whole.calls).toEqual([300]);
    expect(parts.calls).toEqual([128, 128, 44]);
    expect(seen.map(({ done, total }) => [done, total])).toEqual([
      [128, 300],
      [256, 300],
      [300, 300],
    ]);
    expect(second.items).toEqual(first.items);
  });

  it("weighs choices by log-probability, per character and per byte", async () => {
    const model = new TableModel({
      "short/a": -3,
      "short/bbbb": -4,
      "kana/ああ": -3,
      "kana/bbbb": -4,
      "broken/x": Number.NaN,
      "broken/y": Number.NaN,
      "half/x": Number.NaN,
      "half/y": -1,
    });
    const { items, scores } = await evaluateTask(picks, selectItems(picks), model);
    const values = (name: string) => items.map((item) => item.values[name]);
    expect(values("acc")).toEqual([0, 1, Number.NaN, 1]);
    expect(values("acc_norm")).toEqual([1, 0, Number.NaN, 1]);
    expect(values("acc_bytes")).toEqual([1, 1, Number.NaN, 1]);
    expect(values("exact_match")).toEqual([0, 0, 0, 1]);
    expect(scores["acc"]).toMatchObject({ value: 0.5, n: 4 });
    expect(items.map((item) => item.truncated)).toEqual([false, false, false, true]);
  });

  it("passes on that a model does not run", async () => {
    const broken = new ReplayModel();
    broken.score = async () => Promise.reject(new Error("its values are not numbers"));
    await expect(evaluateTask(picks, selectItems(picks), broken)).rejects.toThrow("its values are not numbers");
  });

  it("measures the probability of a target", async () => {
    const task = taskOf("output_type: loglikelihood\ndoc_to_text: q\ndoc_to_target: a\n", [
      { q: "p", a: "1" },
      { q: "p", a: "2" },
    ]);
    const { scores } = await evaluateTask(task, selectItems(task), new TableModel({ p1: -1, p2: -3 }));
    expect(scores["perplexity"]!.value).toBeCloseTo(Math.exp(2), 12);
    expect(scores["perplexity"]!.low).toBeCloseTo(Math.exp(1), 12);
    expect(scores["perplexity"]!.high).toBeCloseTo(Math.exp(3), 12);
    expect(scores["acc"]).toMatchObject({ value: 0.5, n: 2 });
  });

  it("keeps a probability that cannot be said as a score that cannot be said", async () => {
    const task = taskOf("output_type: loglikelihood\ndoc_to_text: q\ndoc_to_target: a\n", [{ q: "p", a: "1" }]);
    const { scores } = await evaluateTask(task, selectItems(task), new TableModel({ p1: Number.NaN }));
    expect(scores["perplexity"]).toEqual({ value: Number.NaN, n: 1, low: Number.NaN, high: Number.NaN });
    expect(scores["acc"]).toMatchObject({ value: 0 });
  });

  it("stops between parts when it is told to", async () => {
    const stop = new AbortController();
    const model = adder();
    const running = evaluateTask(sums, selectItems(sums), model, {
      signal: stop.signal,
      itemsAtATime: 100,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
    expect(model.calls).toEqual([100]);
  });

  it("passes on what the model throws", async () => {
    const model: LanguageModel = new ReplayModel();
    await expect(evaluateTask(sums, selectItems(sums), model)).rejects.toThrow("the recorded run asked nothing like");
  });
});
