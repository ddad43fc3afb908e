/** What the pages say must be there: links lead somewhere, and what has a registry has its row. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ARCHITECTURES } from "../../src/arch/index.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { FILTERS } from "../../src/evaluate/filters/index.ts";
import { ITEM_STEPS } from "../../src/evaluate/item-steps.ts";
import { METRICS } from "../../src/evaluate/metrics/index.ts";
import { TASK_KEYS } from "../../src/evaluate/task-keys.ts";
import { METHODS } from "../../src/methods/index.ts";
import { OPTIMISERS } from "../../src/optim/index.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).map((file) => join("docs", file));
const pages = ["README.md", "CHANGELOG.md", "zoo/README.md", "zoo/make/README.md", ...docs].filter((file) =>
  file.endsWith(".md"),
);
const read = (page: string): string => readFileSync(join(ROOT, page), "utf8");

describe.each(pages)("%s", (page) => {
  it("links only to what exists", () => {
    const targets = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    const missing = local.filter((target) => !existsSync(join(ROOT, dirname(page), target)));
    expect(missing, relative(ROOT, page)).toEqual([]);
  });
});

describe("docs/support.md", () => {
  const support = read("docs/support.md");
  const names = [
    ...Object.keys(METHODS),
    ...Object.keys(OPTIMISERS),
    ...COMMANDS.map(({ name }) => name),
    ...ARCHITECTURES.map(({ className }) => className),
  ];

  it.each(names)("has a row for %s", (name) => expect(support.includes(`| \`${name}\` |`)).toBe(true));
});

describe("docs/tasks.md", () => {
  const tasks = read("docs/tasks.md");
  const plugins = [...METRICS, ...FILTERS].map(({ name }) => name);
  const names = [...plugins, ...Object.keys(ITEM_STEPS), ...Object.keys(TASK_KEYS.shape)];

  it.each(names)("names %s", (name) =>
    expect(tasks.includes(`\`${name}\``) || tasks.includes(`.${name}\``)).toBe(true),
  );
});

it("the README lists every command", () => {
  const missing = COMMANDS.filter(({ name }) => !read("README.md").includes(`npx merganser ${name} `));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

it("decisions are numbered without gaps", () => {
  const numbers = readdirSync(join(ROOT, "docs", "decisions")).map((file) => Number(file.slice(0, 4)));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
});
