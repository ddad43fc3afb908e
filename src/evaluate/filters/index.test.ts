import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FILTERS } from "./index.ts";
import { majorityVote } from "./majority-vote.ts";
import { multiChoiceRegex } from "./multi-choice-regex.ts";
import { takeFirst } from "./take-first.ts";

const item = {
  split: "test",
  index: 0,
  where: "d:1",
  fields: { choices: ["red", "dark red", "Blue."] },
  absent: new Set<string>(),
};

const NOT_FILTERS = ["filter", "index"];

describe("FILTERS", () => {
  it("holds every filter file of this folder, in alphabetical order, under its own name", () => {
    const files = readdirSync(import.meta.dirname)
      .flatMap((file) => /^([a-z0-9-]+)\.ts$/.exec(file)?.[1] ?? [])
      .filter((stem) => !NOT_FILTERS.includes(stem))
      .map((stem) => stem.replaceAll("-", "_"))
      .toSorted();
    expect(FILTERS.map((filter) => filter.name)).toEqual(files);
  });

  it.each(FILTERS)("$name says what it does, and refuses settings it does not have", ({ title, settings }) => {
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(settings.safeParse({ no_such_setting: 1 }).success).toBe(false);
  });

  it.each(FILTERS.filter((filter) => filter.settings.safeParse({}).success))(
    "$name keeps at least one response of several",
    (filter) => {
      const run = filter.begin(filter.settings.parse({}), () => "here");
      expect(run(["b", "a", "b"], item).length).toBeGreaterThan(0);
    },
  );
});

describe("majority_vote", () => {
  const run = majorityVote.begin({}, () => "here");

  it("keeps the response that occurs most often", () => {
    expect(run(["a", "b", "b"], item)).toEqual(["b"]);
  });

  it("keeps the earliest of equals", () => {
    expect(run(["c", "b", "a", "b", "c"], item)).toEqual(["c"]);
  });
});

describe("take_first", () => {
  it("keeps the first response", () => {
    expect(takeFirst.begin({}, () => "here")(["a", "b"], item)).toEqual(["a"]);
  });
});

describe("multi_choice_regex", () => {
  const settings = { regex_pattern: "\\(([A-Z])\\)", ignore_case: true, ignore_punctuation: true };
  const run = multiChoiceRegex.begin(multiChoiceRegex.settings.parse(settings), () => "here");

  it.each([
    ["it is (C)", "C"],
    ["It is dark red, I think", "(B)"],
    ["BLUE", "(C)"],
    ["Answer: B", "(B)"],
    ["none", "[invalid]"],
  ])("takes %s as %s", (response, found) => expect(run([response], item)).toEqual([found]));

  it("wants choices in the item: evaluate/missing_field", () => {
    const bare = { ...item, fields: { q: 1 } };
    expect(() => run(["x"], bare)).toThrow(expect.objectContaining({ code: "evaluate/missing_field" }));
  });
});
