import { describe, expect, it } from "vitest";
import { METHODS } from "../methods/index.ts";
import { checkSearchFacts, type SearchFacts } from "./search-facts.ts";
import { parseSearchFile } from "./search-file.ts";

const TEXT = `models: [a, b]
merge_method: linear
space:
  layer_groups: 4
  weight: { low: 0, high: 1 }
tasks:
  - { file: one.yaml, metric: acc }
  - { file: two.yaml, metric: exact_match }
budget: { evaluations: 5 }
`;
const file = (text = TEXT) => parseSearchFile(text, { file: "s.yaml", methods: METHODS, resolve: (path) => path });

const share = (metric: string) => ({ metric, aggregation: "proportion", higherIsBetter: true }) as const;
const perplexity = { metric: "perplexity", aggregation: "perplexity", higherIsBetter: false } as const;
const FACTS: SearchFacts = {
  layers: { a: 8, b: 8 },
  tasks: [
    { name: "one", metrics: [share("acc"), share("acc_norm"), perplexity] },
    { name: "two", metrics: [share("exact_match")] },
  ],
};
const refused = (code: string, details: object) =>
  expect.objectContaining({ code: `search/${code}`, details: expect.objectContaining(details) });

describe("a search beside its models and tasks", () => {
  it("gets the metric of each task that counts", () => {
    expect(checkSearchFacts(file(), FACTS)).toEqual([
      { name: "one", ...share("acc") },
      { name: "two", ...share("exact_match") },
    ]);
  });

  it("must not ask for a metric that a task does not have", () => {
    const text = TEXT.replace("metric: acc }", "metric: acc_nrom }");
    expect(() => checkSearchFacts(file(text), FACTS)).toThrow(
      refused("unknown_metric", { where: "s.yaml:7:23", task: "one", metric: "acc_nrom", nearest: "acc_norm" }),
    );
  });

  it("must not have more layer groups than the models have layers", () => {
    expect(() => checkSearchFacts(file(), { ...FACTS, layers: { a: 3, b: 3 } })).toThrow(
      refused("too_many_groups", { where: "s.yaml:4:3", groups: 4, layers: 3 }),
    );
  });

  it("must not group the layers of models of different depth", () => {
    const layers = { a: 8, b: 9 };
    expect(() => checkSearchFacts(file(), { ...FACTS, layers })).toThrow(refused("layers_differ", { layers }));
    expect(
      checkSearchFacts(file(TEXT.replace("layer_groups: 4", "layer_groups: 1")), { ...FACTS, layers }),
    ).toHaveLength(2);
  });

  it("must not average scores that should rise with scores that should fall", () => {
    const text = TEXT.replace("metric: acc }", "metric: perplexity }");
    expect(() => checkSearchFacts(file(text), FACTS)).toThrow(
      refused("mixed_directions", { rising: "exact_match of two", falling: "perplexity of one" }),
    );
  });

  it("must not have two tasks of one name", () => {
    const tasks = [FACTS.tasks[0]!, { ...FACTS.tasks[1]!, name: "one" }];
    expect(() => checkSearchFacts(file(), { ...FACTS, tasks })).toThrow(refused("same_name", { name: "one" }));
  });
});
