import { describe, expect, it, vi } from "vitest";
import { CodedError } from "../base/errors.ts";
import { METHODS } from "../methods/index.ts";
import { parseSearchFile } from "./search-file.ts";

const parse = (text: string) =>
  parseSearchFile(text, { file: "search.yaml", methods: METHODS, resolve: (path) => `/there/${path}` }).search;

const GOOD = `base_model: models/base
models: [models/math-en, models/ja]
merge_method: task_arithmetic
dtype: bfloat16
parameters: { normalize: false }
space:
  layer_groups: 4
  weight: { low: 0, high: 1.5, start: 0.8 }
  density: { low: 0.1, high: 1 }
optimiser: { name: cma_es, sigma: 0.2, population: 10 }
tasks:
  - { file: tasks/gsm-ja.yaml, metric: exact_match, limit: 120 }
budget: { evaluations: 200 }
seed: 1
compare:
  - { name: even ties, merge_method: ties, parameters: { weight: 1, density: 0.5 } }
  - { name: half way, merge_method: slerp, base_model: models/math-en, models: [models/ja], parameters: { t: 0.5 } }
  - { name: mean, merge_method: linear, parameters: { weight: 1 } }
`;

/** The codes and lines of what is wrong with a text. */
function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const problems = (error.details["problems"] as readonly CodedError[] | undefined) ?? [error];
    return problems.map(({ code, details }) => `${code} ${String(details["where"]).replace("search.yaml:", "")}`);
  }
}

/** GOOD with one piece of text replaced. */
function changed(from: string, to: string): string {
  expect(GOOD.split(from)).toHaveLength(2);
  return GOOD.replace(from, to);
}

describe("a search file", () => {
  it("becomes a search with its paths resolved", () => {
    expect(parse(GOOD)).toMatchObject({
      baseModel: { name: "base", path: "/there/models/base" },
      models: [
        { name: "math-en", path: "/there/models/math-en" },
        { name: "ja", path: "/there/models/ja" },
      ],
      parents: [{ name: "math-en" }, { name: "ja" }, { name: "base" }],
      mergeMethod: "task_arithmetic",
      dtype: "bfloat16",
      parameters: { normalize: false },
      space: {
        layerGroups: 4,
        ranges: [
          { parameter: "weight", perModel: true, low: 0, high: 1.5, start: 0.8 },
          { parameter: "density", perModel: true, low: 0.1, high: 1, start: 0.55 },
        ],
      },
      optimiser: { name: "cma_es", settings: { sigma: 0.2, population: 10 } },
      tasks: [{ file: "/there/tasks/gsm-ja.yaml", metric: "exact_match", limit: 120 }],
      evaluations: 200,
      seed: 1,
    });
  });

  it("fills in what is left out", () => {
    const search = parse(`models: [a, b]
merge_method: linear
space: { weight: { low: 0, high: 1 } }
tasks: [{ file: t.yaml, metric: acc }]
budget: { evaluations: 5 }
`);
    expect(search).toMatchObject({
      baseModel: undefined,
      dtype: undefined,
      parameters: {},
      space: { layerGroups: 1 },
      optimiser: { name: "cma_es", settings: {} },
      tasks: [{ limit: undefined }],
      seed: 0,
      compare: [],
    });
  });

  it("gives plain merges the models of the search where they name none", () => {
    const { compare } = parse(GOOD);
    expect(compare).toMatchObject([
      { name: "even ties", models: [{ name: "math-en" }, { name: "ja" }], baseModel: { name: "base" } },
      { name: "half way", models: [{ name: "ja" }], baseModel: { name: "math-en" } },
      { name: "mean", models: [{ name: "math-en" }, { name: "ja" }], baseModel: undefined },
    ]);
  });

  it("takes a base among the models as the base alone, where the method takes it apart", () => {
    const { models, parents } = parse(changed("[models/math-en, models/ja]", "[models/base, models/ja]"));
    expect(models.map(({ name }) => name)).toEqual(["ja"]);
    expect(parents.map(({ name }) => name)).toEqual(["ja", "base"]);
  });

  it("names models by their whole path where the last part is not unique", () => {
    const { models } = parse(changed("[models/math-en, models/ja]", "[a/final, b/final]"));
    expect(models.map(({ name }) => name)).toEqual(["a/final", "b/final"]);
  });
});

it("leaves complaining to its own messages", () => {
  const warn = vi.spyOn(process, "emitWarning");
  // The parser has a word of its own about keys that are lists.
  expect(problemsOf(`${GOOD}[a, b]: 1\n`)).toEqual(["search/unknown_key 1:1"]);
  expect(warn).not.toHaveBeenCalled();
});

