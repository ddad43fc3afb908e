import { describe, expect, it } from "vitest";
import { CodedError } from "../base/errors.ts";
import { loadTask } from "./load-task.ts";
import { selectItems } from "./splits.ts";
import type { Task } from "./task.ts";
import type { TaskIo } from "./task-source.ts";

const BASE = `task: sums
dataset_path: json
dataset_kwargs: {data_files: {test: sums.jsonl, train: more.jsonl}}
test_split: test
doc_to_text: "{{q}} ="
doc_to_target: "{{a}}"
`;
const SUMS = '{"q": "1 + 1", "a": 2, "options": ["2", "3"]}\n{"q": "2 + 2", "a": 4, "options": ["4", "5"]}\n';

type Files = Readonly<Record<string, string>>;

function ioOf(files: Files): TaskIo {
  const all: Files = { "tasks/sums.jsonl": SUMS, "tasks/more.jsonl": SUMS, ...files };
  return {
    readText: (path) => {
      const text = all[path];
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
  };
}

function load(text: string, files: Files = {}): Task {
  return loadTask("tasks/sums.yaml", ioOf({ ...files, "tasks/sums.yaml": text }));
}

/** What the task's first item is asked, and what is expected. */
function first(text: string, files: Files = {}) {
  const task = load(text, files);
  return task.prepare(selectItems(task)[0]!);
}

function errorOf(run: () => unknown): CodedError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const withLine = (line: string): string => `${BASE}${line}\n`;
const choice = (line: string): string => withLine(`output_type: multiple_choice\n${line}`);

describe("loadTask", () => {
  it("reads a task whose data lies beside it", () => {
    const task = load(BASE);
    expect(task.name).toBe("sums");
    expect(task.title).toBe("sums");
    expect(task.outputType).toBe("generate_until");
    expect(first(BASE)).toMatchObject({ prompt: "1 + 1 =", expected: { references: ["2"] } });
  });

  it("takes keys from included files, whose own paths are relative to them", () => {
    const files = {
      "family/base.yaml": BASE.replace("sums.jsonl", "../data/sums.jsonl"),
      "family/../data/sums.jsonl": '{"q": "5", "a": "6"}',
    };
    const { prompt } = first("include: ../family/base.yaml\ntask_alias: Five\ndoc_to_text: q\n", {
      "tasks/../family/base.yaml": files["family/base.yaml"],
      "tasks/../family/../data/sums.jsonl": files["family/../data/sums.jsonl"],
    });
    expect(prompt).toBe("5");
  });

  it("lets a later key without a value take an included one away", () => {
    const files = { "tasks/base.yaml": withLine("description: Hello.") };
    expect(first("include: base.yaml\n", files).prompt).toBe("Hello.1 + 1 =");
    expect(first("include: base.yaml\ndescription: ~\n", files).prompt).toBe("1 + 1 =");
  });

  it("accepts what has no effect", () => {
    const text = withLine(
      "tag: [a, b]\nshould_decontaminate: true\ndoc_to_decontamination_query: q\nmetadata: {version: 1}\nrepeats: 1",
    );
    expect(load(text).keys.tag).toEqual(["a", "b"]);
  });

  it("reads a JSON list as well as JSONL, with a byte-order mark too", () => {
    expect(first(BASE, { "tasks/sums.jsonl": '\ufeff[\n {"q": "9", "a": 8}]' }).prompt).toBe("9 =");
    expect(first(BASE, { "tasks/sums.jsonl": '\ufeff{"q": "7", "a": 8}\r\n\n' }).prompt).toBe("7 =");
  });

  it("keeps a text that looks like a list where it is the value of a field", () => {
    const files = { "tasks/sums.jsonl": '{"q": "sorted", "a": "[2,7,8]"}' };
    expect(first(BASE, files).expected).toEqual({ kind: "generate_until", references: ["[2,7,8]"] });
  });

  it("reads a template that writes a list as several references", () => {
    const text = BASE.replace('"{{a}}"', `"['{{a}}', 'about {{a}}']"`);
    expect(first(text).expected).toEqual({ kind: "generate_until", references: ["2", "about 2"] });
  });

  it.each([
    ["doc_to_choice: options", "{{options.index('3')}}", ["2", "3"], 1],
    ['doc_to_choice: "{{options + [7]}}"', "{{2 - 2}}", ["2", "3", "7"], 0],
    [`doc_to_choice: "['x', '{{a}}']"`, "{{'x'}}", ["x", "2"], 0],
    ['doc_to_choice: ["{{q}}", odd]', "1", ["1 + 1", "odd"], 1],
    ['doc_to_choice: {a: "Yes", b: "No"}', "{{'No'}}", ["Yes", "No"], 1],
  ])("takes choices from %s, the right one from %s", (line, target, choices, right) => {
    const text = choice(line).replace("{{a}}", target);
    expect(first(text).expected).toEqual({ kind: "multiple_choice", choices, right: [right] });
  });
});

describe("loadTask refuses, with the place", () => {
  const dataset = "dataset_kwargs: {data_files: {test: sums.jsonl, train: more.jsonl}}";
  it.each([
    ["bad_yaml", "task: [a\n", "2:1", "this is not YAML"],
    ["bad_yaml", `${BASE}task: twice\n`, "7:1", "Map keys must be unique"],
    ["not_a_task", "- task: a\n", "1:1", "a YAML mapping"],
    ["code_refused", withLine("process_docs: !function utils.clean"), "7:25", '"!function"'],
    ["include_cycle", "include: sums.yaml\n", "1:1", "leads back"],
    ["file_missing", "include: gone.yaml\n", "1:1", '"tasks/gone.yaml" cannot be read'],
    ["file_missing", BASE.replace("sums.jsonl", "gone.jsonl"), "3:31", '"tasks/gone.jsonl" cannot be read'],
    ["bad_value", "include: [5]\n", "1:1", '"include" must be a path'],
    ["unknown_key", withLine("doc_to_txt: q"), "7:1", 'did you mean "doc_to_text"?'],
    ["unknown_key", withLine("generation_kwargs: {untill: x}"), "7:21", 'did you mean "until"?'],
    ["unknown_key", withLine("zebra: 1"), "7:1", "remove it (known: task, task_alias"],
    ["unknown_key", withLine("metric_list: [{metric: exact_match, ignore_cas: true}]"), "7:37", '"ignore_case"?'],
    ["unknown_key", withLine("filter_list: [{name: a, filter: [{function: lowercase, x: 1}]}]"), "7:56", '"x"'],
    ["bad_value", BASE.replace("path: json", "path: arrow"), "2:1", '"json" or "parquet" or "csv"'],
    ["unknown_name", withLine("process_docs: strap"), "7:1", 'did you mean "strip"?'],
    ["unknown_name", withLine("process_docs: [{function: toString}]"), "7:16", 'no step is called "toString"'],
    ["unknown_key", withLine("process_docs: [{function: strip, where: q}]"), "7:34", '"where"'],
    ["bad_value", withLine("process_docs: [{function: keep_if}]"), "7:16", '"process_docs.0.template" must be a text'],
    ["bad_regex", withLine("process_docs: [{function: regex_replace, field: q, regex_pattern: '('}]"), "7:52", "group"],
    ["not_supported", withLine("fewshot_config: {fewshot_indices: [1]}"), "7:18", "fewshot_config.samples"],
    ["bad_value", withLine("generation_kwargs: {temperature: -0.7}"), "7:21", "a number from 0"],
    ["bad_value", withLine("generation_kwargs: {top_p: 0}"), "7:21", "above 0"],
    ["not_supported", withLine("metric_list: [{metric: likelihood}]"), "7:16", 'the metric "likelihood"'],
    ["unfit_metric", withLine("metric_list: [{metric: f1}]"), "7:16", 'cannot score "output_type: generate_until"'],
    ["not_supported", withLine("filter_list: [{name: a, filter: [{function: format_span}]}]"), "7:35", "filter"],
    [
      "not_supported",
      choice("doc_to_choice: options\nfilter_list: [{name: a, filter: [{function: lowercase}]}]"),
      "9:34",
      "lowercase",
    ],
    ["file_missing", BASE.replace("sums.jsonl", "'*.jsonl'"), "3:31", '"tasks/*.jsonl" cannot be read'],
    ["not_supported", BASE.replace("sums.jsonl", "'hf://x/y.jsonl'"), "3:31", "download the file"],
    ["bad_value", BASE.replace("task: sums\n", ""), "1:1", '"task" must be a text, got nothing'],
    ["bad_value", withLine("num_fewshot: -1"), "7:1", "a whole number from 0, got -1"],
    ["bad_value", withLine("output_type: guess"), "7:1", "one of generate_until"],
    ["bad_value", withLine("repeats: 0"), "7:1", "a whole number from 1"],
    ["bad_value", withLine("search_split: test"), "1:1", '"holdout_split" must be'],
    ["bad_value", BASE.replace("test_split: test", "training_split: train"), "1:1", '"test_split" must be'],
    ["bad_value", withLine("metric_list: [{metric: exact_match, aggregation: perplexity}]"), "7:37", '"mean"'],
    ["bad_value", withLine("metric_list: [{metric: exact_match, ignore_case: 3}]"), "7:37", "true or false"],
    ["bad_value", withLine("filter_list: [{name: a}]"), "7:15", '"filter_list.0.filter" must be'],
    ["bad_value", withLine("output_type: multiple_choice"), "1:1", '"doc_to_choice" must be given'],
    ["bad_value", choice("doc_to_choice: [no, yes]"), "8:1", "quote words such as yes and no"],
    ["unknown_name", withLine("metric_list: [{metric: exact_mach}]"), "7:16", 'did you mean "exact_match"?'],
    ["unknown_name", withLine("filter_list: [{name: a, filter: [{function: regexp}]}]"), "7:35", '"regex"'],
    ["unfit_metric", withLine("metric_list: [{metric: acc}]"), "7:16", 'cannot score "output_type: generate_until"'],
    ["unknown_split", withLine("fewshot_split: dev"), "7:1", "(known: test, train)"],
    ["bad_template", BASE.replace("{{q}}", "{{q"), "5:1", 'the template of "doc_to_text"'],
    ["bad_template", BASE.replace("{{q}}", "{% if q %}"), "5:1", "it ends inside a block"],
    ["bad_template", BASE.replace("{{q}}", "{{q|shout}}"), "5:1", "tasks/sums.jsonl:1"],
    ["bad_template", withLine(`description: "${"x".repeat(100_001)}"`), "7:1", "at most 100000"],
    [
      "bad_regex",
      withLine("filter_list: [{name: a, filter: [{function: regex, regex_pattern: '('}]}]"),
      "7:52",
      "group",
    ],
    ["bad_regex", withLine("metric_list: [{metric: exact_match, regexes_to_ignore: ['[']}]"), "7:37", "ends inside"],
    ["too_few_examples", withLine("num_fewshot: 2\ntraining_split: train\nfewshot_split: test"), "7:1", "asks for 2"],
  ])("evaluate/%s: %j", (code, text, place, wording) => {
    const error = errorOf(() => load(text));
    expect(error.code).toBe(`evaluate/${code}`);
    expect(error.blame).toBe("input");
    expect(error.message).toContain(`tasks/sums.yaml:${place}: `);
    expect(error.message).toContain(wording);
  });

  it.each([
    ["format/bad_line", '{"q": 1}\n{"q": \n', "tasks/sums.jsonl:2", ""],
    ["evaluate/bad_data", "[\n{]", "tasks/sums.jsonl:2:2", "this is not JSON"],
    ["evaluate/bad_data", '{"q": 1, "a": 1}\n[1]\n', "tasks/sums.jsonl:2", "must be a JSON object, got [1]"],
    ["evaluate/missing_field", '{"qq": 1, "a": 1}', "tasks/sums.jsonl:1", 'did you mean "qq"?'],
    ["evaluate/missing_field", '{"a": 1}\n{"q": 2, "a": 1}', "tasks/sums.jsonl:1", "(it has: a)"],
    ["evaluate/bad_target", '{"q": 1, "a": [null]}', "tasks/sums.jsonl:1", "at least one answer"],
    ["evaluate/bad_target", '{"q": 1, "a": []}', "tasks/sums.jsonl:1", "at least one answer"],
    ["evaluate/no_items", "\n\n", "tasks/sums.yaml", '"sums" has no items to score in "all"'],
    ["evaluate/no_items", "[]", "tasks/sums.yaml", "the data files are empty"],
  ])("%s: data %j", (code, data, place, wording) => {
    const error = errorOf(() => load(BASE, { "tasks/sums.jsonl": data }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${place}: `);
    expect(error.message).toContain(wording);
  });

  it.each([
    ["missing_field", "doc_to_choice: option", 'no value "option"'],
    ["bad_choices", 'doc_to_choice: "{{q}}"', 'gives "1 + 1"'],
    ["bad_choices", 'doc_to_choice: "[]"', "a list of at least one text"],
    ["bad_target", "doc_to_choice: options", "the index of a choice, from 0 to 1, or its text"],
    ["bad_target", 'doc_to_choice: ["x", "y"]', "gives 2"],
  ])("evaluate/%s: %s", (code, line, wording) => {
    const error = errorOf(() => load(choice(line)));
    expect(error.code).toBe(`evaluate/${code}`);
    expect(error.message).toContain("tasks/sums.jsonl:1: ");
    expect(error.message).toContain(wording);
  });

  it("a number that picks no prompt", () => {
    const text = choice("doc_to_choice: options").replace('"{{q}} ="', "a");
    const error = errorOf(() => load(text));
    expect(error.code).toBe("evaluate/bad_value");
    expect(error.message).toContain("the index of a choice, from 0 to 1, got 2");
  });

  it("everything wrong with the keys at once", () => {
    const error = errorOf(() => load(`${BASE.replace(dataset, "dataset_kwargs: {}")}zebra: 1\nnum_fewshot: x\n`));
    expect(error.code).toBe("evaluate/several_problems");
    const problems = error.details["problems"] as readonly CodedError[];
    expect(problems.map((problem) => problem.code).toSorted()).toEqual([
      "evaluate/bad_value",
      "evaluate/bad_value",
      "evaluate/unknown_key",
    ]);
    expect(error.message).toContain('- tasks/sums.yaml:8:1: "num_fewshot" must be a whole number, got "x"');
  });

  it("a task file that is not there", () => {
    const error = errorOf(() => loadTask("sums.yaml", ioOf({})));
    expect(error.code).toBe("evaluate/file_missing");
    expect(error.message).toBe("sums.yaml: this file cannot be read; give the path of a task file");
  });

  it("a task file that is larger than any", () => {
    expect(errorOf(() => load(`task: ${"x".repeat(4_000_000)}`)).code).toBe("evaluate/bad_yaml");
  });

  it("an alias bomb", () => {
    const lines = Array.from({ length: 12 }, (_, i) => `k${i + 1}: &k${i + 1} [${`*k${i}, `.repeat(9)}]`);
    expect(errorOf(() => load(`k0: &k0 [x]\n${lines.join("\n")}\n`)).code).toBe("evaluate/bad_yaml");
  });
});
