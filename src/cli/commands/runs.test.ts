import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { sha256 } from "../../base/hash.ts";
import { openRunStore } from "../../store/run-store.ts";
import { summarizeArms } from "../search-comparison.ts";
import { runs } from "./runs.ts";

const folder = mkdtempSync(join(tmpdir(), "merganser-runs-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A finished run whose child gets the first `right` of 40 holdout items right. */
function writeRun(name: string, right: number, items = 40): string {
  const out = join(folder, name);
  mkdirSync(out, { recursive: true });
  const recipe = `merge_method: linear # ${name}\n`;
  const score = { value: right / items, n: items, low: 0, high: 1 };
  const result = {
    tasks: [{ name: "t", metric: "acc" }],
    parents: [{ name: "p", search: score, holdout: { ...score, value: 0.125 } }],
    best: { search: { ...score, value: 0.75 }, holdout: score, evaluation: 3, recipe },
    ...{ best_parent: "p", evaluations: 9, item_evaluations: 90, seconds: 1, seed: 4 },
  };
  writeFileSync(join(out, "result.json"), JSON.stringify(result));
  using store = openRunStore(join(out, "run.db"));
  const rows = Array.from({ length: items }, (_, i) => ({
    ...{ candidate: sha256(recipe), task: "t", item: `holdout/test/${i}` },
    result: { value: Number(i < right) },
  }));
  store.appendEvent("evaluated", { recipe: sha256(recipe), split: "holdout" }, rows);
  return out;
}

function run(...args: readonly string[]): string[] {
  const printed: string[] = [];
  const signal = new AbortController().signal;
  const io = {
    print: (line: string) => printed.push(line),
    note: () => {},
    redraw: undefined,
    now: () => 0,
    signal,
    cores: 1,
  };
  const command = new Command("runs").option("--json").exitOverride();
  runs.define(command, io as unknown as Parameters<typeof runs.define>[1]);
  command.parse(args, { from: "user" });
  return printed;
}

const [good, bad] = [writeRun("all/good", 30), writeRun("all/bad", 10)];

describe("merganser runs", () => {
  it("lists finished runs below a folder", () => {
    const [table] = run("list", join(folder, "all"));
    expect(table!.split("\n")).toHaveLength(4);
    expect(table).toMatch(/good +75\.0 +75\.0 +0\.0 to 100\.0 +p +12\.5 +9 +90 +4/);
    expect(JSON.parse(run("list", join(folder, "all"), "--json")[0]!).runs).toMatchObject([
      { folder: bad },
      { folder: good },
    ]);
    expect(run("list", join(folder, "nothing"))).toEqual(["no finished runs"]);
  });

  it("shows a run's recipe", () => expect(run("show", good)[0]).toContain("merge_method: linear # all/good"));

  it("tests two children on the same items", () => {
    const result = JSON.parse(run("compare", good, bad, "--json")[0]!);
    expect(result).toMatchObject({ n: 40, difference: 0.5 });
    expect(result.p_value).toBeCloseTo(2 * 0.5 ** 20, 12);
    expect(run("compare", bad, good)[0]).toContain("-50.0");
  });

  it("exports every event with its items", () => {
    const [event] = run("export", good).map((line) => JSON.parse(line));
    expect(event).toMatchObject({ seq: 1, kind: "evaluated", results: { t: { "holdout/test/0": { value: 1 } } } });
  });

  it.each([
    ["no_such", ["forget", "x"], "unknown_action"],
    ["a folder without a run", ["show", tmpdir()], "not_a_run"],
    ["one folder to compare", ["compare", "x"], "too_few_folders"],
  ])("refuses %s", (_what, args, code) => {
    expect(() => run(...args)).toThrow(expect.objectContaining({ code: `cli/${code}` }));
  });

  it("refuses a run whose result is damaged, and runs with other items", () => {
    const damaged = writeRun("damaged", 1);
    writeFileSync(join(damaged, "result.json"), "{");
    expect(() => run("show", damaged)).toThrow(expect.objectContaining({ code: "cli/not_a_run" }));
    const other = writeRun("other", 3, 39);
    expect(() => run("compare", good, other)).toThrow(expect.objectContaining({ code: "cli/different_items" }));
  });
});

describe("a comparison of presets", () => {
  const arm = (preset: string, holdout: number, rights: readonly number[]) => ({
    preset,
    result: { best: { search: score(0.6), holdout: score(holdout), evaluation: 1, recipe: "" } },
    values: new Map(rights.map((value, i) => [`t ${i}`, value])),
  });
  const score = (value: number) => ({ value, n: 4, low: value - 0.1, high: value + 0.1 });

  it("has means over seeds with Student's interval, and tests on items", () => {
    const arms = [
      arm("a", 0.4, [1, 1, 1, 0]),
      arm("a", 0.6, [1, 1, 0, 1]),
      arm("b", 0.2, [0, 0, 0, 0]),
      arm("b", 0.2, [0, 0, 0, 0]),
    ];
    const { presets, pairs } = summarizeArms(arms);
    expect(presets[0]).toMatchObject({ preset: "a", seeds: 2, search: 0.6 });
    expect(presets[0]!.holdout.low).toBeCloseTo(0.5 - 12.706 * 0.1, 9);
    expect(presets[1]!.holdout).toMatchObject({ low: 0.2, high: 0.2 });
    expect(pairs).toEqual([{ first: "a", second: "b", difference: 0.75, p_value: 0.125 }]);
  });

  it("of one seed has the child's own interval", () => {
    expect(summarizeArms([arm("a", 0.4, [1])]).presets[0]!.holdout).toEqual({
      mean: 0.4,
      low: 0.30000000000000004,
      high: 0.5,
    });
  });
});