describe("a wrong search file is refused, with code and place:", () => {
  it.each([
    ["text that is not YAML", GOOD.replace("[models/math-en", "[[models/math-en"), "search/bad_yaml"],
    ["a key that stands twice", `${GOOD}seed: 2\n`, "search/bad_yaml 19:1"],
    ["a list", "- a\n", "search/bad_value 1:1"],
    ["a misspelt key", changed("seed: 1", "sede: 1"), "search/unknown_key 14:1"],
    ["a misspelt key inside a task", changed("limit: 120", "limits: 120"), "search/unknown_key 12:53"],
    ["a misspelt key inside a range", changed("start: 0.8", "strat: 0.8"), "search/unknown_key 8:32"],
    ["no models", changed("[models/math-en, models/ja]", "[]"), "search/bad_value 2:1"],
    ["no method", changed("merge_method: task_arithmetic\n", ""), "search/missing_key 1:1"],
    ["no budget", changed("budget: { evaluations: 200 }\n", ""), "search/missing_key 1:1"],
    ["no evaluations", changed("evaluations: 200", "evaluations: 0"), "search/bad_value 13:11"],
    [
      "no task",
      changed("tasks:\n  - { file: tasks/gsm-ja.yaml, metric: exact_match, limit: 120 }", "tasks: []"),
      "search/bad_value 11:1",
    ],
    ["an unknown dtype", changed("bfloat16", "bf16"), "search/bad_value 4:1"],
    ["an unknown method", changed("task_arithmetic", "task_arithmetics"), "search/unknown_method 3:1"],
    [
      "an unknown fixed parameter",
      changed("{ normalize: false }", "{ normalise: false }"),
      "search/unknown_parameter 5:15",
    ],
    ["an unknown searched parameter", changed("  density: {", "  desnity: {"), "search/unknown_parameter 9:3"],
    [
      "a searched flag",
      changed("density: { low: 0.1, high: 1 }", "int8_mask: { low: 0, high: 1 }"),
      "search/not_searchable 9:3",
    ],
    [
      "a number searched as a flag",
      changed("density: { low: 0.1, high: 1 }", "density: [false, true]"),
      "search/bad_value 9:3",
    ],
    [
      "a list that is none of flags",
      changed("density: { low: 0.1, high: 1 }", "density: [0, 1]"),
      "search/bad_value 9:13",
    ],
    [
      "a list of the same flag twice",
      changed("density: { low: 0.1, high: 1 }", "density: [true, true]"),
      "search/bad_value 9:3",
    ],
    ["a misspelt beta", changed("{ low: 0.1, high: 1 }", "{ beta: 1, alpha: 2 }"), "search/unknown_key 9:23"],
    [
      "beta of a setting that all share",
      changed("  density: {", "  lambda: { beta: 1 }\n  density: {"),
      "search/bad_range 9:3",
    ],
    [
      "shares of a setting that all share",
      changed("density: { low", "lambda: { softmax: true, low"),
      "search/bad_range 9:3",
    ],
    ["shares that are shared", changed("start: 0.8", "softmax: true, shared: true"), "search/bad_range 8:3"],
    ["shares that can be off", changed("start: 0.8", "softmax: true, off: 0"), "search/bad_range 8:3"],
    [
      "beta of three models",
      changed("models/ja]\nmerge", "models/ja, x]\nmerge").replace("{ low: 0, high: 1.5, start: 0.8 }", "{ beta: 1 }"),
      "search/bad_range 8:3",
    ],
    ["a parameter fixed and searched", changed("{ normalize: false }", "{ weight: 1 }"), "search/parameter_twice 5:15"],
    ["an empty range", changed("high: 1.5", "high: 0"), "search/empty_range 8:3"],
    ["a start outside its range", changed("start: 0.8", "start: 1.6"), "search/start_outside 8:3"],
    [
      "a required parameter that is neither fixed nor searched",
      changed("  weight: { low: 0, high: 1.5, start: 0.8 }\n", ""),
      "search/missing_parameter 3:1",
    ],
    ["an unknown optimiser", changed("name: cma_es", "name: cmaes"), "search/unknown_optimiser 10:14"],
    ["an unknown setting of the optimiser", changed("sigma: 0.2", "sgima: 0.2"), "search/bad_optimiser_setting 10:28"],
    [
      "a bad setting of the optimiser",
      changed("population: 10", "population: 1"),
      "search/bad_optimiser_setting 10:40",
    ],
    ["a method without its base", changed("base_model: models/base\n", ""), "search/base_missing 2:1"],
    [
      "too many models",
      changed("models: [models/ja]", "models: [models/ja, models/en]"),
      "search/wrong_model_count 17:72",
    ],
    ["the same model twice", changed("[models/math-en, models/ja]", "[models/ja, models/ja]"), "search/same_name 2:21"],
    ["a plain merge called like a model", changed("even ties", "ja"), "search/same_name 16:7"],
    [
      "a plain merge of an unknown method",
      changed("merge_method: ties", "merge_method: tise"),
      "search/unknown_method 16:24",
    ],
    [
      "a plain merge with an unknown parameter",
      changed("density: 0.5", "denisty: 0.5"),
      "search/unknown_parameter 16:69",
    ],
  ])("%s", (_what, text, expected) => {
    const [problem] = problemsOf(text);
    expect(problem).toMatch(new RegExp(`^${expected}( |$)`));
  });

  it("a range that the method does not allow", () => {
    const { weight } = METHODS["task_arithmetic"]!.params;
    const narrow = { base: "required", arity: [1, 9], params: { weight: { ...weight!, range: [0, 1] } } } as const;
    const text = changed("  density: { low: 0.1, high: 1 }\n", "").replace("parameters: { normalize: false }\n", "");
    const context = { file: "search.yaml", methods: { ...METHODS, task_arithmetic: narrow }, resolve: String };
    expect(() => parseSearchFile(text, context)).toThrow(
      expect.objectContaining({
        code: "search/outside_method_range",
        details: expect.objectContaining({ where: "search.yaml:7:3", high: 1.5, range: [0, 1] }),
      }),
    );
  });

  it("nothing to search", () => {
    const text = changed("  weight: { low: 0, high: 1.5, start: 0.8 }\n  density: { low: 0.1, high: 1 }\n", "").replace(
      "{ normalize: false }",
      "{ weight: 1 }",
    );
    expect(problemsOf(text)).toEqual(["search/empty_space 6:1"]);
    const none = text
      .replace("task_arithmetic", "arcee_fusion")
      .replace("{ weight: 1 }", "{}")
      .replace(", models/ja]", "]");
    expect(() => parse(none)).toThrow("arcee_fusion has no parameters");
  });

  it("all problems at once", () => {
    const text = changed("high: 1.5", "high: -1")
      .replace("normalize", "normalise")
      .replace("merge_method: ties", "merge_method: tise");
    expect(problemsOf(text)).toEqual([
      "search/empty_range 8:3",
      "search/unknown_parameter 5:15",
      "search/unknown_method 16:24",
    ]);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "search/several_problems" }));
  });

  it("the nearest name is offered", () => {
    expect(() => parse(changed("seed: 1", "sede: 1"))).toThrow(/did you mean "seed"/);
    expect(() => parse(changed("layer_groups: 4", "layer_group: 4"))).toThrow(/did you mean "layer_groups"/);
    expect(() => parse(changed("  density: {", "  desnity: {"))).toThrow(/did you mean "density"/);
  });
});

