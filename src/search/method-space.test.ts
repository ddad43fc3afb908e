import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { createMemoryStore } from "../../test/search/memory-store.ts";
import { TOY_SEARCH, toyRun } from "../../test/search/toy-run.ts";
import { describeOutcome } from "../cli/evolve-table.ts";
import { METHODS } from "../methods/index.ts";
import { candidateSpace } from "./candidate-space.ts";
import { evolve } from "./evolve.ts";
import { toResultJson } from "./evolve-outcome.ts";
import { nextSpace } from "./next-stage.ts";
import { renderReport } from "./report.ts";
import type { Search } from "./search.ts";
import { parseSearchFile } from "./search-file.ts";

const REST =
  "models: [m/a, m/b, m/c]\nbase_model: m/base\ntasks: [{ file: t.yaml, metric: acc }]\nbudget: { evaluations: 9 }\n";
const searchOf = (text: string, rest = REST): Search =>
  parseSearchFile(`${text}${rest}`, { file: "s.yaml", methods: METHODS, resolve: (path) => path }).search;

const THREE = searchOf(`dtype: bfloat16
space:
  kind: methods
  layer_groups: 2
  components: [mlp]
  methods:
    linear: { weight: { low: 0, high: 2 } }
    ties: { parameters: { weight: 1 }, density: { low: 0.1, high: 1, shared: true }, normalize: [false, true] }
    slerp: { t: { low: 0, high: 1, softmax: true } }
`);
const space = candidateSpace(THREE, 4, undefined);

/** A point by the names of its variables; all others begin where they begin. */
function pointOf({ variables, round }: typeof space, values: Readonly<Record<string, number>>): readonly number[] {
  const names = variables.map(({ name }) => name);
  for (const name of Object.keys(values)) expect(names).toContain(name);
  return round(variables.map(({ name, start }) => values[name] ?? start));
}

const documentsOf = (text: string): readonly unknown[] =>
  parseAllDocuments(text, { version: "1.1" }).map((one) => one.toJS());

