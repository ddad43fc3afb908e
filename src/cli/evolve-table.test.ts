import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../test/search/memory-store.ts";
import { TOY_SEARCH, toyRun } from "../../test/search/toy-run.ts";
import { evolve } from "../search/evolve.ts";
import type { EvaluateRecipe } from "../search/task-evaluation.ts";
import { describeOutcome } from "./evolve-table.ts";

const constant: EvaluateRecipe = async () => [{ task: "toy", items: [{ item: "only", value: 0 }] }];

describe("the table of a search", () => {
  it("says that nothing was learnt where all candidates score the same, and why the search ended early", async () => {
    const text = TOY_SEARCH.replace("evaluations: 33", "evaluations: 500");
    const run = toyRun(createMemoryStore(), { text, evaluateRecipe: constant });
    const outcome = await evolve(run);
    const table = describeOutcome(outcome, "out");
    expect(outcome.evaluations).toBe(126);
    expect(table).toMatch(/All 126 candidates score 0\.0\s%, so the search had nothing to go by/);
    expect(table).toContain("On 1 item that the search never saw");
    expect(table).toMatch(/The search ended before its budget was used up: values of \d+ generations differ by less/);
  });

  it("says neither of one that used its budget up and found differences", async () => {
    const table = describeOutcome(await evolve(toyRun(createMemoryStore())), "out");
    expect(table).toContain("33 candidates (");
    expect(table).not.toMatch(/ended before|nothing to go by/);
  });
});
