import { describe, expect, it } from "vitest";
import { ReplayModel } from "../../test/golden/replay-model.ts";
import { evaluateTask } from "./evaluate-task.ts";
import { loadTask } from "./load-task.ts";
import { rankModels } from "./ranking.ts";
import { selectItems } from "./splits.ts";

const HEAD = "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\ndoc_to_text: q\n";
const COUNT = 40;
const DATA = Array.from({ length: COUNT }, (_, i) => JSON.stringify({ q: `q${i}` })).join("\n");

function taskOf(rest: string) {
  const files: Readonly<Record<string, string>> = { "t.yaml": HEAD + rest, d: DATA };
  return loadTask("t.yaml", { readText: (path) => files[path]! });
}

const written = taskOf(`doc_to_target: "{{'yes'}}"\n`);
const weighed = taskOf(`doc_to_target: "{{'yes'}}"\noutput_type: loglikelihood\n`);

async function writer(name: string, isRight: (i: number) => boolean, limit = COUNT) {
  const model = new ReplayModel();
  for (let i = 0; i < COUNT; i++) model.learnText(`q${i}`, isRight(i) ? "yes" : "no");
  return { name, result: await evaluateTask(written, selectItems(written, { limit }), model) };
}

async function weigher(name: string, logprob: (i: number) => number) {
  const model = new ReplayModel();
  for (let i = 0; i < COUNT; i++) model.learnScore(`q${i}`, "yes", { logprob: logprob(i), greedy: false });
  return { name, result: await evaluateTask(weighed, selectItems(weighed), model) };
}

describe("rankModels", () => {
  it("names the winner, corrects for the number of pairs, and says what would decide", async () => {
    const models = [
      await writer("poor", (i) => i < 4),
      await writer("good", (i) => i < 30),
      await writer("fair", (i) => i < 28),
    ];
    const ranking = rankModels(models);
    expect(ranking.models.map(({ name, score }) => [name, score.value])).toEqual([
      ["good", 0.75],
      ["fair", 0.7],
      ["poor", 0.1],
    ]);
    expect(ranking.pairs.map(({ first, second }) => `${first}>${second}`)).toEqual([
      "good>fair",
      "good>poor",
      "fair>poor",
    ]);
    const [close, clear] = ranking.pairs;
    expect(close).toMatchObject({ pValue: 0.5, correctedPValue: 0.5, firstHigher: 2, secondHigher: 0 });
    expect(close!.itemsNeeded).toBeGreaterThan(100);
    expect(clear!.correctedPValue).toBeCloseTo(3 * clear!.pValue, 15);
    expect(ranking.decided).toBe(false);
    expect(rankModels([models[0]!, models[1]!])).toMatchObject({ decided: true, metric: "exact_match" });
    expect(ranking.optimism).toBeGreaterThan(0);
  });

  it("takes lower perplexities for better, and what cannot be said for the worst", async () => {
    const models = [await weigher("high", () => -3), await weigher("low", (i) => -1 - i / 100)];
    const ranking = rankModels(models, "perplexity");
    expect(ranking.models.map(({ name }) => name)).toEqual(["low", "high"]);
    expect(ranking.pairs[0]).toMatchObject({ firstHigher: COUNT, test: "paired permutation test" });
    expect(ranking.decided).toBe(true);
    const broken = await weigher("broken", (i) => (i === 0 ? Number.NaN : -0.1));
    expect(rankModels([broken, models[0]!]).models.map(({ name }) => name)).toEqual(["high", "broken"]);
  });

  it("refuses other items: evaluate/different_items, and unknown scores: evaluate/no_such_score", async () => {
    const [all, some] = [await writer("a", () => true), await writer("b", () => true, 39)];
    for (const pair of [
      [all, some],
      [some, all],
    ])
      expect(() => rankModels(pair)).toThrow(expect.objectContaining({ code: "evaluate/different_items" }));
    expect(() => rankModels([all, all], "bleu")).toThrow(expect.objectContaining({ code: "evaluate/no_such_score" }));
  });
});