describe("a space of methods", () => {
  const METHOD_SPACE = `models: [a, b, c]
base_model: base
space:
  kind: methods
  methods:
    linear: { weight: { low: 0, high: 1 } }
    ties: { parameters: { weight: 1 }, density: { low: 0.1, high: 1, shared: true } }
    slerp: { t: { low: 0, high: 1, softmax: true } }
tasks: [{ file: t, metric: m }]
budget: { evaluations: 2 }
`;

  it.each([
    ["one method", "{ kind: methods, methods: [linear] }", "search/bad_value 3:25"],
    ["the same method twice", "{ kind: methods, methods: [linear, linear] }", "search/same_name 3:43"],
    ["an unknown method", "{ kind: methods, methods: [linear, tise] }", "search/unknown_method 3:43"],
    ["no methods", "{ kind: methods }", "search/missing_key 3:1"],
    ["a misspelt key", "{ kind: methods, layer_group: 2, methods: [linear, ties] }", "search/unknown_key 3:25"],
    ["a number", "{ kind: methods, methods: 3 }", "search/bad_value 3:25"],
    ["another kind", "{ kind: method }", "search/bad_value 3:10"],
  ])("with %s is refused", (_, space, problem) => {
    const text = METHOD_SPACE.replace(/space:\n(?: .*\n)*/, `space: ${space}\n`);
    expect(problemsOf(text)[0]).toMatch(new RegExp(`^${problem}`));
  });

  it.each([
    ["its method named twice", "budget", "merge_method: ties\nbudget", "search/bad_value 10:1"],
    ["settings of no method", "budget", "parameters: { weight: 1 }\nbudget", "search/bad_value 10:1"],
    ["no base", "base_model: base\n", "", "search/base_missing 6:5"],
    ["a misspelt key in a range", "softmax", "softmx", "search/unknown_key 8:36"],
    ["a misspelt parameter", "density", "denisty", "search/unknown_parameter 7:40"],
    ["a misspelt setting", "{ weight: 1 }", "{ weigth: 1 }", "search/unknown_parameter 7:27"],
    ["a range that is none", "{ low: 0, high: 1, softmax: true }", "3", "search/bad_value 8:14"],
    ["an empty range", "high: 1 } }", "high: 0 } }", "search/empty_range 6:15"],
    ["more models than the method takes", ", softmax: true", "", "search/wrong_model_count 1:1"],
  ])("with %s is refused", (_, from, to, problem) => {
    expect(problemsOf(METHOD_SPACE.replace(from, to))[0]).toBe(problem);
  });
});

