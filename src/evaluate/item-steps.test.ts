import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ITEM_STEPS } from "./item-steps.ts";
import { loadTask } from "./load-task.ts";

const TASK =
  "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d}}\ntest_split: test\ndoc_to_text: q\ndoc_to_target: q\n";
const DATA = '{"q": " a [x] ", "n": 1}\n{"q": "b", "n": 2}\n{"q": "b", "n": 2}\n{"q": "c", "n": 3, "m": 4}\n';

function fieldsAfter(steps: string) {
  const files: Readonly<Record<string, string>> = { "t.yaml": `${TASK}process_docs: ${steps}\n`, d: DATA };
  const items = loadTask("t.yaml", { readText: (path) => files[path]! }).readSplit("test");
  expect(items.map(({ index }) => index)).toEqual(items.map((_, i) => i));
  return items.map(({ fields }) => fields);
}

describe("process_docs", () => {
  it("strips every text, or one field", () => {
    expect(fieldsAfter("strip")[0]).toEqual({ q: "a [x]", n: 1 });
    expect(fieldsAfter("[{function: strip, field: r}]")[0]).toEqual({ q: " a [x] ", n: 1 });
  });

  it("drops, keeps, replaces and adds, one after another", () => {
    const steps =
      "[{function: drop_duplicates}, {function: keep_if, template: '{{n < 3}}'}, " +
      "{function: regex_replace, field: q, regex_pattern: '\\[.*?\\]'}, {function: strip}, " +
      "{function: set_field, field: both, template: '{{[q, n]}}'}]";
    expect(fieldsAfter(steps)).toEqual([
      { q: "a", n: 1, both: ["a", 1] },
      { q: "b", n: 2, both: ["b", 2] },
    ]);
  });

  it.each(Object.entries(ITEM_STEPS))("%s says what it does", (_, { title }) => expect(title).toMatch(/^[A-Z].*\.$/));
});

describe("data files", () => {
  const read = (kind: string, file: string, io: object) => {
    const text = TASK.replace("json", kind).replace("test: d", `test: "${file}"`);
    return loadTask("t.yaml", {
      readText: (path: string) => (path === "t.yaml" ? text : "q,n\nx,1\n,2.5\n"),
      ...io,
    }).readSplit("test");
  };

  it("are Parquet", () => {
    const path = join(import.meta.dirname, "../../test/golden/data/tables/snappy.parquet");
    const items = read("parquet", "d.parquet", { readBytes: () => readFileSync(path) });
    expect(items[3]).toMatchObject({ where: "d.parquet: row 3", fields: { q: "問い 3", answer: 0, none: null } });
  });

  it("are CSV, whose columns of numbers are numbers", () => {
    const text = TASK.replace("json", "csv")
      .replace("doc_to_target: q", "doc_to_target: '{{n}}'")
      .replace("doc_to_text: q", "doc_to_text: '{{n}}'");
    const files: Readonly<Record<string, string>> = { "t.yaml": text, d: "q,n\nx,1\n,2.5\n" };
    const items = loadTask("t.yaml", { readText: (path) => files[path]! }).readSplit("test");
    expect(items.map(({ where, fields }) => [where, fields])).toEqual([
      ["d:2", { q: "x", n: 1 }],
      ["d:3", { q: null, n: 2.5 }],
    ]);
  });

  it("are named by patterns", () => {
    const seen: string[] = [];
    const expand = (pattern: string) => {
      seen.push(pattern);
      return ["a.csv", "b.csv"];
    };
    expect(read("csv", "*.csv", { expand })).toHaveLength(4);
    expect(seen).toEqual(["*.csv"]);
  });
});
