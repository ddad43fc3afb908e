import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "./index.ts";

const NOT_METRICS = [
  "best-choice",
  "chrf-score",
  "edits-with-shifts",
  "index",
  "metric",
  "n-grams",
  "rolling",
  "written-number",
];
const isOutcome = (value: number): boolean => value === 0 || value === 1 || Number.isNaN(value);
const OUTPUT_TYPES = ["generate_until", "multiple_choice", "loglikelihood", "loglikelihood_rolling"] as const;

describe("METRICS", () => {
  it("holds every metric file of this folder, in alphabetical order, under its own name", () => {
    const files = readdirSync(import.meta.dirname)
      .flatMap((file) => /^([a-z0-9-]+)\.ts$/.exec(file)?.[1] ?? [])
      .filter((stem) => !NOT_METRICS.includes(stem))
      .map((stem) => stem.replace("-plus-plus", "++").replaceAll("-", "_"))
      .toSorted();
    expect(METRICS.map((metric) => metric.name).toSorted()).toEqual(files);
  });

  it.each(METRICS)("$name describes itself, and refuses settings it does not have", (metric) => {
    expect(metric.title).toMatch(/^[A-Za-z].*\.$/);
    expect(metric.source).toMatch(/^https:\/\//);
    expect(metric.settings.safeParse({ no_such_setting: 1 }).success).toBe(false);
    const measures = metric.begin(metric.settings.parse({}), () => "here");
    expect(OUTPUT_TYPES.some((type) => measures[type] !== undefined)).toBe(true);
  });

  it.each(METRICS.filter((metric) => metric.aggregation === "proportion"))("$name gives 0, 1 or NaN", (metric) => {
    const measures = metric.begin(metric.settings.parse({}), () => "here");
    const picked = { choices: ["a", ""], logprobs: [-1, 0], unconditional: [0, 0], greedy: [true, false], right: [0] };
    const values = [
      measures.generate_until?.({ response: "a", references: ["b", "a"] }),
      measures.multiple_choice?.(picked),
      measures.multiple_choice?.({ ...picked, logprobs: [Number.NaN, Number.NaN] }),
      measures.loglikelihood?.({ logprob: -1, greedy: true }),
    ];
    for (const value of values.filter((each) => each !== undefined))
      expect(typeof value === "number" ? value : value.value).toSatisfy(isOutcome);
  });
});