it("a method of two models that gets more is told how to have two chosen", () => {
  const text =
    "models: [a, b, c]\nspace: { kind: methods, methods: { linear: {}, slerp: { t: { low: 0, high: 1 } } } }\n";
  const rest = "tasks: [{ file: t, metric: m }]\nbudget: { evaluations: 2 }\nbase_model: base\n";
  expect(() => parse(text + rest)).toThrow('and these are 4; with "softmax: true" for t, two are chosen');
});

describe("a second stage", () => {
  const withNext = (next: string): string => `${GOOD}next: ${next}\n`;

  it("is read with its models, and half of the budget where nothing else is said", () => {
    const { next } = parse(withNext("{ space: { kind: path, scales: none }, models: [models/ja] }"));
    expect(next).toMatchObject({ order: { kind: "path" }, models: [{ name: "ja" }], share: 0.5 });
    expect(next!.optimiser).toEqual({ name: "one_plus_one_ea", settings: { population: 6 } });
    expect(parse(withNext("{ space: { kind: dis } }")).next!.models.map(({ name }) => name)).toEqual(["math-en", "ja"]);
  });

  /** An arrow stands before the place of the problem. */
  it.each([
    ["{ space: { ↓kind: walk } }", "bad_value"],
    ["{ ↓space: { kind: path, scale: { low: 2, high: 1 } } }", "empty_range"],
    ["{ space: { kind: path }, models: [↓models/math] }", "unknown_model"],
    ["{ space: { kind: path }, models: [models/ja, ↓models/ja] }", "same_name"],
    ["{ space: { kind: path }, ↓share: 1 }", "bad_value"],
    ["{ space: { kind: path, ↓slots: 3 } }", "unknown_key"],
    ["{ space: { kind: path }, ↓shares: 1 }", "unknown_key"],
    ["{ space: { kind: path }, optimiser: { ↓name: cma } }", "unknown_optimiser"],
    ["{ space: { kind: path }, optimiser: { name: cma_es, ↓sigma: -1 } }", "bad_optimiser_setting"],
  ])("%s is %s", (marked, code) => {
    const column = "next: ".length + marked.indexOf("↓") + 1;
    expect(problemsOf(withNext(marked.replace("↓", "")))).toEqual([`search/${code} 19:${column}`]);
  });

  it("needs a space", () => {
    expect(problemsOf(withNext("{ optimiser: { name: cma_es } }"))).toEqual(["search/missing_key 19:1"]);
  });

  it("is only for searches of parameters", () => {
    const text =
      "models: [a, b]\nspace: { kind: path }\nnext: { space: { kind: path } }\ntasks: [{ file: t, metric: m }]\nbudget: { evaluations: 2 }\n";
    expect(problemsOf(text)).toEqual(["search/unknown_key 3:1"]);
  });
});

describe("a start", () => {
  const withStart = (start: string): string => `${GOOD}start: ${start}\n`;

  it("is a recipe, an earlier run, a parent, or all parents", () => {
    expect(parse(withStart("{ recipe: r.yaml }")).start).toEqual({ kind: "recipe", file: "/there/r.yaml" });
    expect(parse(withStart("{ run: runs/a }")).start).toEqual({ kind: "run", folder: "/there/runs/a" });
    expect(parse(withStart("{ parent: models/ja }")).start).toEqual({ kind: "parent", model: 1 });
    expect(parse(withStart("{ parent: models/base }")).start).toEqual({ kind: "parent", model: -1 });
    expect(parse(withStart("parents")).start).toEqual({ kind: "parents" });
  });

  it.each([
    ["parent", "search/bad_value 19:1"],
    ["{ recipe: a.yaml, run: b }", "search/bad_value 19:1"],
    ["{}", "search/bad_value 19:1"],
    ["{ parent: models/jaa }", "search/unknown_model 19:10"],
  ])("%s is %s", (start, problem) => {
    expect(problemsOf(withStart(start))).toEqual([problem]);
  });
});
