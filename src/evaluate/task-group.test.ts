import { describe, expect, it } from "vitest";
import { ReplayModel } from "../../test/golden/replay-model.ts";
import { evaluateTask } from "./evaluate-task.ts";
import { groupScores } from "./group-score.ts";
import { selectItems } from "./splits.ts";
import { loadTasks } from "./task-group.ts";

const BODY = "dataset_path: json\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n";
const FILES: Readonly<Record<string, string>> = {
  "t/all.yaml":
    "group: all\ngroup_alias: Everything\ntask:\n  - one\n  - task: one.yaml\n    doc_to_target: b\n    include: x\n" +
    "  - group: inner\n    task: [two]\naggregate_metric_list: {metric: exact_match, weight_by_size: true}\n",
  "t/one.yaml": `task: one\ndataset_kwargs: {data_files: {test: d1}}\n${BODY}`,
  "t/two.yaml": `task: two\ndataset_kwargs: {data_files: {test: d2}}\n${BODY}`,
  "t/d1": '{"q": "p", "a": "yes"}\n',
  "t/d2": '{"q": "p", "a": "yes"}\n{"q": "p", "a": "no"}\n{"q": "p", "a": "no"}\n',
};

function load(files: Readonly<Record<string, string>> = {}) {
  const all: Readonly<Record<string, string>> = { ...FILES, ...files };
  const readText = (path: string): string => {
    const text = all[path];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  };
  return loadTasks(["t/all.yaml"], { readText });
}

const group = (rest: string) => ({ "t/all.yaml": `group: all\n${rest}` });

describe("loadTasks", () => {
  it("reads members beside the group, with keys of its own, tasks of its own, and inner groups", () => {
    const { tasks, groups } = load(
      group(
        "group_alias: Everything\ntask:\n  - one\n  - {task: two.yaml, task_alias: Second, num_fewshot: 1}\n" +
          `  - group: inner\n    task:\n      - {task: own, dataset_kwargs: {data_files: {test: d1}}, ${BODY.trim().replaceAll("\n", ", ")}}\n`,
      ),
    );
    expect(tasks.map(({ name, title }) => [name, title])).toEqual([
      ["one", "one"],
      ["two", "Second"],
      ["own", "own"],
    ]);
    expect(tasks[1]!.keys.num_fewshot).toBe(1);
    expect(groups).toEqual([
      { name: "all", title: "Everything", members: ["one", "two", "own"], aggregates: undefined },
      { name: "inner", title: "inner", members: ["own"], aggregates: undefined },
    ]);
  });

  it.each([
    ["evaluate/file_missing", "task: [three]\n", "t/all.yaml:2:8"],
    ["evaluate/unknown_key", "task: [one]\nweight: 1\n", "t/all.yaml:3:1"],
    ["evaluate/bad_value", "task: []\n", "t/all.yaml:2:1"],
    ["evaluate/bad_value", "task: [one]\naggregate_metric_list: {metric: acc, aggregation: max}\n", "t/all.yaml:3:1"],
    ["evaluate/bad_value", "task: [{task: one, num_fewshot: -1}]\n", "t/all.yaml:2:20"],
    ["evaluate/not_supported", "task: [all]\n", "depth"],
  ])("refuses with %s: %j", (code, rest, wording) => {
    expect(() => load(group(rest))).toThrow(expect.objectContaining({ code }));
    expect(() => load(group(rest))).toThrow(wording);
  });

  it("refuses two tasks of one name: evaluate/same_name", () => {
    expect(() => load(group("task: [one, one]\n"))).toThrow(expect.objectContaining({ code: "evaluate/same_name" }));
  });
});

describe("groupScores", () => {
  const score = async (rest: string) => {
    const { tasks, groups } = load(group(rest));
    const model = new ReplayModel().learnText("p", "yes");
    const results = [];
    for (const task of tasks) results.push(await evaluateTask(task, selectItems(task), model));
    return groupScores(groups[0]!, results);
  };

  it("weighs tasks the same, or by their items", async () => {
    const members = "task: [one, two]\n";
    expect((await score(members))["exact_match"]).toMatchObject({ value: expect.closeTo(2 / 3, 12), n: 4 });
    const weighted = await score(`${members}aggregate_metric_list: [{metric: exact_match, filter_list: none}]\n`);
    expect(weighted["exact_match"]).toMatchObject({ value: expect.closeTo(0.5, 12), n: 4 });
    expect(weighted["exact_match"]!.low).toBeLessThan(0.5);
    expect(weighted["exact_match"]!.high).toBeGreaterThan(0.5);
  });

  it("refuses a metric that its tasks do not have: evaluate/no_such_score", async () => {
    const scored = score("task: [one, two]\naggregate_metric_list: {metric: acc}\n");
    await expect(scored).rejects.toThrow(expect.objectContaining({ code: "evaluate/no_such_score" }));
  });
});
