/** Recipes that mergekit refuses, or that look as if it should: each must be refused with a code and a place. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import type { PlannedModel, Problem } from "../../src/recipe/plan.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import type { GoldenFailure, GoldenRunner } from "./golden-report.ts";

interface InvalidCase {
  readonly id: string;
  readonly file: string;
}

type Expected = Readonly<Record<string, { readonly outcome: "ok" | "error" }>>;

/** Codes of what this version does not do yet; a recipe that needs it may be refused although mergekit takes it. */
const LATER = ["recipe/not_supported", "model/unsupported_reference", "model/unsupported_weights"];

/** Checks FOLDER/invalid/*.yml against expected.json, of which expected.v015.json replaces cases. */
export const runInvalid: GoldenRunner = async (folder) => {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, "invalid", name), "utf8"));
  const cases = read("index.json") as readonly InvalidCase[];
  const newer = existsSync(join(folder, "invalid", "expected.v015.json")) ? (read("expected.v015.json") as Expected) : {};
  const expected = { ...(read("expected.json") as Expected), ...newer };
  const opened = new Map<string, PlannedModel>();
  const failures: GoldenFailure[] = [];
  const notes: string[] = [];
  try {
    for (const { id, file } of cases) {
      const problems = problemsOf(folder, file, opened);
      const why = expected[id]?.outcome === "ok" ? judgeAccepted(id, problems, notes) : judgeRefused(problems);
      if (why !== undefined) failures.push({ id, why });
    }
  } finally {
    for (const { model } of opened.values()) model[Symbol.dispose]();
  }
  return { passed: cases.length - failures.length, failures, notes };
};

function problemsOf(folder: string, file: string, opened: Map<string, PlannedModel>): readonly Problem[] {
  const { problems } = planRecipe(readFileSync(join(folder, file), "utf8"), file, {
    openModel(reference) {
      const known = opened.get(reference);
      if (known !== undefined) return known;
      const source = resolveModel(reference, { cwd: folder });
      const planned = { model: reopenModel(source, reference), source };
      opened.set(reference, planned);
      return planned;
    },
  });
  return problems;
}

function judgeRefused(problems: readonly Problem[]): string | undefined {
  if (problems.length === 0) return "accepted, and mergekit refuses it";
  const bare = problems.find(({ code, line, column, message, fix }) => {
    return !/^[a-z]+\/[a-z0-9_]+$/.test(code) || line < 1 || column < 1 || message === "" || fix === "";
  });
  return bare === undefined ? undefined : `a problem lacks its code, place, sentence or fix: ${JSON.stringify(bare)}`;
}

function judgeAccepted(id: string, problems: readonly Problem[], notes: string[]): string | undefined {
  if (problems.length === 0) return undefined;
  const serious = problems.filter(({ code }) => !LATER.includes(code));
  const list = problems.map(({ code }) => code).join(", ");
  if (serious.length > 0) return `refused (${list}), and mergekit takes it`;
  notes.push(`${id} needs what is not supported yet (${list})`);
  return undefined;
}
