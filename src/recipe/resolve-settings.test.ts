import { expect, it } from "vitest";
import { type AnyMethod, flag, number, requiredNumber } from "../methods/method.ts";
import type { ParameterMap, Setting } from "./recipe.ts";
import { createReport, type Place } from "./report.ts";
import { resolveSettings } from "./resolve-settings.ts";

const PLACE: Place = { path: "parameters", line: 3, column: 7 };
const method = {
  name: "test",
  params: {
    steps: { ...number("merge", 10, [1, 100], "how often"), whole: true },
    share: requiredNumber("model", [0, 1], "how much"),
    scale: number("model", null, [-9, 9], "how large"),
    exact: flag("merge", true, "whether"),
  },
} as unknown as AnyMethod;

function parameters(entries: Readonly<Record<string, Setting>>): ParameterMap {
  return new Map(Object.entries(entries).map(([name, value]) => [name, { value, place: PLACE }]));
}

function resolve(
  shared: Readonly<Record<string, Setting>>,
  own: readonly Readonly<Record<string, Setting>>[] = [{}],
  t = 0,
) {
  const report = createReport();
  const inputs = own.map((entries, i) => ({
    model: `m${i}`,
    tensor: `in.${i}.w`,
    parameters: parameters(entries),
    place: PLACE,
  }));
  const settings = resolveSettings({ method, shared: [parameters(shared)], tensor: "out.0.w", t, report }, inputs);
  return { settings, problems: report.problems() };
}

it("fills in defaults, null among them, and lists values by model", () => {
  const { settings, problems } = resolve({ share: 0.5 }, [{ share: 1 }, { scale: 2 }]);
  expect(settings).toEqual({ steps: 10, share: [1, 0.5], scale: [null, 2], exact: true });
  expect(problems).toEqual([]);
});

it("refuses numbers outside of the method's range", () => {
  const { problems } = resolve({ share: 1.5 });
  expect(problems).toMatchObject([{ code: "recipe/parameter_out_of_range", line: 3, column: 7 }]);
  expect(problems[0]!.message).toBe('"share" must lie in [0, 1], got 1.5 for tensor "in.0.w"');
});

it("refuses fractions where only whole numbers make sense, also between the whole ends of a gradient", () => {
  expect(resolve({ share: 1, steps: 5 }).settings["steps"]).toBe(5);
  expect(resolve({ share: 1, steps: 2.5 }).problems[0]!.code).toBe("recipe/parameter_type");
  expect(resolve({ share: 1, steps: [1, 2] }, [{}], 0.5).problems[0]!.code).toBe("recipe/parameter_type");
  expect(resolve({ share: 1, steps: [1, 3] }, [{}], 0.5).settings["steps"]).toBe(2);
});

it("reads yes and no in all their spellings", () => {
  expect(resolve({ share: 1, exact: "no" }).settings["exact"]).toBe(false);
  expect(resolve({ share: 1, exact: 0 }).settings["exact"]).toBe(false);
  expect(resolve({ share: 1, exact: 0.5 }).problems[0]!.message).toMatch(/must be true or false, got 0.5/);
});

it("says nothing more of a value that could not be read", () => {
  const report = createReport();
  const shared = [new Map([["share", { value: undefined, place: PLACE }]])];
  resolveSettings({ method, shared, tensor: "w", t: 0, report }, [
    { model: "m", tensor: "w", parameters: new Map(), place: PLACE },
  ]);
  expect(report.errorCount()).toBe(0);
});
