/** The zoo is what its README says: models that open, tasks that load, figures that can be worked out again. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluateTask } from "../../src/evaluate/evaluate-task.ts";
import type { Item } from "../../src/evaluate/item.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import type { Task } from "../../src/evaluate/task.ts";
import { METHODS } from "../../src/methods/index.ts";
import { openFolderModel } from "../../src/model/folder-model.ts";
import { openTokenizer } from "../../src/model/tokenizer.ts";
import { parseSearchFile } from "../../src/search/search-file.ts";
import { ReplayModel } from "../golden/replay-model.ts";

const ZOO = resolve(import.meta.dirname, "../../zoo");
const read = (...path: readonly string[]): string => readFileSync(join(ZOO, ...path), "utf8");
const foldersIn = (path: string): string[] =>
  readdirSync(join(ZOO, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();

const MODELS = [
  ...foldersIn("models").map((name) => `models/${name}`),
  ...foldersIn("catalog").map((name) => `catalog/${name}`),
];
const TASKS = foldersIn("tasks");
const WRITTEN_TASKS = TASKS.filter((name) => !name.endsWith("-choice"));

const load = (name: string): Task =>
  loadTask(join(ZOO, "tasks", name, `${name}.yaml`), { readText: (path) => readFileSync(path, "utf8") });
const field = (name: string, { fields }: Item): string => String(fields[name]);
const shapesOf = (path: string): [string, string, readonly number[]][] => {
  using model = openFolderModel(join(ZOO, path));
  return [...model.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, [...shape]]);
};

describe("models", () => {
  it("are the base, three experts and fourteen relatives", () => {
    expect(foldersIn("models")).toEqual(["base", "code", "ja", "math-en"]);
    expect(foldersIn("catalog")).toHaveLength(14);
  });

  it.each(MODELS)("%s opens and has the base's config, tensors and tokenizer", (path) => {
    using model = openFolderModel(join(ZOO, path));
    expect(model.config).toEqual(JSON.parse(read("models/base/config.json")));
    expect(shapesOf(path)).toEqual(shapesOf("models/base"));
    for (const file of ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
      expect(read(path, file), file).toBe(read("models/base", file));
  });

  it("have 1.65 million bfloat16 weights", () => {
    const shapes = shapesOf("models/base");
    expect(new Set(shapes.map(([, dtype]) => dtype))).toEqual(new Set(["BF16"]));
    const layer = 2 * 128 * 128 + 2 * 64 * 128 + 3 * 352 * 128 + 2 * 128;
    const weights = shapes.reduce((sum, [, , shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(weights).toBe(8 * layer + 2 * 690 * 128 + 128);
  });

  it("differ from each other", () => {
    const hashes = MODELS.map((path) =>
      createHash("sha256")
        .update(readFileSync(join(ZOO, path, "model.safetensors")))
        .digest("hex"),
    );
    expect(new Set(hashes).size).toBe(MODELS.length);
  });

  it("have a tokenizer in which prompts begin with <s>, and digits and kanji stand alone", () => {
    const tokenizer = openTokenizer(join(ZOO, "models", "base"));
    const ids = tokenizer.encode("42、四十二");
    expect(ids[0]).toBe(tokenizer.bosId);
    expect(ids.slice(1).map((id) => tokenizer.decode([id]))).toEqual(["4", "2", "、", "四", "十", "二"]);
  });
});

describe("tasks", () => {
  it("are eight to be written, and two of them as choices", () => {
    expect(WRITTEN_TASKS).toEqual(["code", "gsm-en", "gsm-ja", "ja-expr", "ja-num", "ja-qa", "ja-trans", "recall-en"]);
    expect(TASKS.filter((name) => name.endsWith("-choice"))).toEqual(["ja-qa-choice", "recall-en-choice"]);
  });

  it.each(WRITTEN_TASKS)("%s has 2000 items to train on, 200 to search on and 500 held out", (name) => {
    const task = load(name);
    expect(["train", "search", "holdout"].map((split) => task.readSplit(split).length)).toEqual([2000, 200, 500]);
    expect(selectItems(task, { split: "search" })).toEqual(task.readSplit("search"));
    expect(selectItems(task, { split: "holdout" })).toEqual(task.readSplit("holdout"));
  });

  it.each(WRITTEN_TASKS)("%s has no prompt twice, in one split or in two", (name) => {
    const task = load(name);
    const prompts = ["train", "search", "holdout"].flatMap((split) =>
      task.readSplit(split).map((item) => field("prompt", item)),
    );
    expect(new Set(prompts).size).toBe(2700);
  });

  it.each(WRITTEN_TASKS)("%s scores 1 when every target is written", async (name) => {
    const task = load(name);
    const items = selectItems(task, { split: "all" });
    const model = new ReplayModel();
    for (const item of items) model.learnText(field("prompt", item), field("target", item));
    expect((await evaluateTask(task, items, model)).scores["exact_match"]).toMatchObject({ value: 1, n: 500 });
  });

  it.each([
    ["ja-qa-choice", "ja-qa", "答え：", ""],
    ["recall-en-choice", "recall-en", "Answer:", " "],
  ])("%s asks the items of %s that have choices, and its answer completes the target", (name, source, lead, gap) => {
    const task = load(name);
    for (const split of ["search", "holdout"] as const) {
      const expected = load(source)
        .readSplit(split)
        .filter(({ fields }) => "choices" in fields);
      const items = selectItems(task, { split });
      expect(items.map(({ fields }) => fields)).toEqual(expected.map(({ fields }) => fields));
      for (const item of items) {
        const { prompt, expected: wanted } = task.prepare(item);
        if (wanted.kind !== "multiple_choice") return expect.unreachable("a choice is expected");
        const answer = wanted.choices[wanted.right[0]!]!;
        expect(prompt + gap + answer).toBe(field("prompt", item) + field("target", item));
        expect(lead + gap + answer).toBe(field("target", item));
      }
    }
  });
});

interface Outputs {
  readonly models: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

describe("the README's scores of the parents", () => {
  const outputs = JSON.parse(
    readFileSync(join(import.meta.dirname, "../golden/data/zoo/outputs.json"), "utf8"),
  ) as Outputs;
  const [head, , ...rows] = read("README.md")
    .split("### Parents (500 items)\n\n")[1]!
    .split("\n\n")[0]!
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const published = (model: string, task: string): number =>
    Number(rows.find((row) => row[1] === model)![head!.indexOf(task)]);

  it.each(Object.keys(outputs.models))("are what the recorded texts of %s score", async (model) => {
    for (const name of WRITTEN_TASKS) {
      const task = load(name);
      const items = selectItems(task, { split: "holdout" });
      const replay = new ReplayModel();
      const texts = outputs.models[model]![name]!;
      for (const [i, item] of items.entries()) replay.learnText(field("prompt", item), texts[i]!);
      const { value, n } = (await evaluateTask(task, items, replay)).scores["exact_match"]!;
      expect(n).toBe(texts.length);
      expect(100 * value, `${model} on ${name}`).toBeCloseTo(published(model, name), 6);
    }
  });
});

it("the demo searches math-en and ja over the base on gsm-ja, with files that are there", () => {
  const { search } = parseSearchFile(read("demo.yaml"), {
    file: "demo.yaml",
    methods: METHODS,
    resolve: (path) => resolve(ZOO, path),
  });
  expect(search.parents.map(({ path }) => path)).toEqual(["math-en", "ja", "base"].map((m) => join(ZOO, "models", m)));
  expect(search.tasks.map(({ file }) => file)).toEqual([join(ZOO, "tasks/gsm-ja/gsm-ja.yaml")]);
  expect(search.compare.map(({ name }) => name)).toEqual(["linear", "slerp", "task arithmetic", "ties"]);
});

it("a clone's zoo stays below 37 MB", () => {
  const unpacked = /__pycache__|^(catalog|models)\/(?!base\/)[^/]+\/model\.safetensors/;
  const files = readdirSync(ZOO, { recursive: true, encoding: "utf8" }).filter((file) => !unpacked.test(file));
  const sizeBytes = files
    .map((file) => statSync(join(ZOO, file)))
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + entry.size, 0);
  expect(sizeBytes).toBeGreaterThan(25e6);
  expect(sizeBytes).toBeLessThan(37e6);
});
