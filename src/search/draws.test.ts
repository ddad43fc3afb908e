import { expect, it } from "vitest";
import { createMemoryStore } from "../../test/search/memory-store.ts";
import { TOY_SEARCH, toyRun } from "../../test/search/toy-run.ts";
import { describeOutcome } from "../cli/evolve-table.ts";
import { evolve } from "./evolve.ts";
import { toResultJson } from "./evolve-outcome.ts";

const DRAWN = TOY_SEARCH.replace("{ name: cma_es, population: 5 }", "{ name: random }").replace("33", "9");
const run = (text: string) => evolve(toyRun(createMemoryStore(), { text }));

it("the mean and spread of random candidates are told, without what the search begins with", async () => {
  const outcome = await run(DRAWN);
  const values = outcome.candidates.slice(1).map(({ score }) => score!.value);
  const mean = values.reduce((sum, value) => sum + value, 0) / 8;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 7);
  expect(toResultJson(outcome)["draws"]).toEqual({
    ...{ scored: 8, failed: 0 },
    mean: expect.closeTo(mean, 12),
    standard_deviation: expect.closeTo(deviation, 12),
  });
  expect(describeOutcome(outcome, "out")).toMatch(
    /8 draws: [\d.]+\s% in the mean, with a standard deviation of [\d.]+\spoints\./,
  );
});

it.each([
  ["learns", TOY_SEARCH],
  ["races", `${DRAWN}racing: { blocks: 2 }\n`],
  ["made one draw", DRAWN.replace("evaluations: 9", "evaluations: 2")],
])("a search that %s has no such mean", async (_, text) => {
  expect((await run(text)).draws).toBeUndefined();
});
