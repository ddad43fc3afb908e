import { join } from "node:path";
import { expect, it } from "vitest";
import { parentRecipe } from "../search/parameter-space.ts";
import { openEvaluationSetup } from "./evaluation-setup.ts";
import { openSearch } from "./search-run.ts";

const ZOO = join(import.meta.dirname, "..", "..", "zoo");
const coded = (code: string) => expect.objectContaining({ code: `cli/${code}` });

it("evaluates as the process that it came from", async () => {
  await using run = openSearch(join(ZOO, "demo.yaml"), {});
  const setup = JSON.parse(JSON.stringify(run.setup()).replaceAll(ZOO, "/elsewhere"));
  const locate = (path: string): string => path.replaceAll("/elsewhere", ZOO);
  await using opened = openEvaluationSetup(setup, { locate, threads: 1 });
  const recipe = parentRecipe(run.search.parents[0]!);
  const args = ["search", new AbortController().signal, { index: 0, blocks: 6, turn: 3 }] as const;
  const there = await opened.evaluateRecipe(recipe.replaceAll(ZOO, "/elsewhere"), ...args);
  expect(there[0]!.items).toHaveLength(4);
  expect(there).toEqual(await run.evaluateRecipe(recipe, ...args));
});

it("refuses other models, other items, and what it does not know", async () => {
  await using run = openSearch(join(ZOO, "demo.yaml"), {});
  const options = { locate: (path: string) => path, threads: 1 };
  const { models, tasks, ...sharing } = run.setup();
  const [first, ...rest] = models;
  const other = { models: [{ ...first!, identity: "0" }, ...rest], tasks, ...sharing };
  expect(() => openEvaluationSetup(other, options)).toThrow(coded("other_contents"));
  const fewer = { ...sharing, models, tasks: tasks.map((task) => ({ ...task, limit: 5 })) };
  expect(() => openEvaluationSetup(fewer, options)).toThrow(coded("other_contents"));
  const asked = { ...sharing, models, tasks: tasks.map((task) => ({ ...task, questions: "0" })) };
  expect(() => openEvaluationSetup(asked, options)).toThrow(coded("other_contents"));
  expect(() => openEvaluationSetup({ models }, options)).toThrow(coded("other_version"));
});
