import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { loadTask } from "./load-task.ts";
import { type Selection, selectItems } from "./splits.ts";
import type { Task } from "./task.ts";

const rows = (split: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ id: `${split}-${i}`, q: `q${i}`, a: i })}\n`).join("");

function taskOf(splits: string): Task {
  const files: Readonly<Record<string, string>> = {
    "t.yaml":
      "task: t\ndataset_path: json\ndoc_to_text: q\ndoc_to_target: a\n" +
      `dataset_kwargs: {data_files: {test: test, search: search, holdout: holdout}}\n${splits}`,
    test: rows("test", 400),
    search: rows("search", 3),
    holdout: rows("holdout", 2),
  };
  return loadTask("t.yaml", { readText: (path) => files[path]! });
}

const hashed = taskOf("test_split: test\n");
const named = taskOf("search_split: search\nholdout_split: holdout\n");
const ids = (task: Task, selection: Selection): unknown[] =>
  selectItems(task, selection).map((item) => item.fields["id"]);

describe("selectItems", () => {
  it("divides a split into two halves that share nothing and leave nothing out", () => {
    const search = ids(hashed, { split: "search" });
    const holdout = ids(hashed, { split: "holdout" });
    expect(new Set([...search, ...holdout]).size).toBe(400);
    expect(search.length + holdout.length).toBe(400);
    expect(Math.abs(search.length - 200)).toBeLessThan(40);
  });

  it("puts an item into holdout by the documented hash", () => {
    const inHoldout = (id: string): boolean => {
      const digest = createHash("sha256").update(`["t","${id}",0]`).digest();
      return digest.readUInt32BE(0) / 2 ** 32 < 0.25;
    };
    const expected = ids(hashed, {}).filter((id) => inHoldout(id as string));
    expect(ids(hashed, { split: "holdout", holdoutShare: 0.25 })).toEqual(expected);
  });

  it("divides otherwise with another seed", () => {
    expect(ids(hashed, { split: "search", seed: 1 })).not.toEqual(ids(hashed, { split: "search" }));
  });

  it("keeps an item's side when others come or go", () => {
    const few = ids(hashed, { split: "search", limit: 5 });
    expect(ids(hashed, { split: "search" }).slice(0, 5)).toEqual(few);
  });

  it("takes the splits that the task file names", () => {
    expect(ids(named, { split: "search" })).toEqual(["search-0", "search-1", "search-2"]);
    expect(ids(named, { split: "holdout" })).toEqual(["holdout-0", "holdout-1"]);
    expect(ids(named, {})).toHaveLength(5);
    expect(ids(named, { limit: 2 })).toEqual(["search-0", "search-1"]);
  });

  it("scores the test split as a whole where there is one", () => {
    const both = taskOf("search_split: search\nholdout_split: holdout\nvalidation_split: test\n");
    expect(ids(both, {})).toHaveLength(400);
    expect(ids(both, { split: "search" })).toHaveLength(3);
  });

  it("refuses a side that is empty: evaluate/no_items", () => {
    const select = () => selectItems(hashed, { split: "holdout", holdoutShare: 0 });
    expect(select).toThrow(expect.objectContaining({ code: "evaluate/no_items" }));
    expect(select).toThrow('has no items to score in "holdout": no item of the data falls into it');
  });
});