describe("a search of methods", () => {
  it("has a choice for each group, and numbers that wait for their method", () => {
    expect(space.variables.slice(0, 2)).toEqual([
      { name: "method · group 1", kind: "choice", low: 0, high: 2, start: 0 },
      { name: "method · group 2", kind: "choice", low: 0, high: 2, start: 0 },
    ]);
    // Three models, two groups, two components; two shared settings of ties.
    expect(space.variables).toHaveLength(2 + 12 + 8 + 12);
    for (const { name, onlyIf } of space.variables.slice(2)) {
      expect(onlyIf!.variable).toBe(name.includes("group 1") ? 0 : 1);
      expect(["linear", "ties", "slerp"][onlyIf!.equals]).toBe(name.split(" · ")[0]);
    }
  });

  it("writes a merge for each group, and puts them one behind the other", () => {
    const text = space.recipe(pointOf(space, { "method · group 1": 1, "ties · normalize · group 1 · mlp": 1 }));
    const [first, second, whole] = documentsOf(text);
    const sourceOf = (model: string, from: number, to: number) => ({ model, layer_range: [from, to] });
    const unit = [{ filter: "mlp", value: 1 }, { value: 1 }];
    expect(first).toEqual({
      ...{ name: "group-1", merge_method: "ties", base_model: "m/base", dtype: "bfloat16", parameters: { weight: 1 } },
      slices: [
        {
          sources: ["m/a", "m/b", "m/c", "m/base"].map((model) => sourceOf(model, 0, 2)),
          parameters: {
            density: unit.map((entry) => ({ ...entry, value: 0.55 })),
            normalize: [{ filter: "mlp", value: 1 }, { value: 0 }],
          },
        },
      ],
    });
    expect(second).toEqual({
      ...{ name: "group-2", merge_method: "linear", dtype: "bfloat16" },
      slices: [
        { sources: ["m/a", "m/b", "m/c"].map((model) => ({ ...sourceOf(model, 2, 4), parameters: { weight: unit } })) },
      ],
    });
    expect(whole).toEqual({
      ...{ merge_method: "passthrough", dtype: "bfloat16" },
      slices: ["group-1", "group-2"].map((model) => ({ sources: [sourceOf(model, 0, 2)] })),
    });
  });

  it("is not changed by numbers of methods that were not chosen", () => {
    const at = (weight: number) =>
      space.recipe(pointOf(space, { "method · group 1": 2, "linear · weight · a · group 1 · mlp": weight }));
    expect(at(0.3)).toBe(at(1.7));
  });

  it("merges the two models with the highest numbers by slerp, from the first to the second", () => {
    const one = candidateSpace(
      searchOf("space: { kind: methods, components: [mlp], methods: { linear: {}, slerp: {} } }\n"),
      4,
      undefined,
    );
    const values = { "slerp · t · a · mlp": 0.2, "slerp · t · a · rest": 0.3, "slerp · t · b · mlp": 0.1 };
    const chosen = { "slerp · t · b · rest": 0.9, "slerp · t · c · mlp": 1, "slerp · t · c · rest": 0.7 };
    expect(parse(one.recipe(pointOf(one, { method: 1, ...values, ...chosen })))).toEqual({
      merge_method: "slerp",
      base_model: "m/c",
      parameters: { t: [{ filter: "mlp", value: 0.28905 }, { value: 0.549834 }] },
      models: [{ model: "m/b" }],
    });
  });

  it("takes two models as they come where a method of two has a number of its own", () => {
    const two = REST.replace(", m/c", "");
    const text = "space: { kind: methods, methods: { arcee_fusion: {}, slerp: { t: { low: 0, high: 1 } } } }\n";
    const { recipe, round } = candidateSpace(searchOf(text, two), 4, undefined);
    expect(parse(recipe(round([0, 0.5])))).toEqual({
      merge_method: "arcee_fusion",
      base_model: "m/a",
      models: [{ model: "m/b" }],
    });
    expect(parse(recipe(round([1, 0.25])))).toMatchObject({ base_model: "m/a", parameters: { t: 0.25 } });
  });

  it("can be a list, whose methods get what they need from 0 to 1", () => {
    const { space: listed, optimiser } = searchOf("space: { kind: methods, methods: [linear, ties, slerp] }\n");
    expect(optimiser.name).toBe("conditional_hybrid");
    expect(listed.methods!.map(({ ranges }) => ranges)).toEqual([
      [{ parameter: "weight", perModel: true, low: 0, high: 1, start: 0.5 }],
      [{ parameter: "weight", perModel: true, low: 0, high: 1, start: 0.5 }],
      [{ parameter: "t", perModel: true, low: 0, high: 1, start: 0.5, softmax: true }],
    ]);
  });

  it("can be the first stage of a search of layer orders", () => {
    const staged = searchOf(
      "space: { kind: methods, layer_groups: 2, methods: [linear, ties] }\nnext: { space: { kind: path, scales: none } }\n",
    );
    const first = candidateSpace(staged, 4, undefined);
    const best = first.recipe(first.round(first.variables.map(({ start }) => start)));
    const second = nextSpace(staged, best, 4, undefined);
    const names = documentsOf(second.recipe(second.round(second.variables.map(({ start }) => start))));
    expect(names.map((one) => (one as { readonly name?: string }).name)).toEqual([
      "group-1",
      "group-2",
      "best-merge",
      undefined,
    ]);
  });

  it("tells which method each group of the child has", async () => {
    const text = TOY_SEARCH.replace("merge_method: task_arithmetic\n", "").replace(
      /space:\n(?: .*\n)*/,
      "space: { kind: methods, methods: { task_arithmetic: {}, dare_linear: {} } }\n",
    );
    const run = toyRun(createMemoryStore(), { text: text.replace("33", "9") });
    const outcome = await evolve(run);
    const chosen = outcome.best.methods;
    expect(chosen).toEqual([expect.stringMatching(/^(task_arithmetic|dare_linear)$/)]);
    expect(outcome.best.recipeText).toContain(`merge_method: ${chosen[0]}\n`);
    expect(toResultJson(outcome)["best"]).toMatchObject({ methods: chosen, values: [] });
    expect(describeOutcome(outcome, "out")).toContain(`to the last: ${chosen[0]}.`);
    const page = renderReport({ search: run.search, outcome, layers: 4, version: "0" });
    expect(page).toContain("task_arithmetic with weight in 0 to 1 from 0.5; or dare_linear with");
    expect(page).toContain("chosen, by layer group");
  });
});
