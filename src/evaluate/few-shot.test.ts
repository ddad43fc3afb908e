import { describe, expect, it } from "vitest";
import { loadTask } from "./load-task.ts";
import { selectItems } from "./splits.ts";

const rows = (name: string, count: number): string =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ q: `${name}${i}`, a: "." })).join("\n");

/** Each item's examples and its own text, by their names. */
function promptsOf(lines: string, count = 4): readonly (readonly string[])[] {
  const files: Readonly<Record<string, string>> = {
    "t.yaml":
      "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: test, train: train, dev: dev}}\n" +
      `doc_to_text: q\ndoc_to_target: a\ntarget_delimiter: ""\nfewshot_delimiter: ""\n${lines}`,
    test: rows("t", count),
    train: rows("r", 4),
    dev: rows("d", 4),
  };
  const task = loadTask("t.yaml", { readText: (path) => files[path]! });
  return selectItems(task).map((item) => task.prepare(item).prompt.split("."));
}

const TWO = "test_split: test\nnum_fewshot: 2\n";
const FIRST = "fewshot_config: {sampler: first_n}\n";

describe("few-shot examples", () => {
  it("come from the few-shot split, else the given samples, else training, validation and the item's own split", () => {
    const samples = 'fewshot_config: {sampler: first_n, samples: [{q: s0, a: "."}, {q: s1, a: "."}]}\n';
    const all = `${TWO}training_split: train\nvalidation_split: dev\n`;
    expect(promptsOf(`${all}fewshot_split: dev\n${samples}`)[0]).toEqual(["d0", "d1", "t0"]);
    expect(promptsOf(`${all}${samples}`)[0]).toEqual(["s0", "s1", "t0"]);
    expect(promptsOf(`${all}${FIRST}`)[0]).toEqual(["r0", "r1", "t0"]);
    expect(promptsOf(`${TWO}validation_split: dev\n${FIRST}`)[0]).toEqual(["d0", "d1", "t0"]);
    expect(promptsOf(`${TWO}fewshot_config: {sampler: first_n, split: dev}\n`)[0]).toEqual(["d0", "d1", "t0"]);
    expect(promptsOf(`${TWO}${FIRST}`)).toEqual([
      ["t1", "t2", "t0"],
      ["t0", "t2", "t1"],
      ["t0", "t1", "t2"],
      ["t0", "t1", "t3"],
    ]);
  });

  it("are never the item itself, when drawn too", () => {
    for (const prompt of promptsOf(TWO, 12)) expect(new Set(prompt).size).toBe(3);
  });

  it("depend on the item's place alone, not on what was asked before", () => {
    const files: Readonly<Record<string, string>> = { "t.yaml": "", test: rows("t", 9) };
    const text = `task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: test}}\ndoc_to_text: q\ndoc_to_target: a\n${TWO}`;
    const load = () => loadTask("t.yaml", { readText: (path) => (path === "t.yaml" ? text : files[path]!) });
    const [one, other] = [load(), load()];
    const forwards = selectItems(one).map((item) => one.prepare(item).prompt);
    const backwards = selectItems(other)
      .toReversed()
      .map((item) => other.prepare(item).prompt);
    expect(backwards.toReversed()).toEqual(forwards);
  });

  it("may be everything but the item", () => {
    for (const prompt of promptsOf(TWO, 3)) expect(prompt.toSorted()).toEqual(["t0", "t1", "t2"]);
  });

  it.each(["", FIRST])("are refused where there are too few: evaluate/too_few_examples (%j)", (line) => {
    const prepare = () => promptsOf(`${TWO}${line}`, 2);
    expect(prepare).toThrow(expect.objectContaining({ code: "evaluate/too_few_examples" }));
    expect(prepare).toThrow("asks for 2 examples, and 1 are available");
  });
});
