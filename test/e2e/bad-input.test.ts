/** What users get wrong, on the command line: each has its code, its exit code, and leaves nothing behind. */

import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../write-checkpoint.ts";
import { ROOT, runMerganser } from "./run-merganser.ts";

const ZOO = join(ROOT, "zoo");
const BASE = join(ZOO, "models", "base");
const JA = join(ZOO, "models", "ja");

interface RecipeCase {
  readonly title: string;
  readonly code: string;
  readonly recipe: (folder: string) => string;
}

const RECIPES: readonly RecipeCase[] = [
  {
    title: "a missing model",
    code: "model/not_found",
    recipe: () => "merge_method: linear\nmodels:\n  - model: ./nowhere\n    parameters: {weight: 1}\n",
  },
  {
    title: "a truncated shard",
    code: "format/past_end",
    recipe(folder) {
      const broken = join(folder, "broken");
      cpSync(JA, broken, { recursive: true });
      truncateSync(join(broken, "model.safetensors"), 2_000_000);
      return `merge_method: linear\nmodels:\n  - model: ${broken}\n    parameters: {weight: 1}\n`;
    },
  },
  {
    title: "shapes that differ",
    code: "recipe/shape_mismatch",
    recipe(folder) {
      for (const [name, width] of [
        ["narrow", 4],
        ["wide", 6],
      ] as const) {
        const values = Array.from({ length: 2 * width }, () => 1);
        const tensor = floatTensor("model.layers.0.mlp.up_proj.weight", [2, width], values);
        writeCheckpoint(join(folder, name), { architectures: ["LlamaForCausalLM"], num_hidden_layers: 1 }, [tensor]);
      }
      return (
        "merge_method: linear\nmodels:\n" +
        ["narrow", "wide"].map((name) => `  - model: ${join(folder, name)}\n    parameters: {weight: 1}\n`).join("")
      );
    },
  },
  {
    title: "a misspelt required parameter",
    code: "recipe/missing_parameter",
    recipe: () => `merge_method: linear\nmodels:\n  - model: ${JA}\n    parameters: {wieght: 1}\n`,
  },
  {
    title: "a method without its base model",
    code: "recipe/base_missing",
    recipe: () => `merge_method: ties\nmodels:\n  - model: ${JA}\n    parameters: {weight: 1}\n`,
  },
  {
    title: "an unknown dtype",
    code: "recipe/unknown_dtype",
    recipe: () => `merge_method: linear\nmodels:\n  - model: ${JA}\n    parameters: {weight: 1}\ndtype: bf16\n`,
  },
];

describe("bad recipes", () => {
  it.each(RECIPES)("$title gives $code with its place, exit 2, and no output", async ({ code, recipe }) => {
    const folder = createTemporaryFolder();
    const file = join(folder, "recipe.yaml");
    writeFileSync(file, recipe(folder));
    const before = readdirSync(folder);
    const out = join(folder, "out");

    const planned = await runMerganser(["plan", file, "--json"]);
    expect(planned.exitCode, planned.stderr).toBe(2);
    const { problems } = JSON.parse(planned.stdout) as {
      problems: { code: string; line: number; column: number; fix: string }[];
    };
    const problem = problems.find((one) => one.code === code);
    expect(problem, planned.stdout).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    expect(problem!.fix).not.toBe("");

    const merged = await runMerganser(["merge", file, out]);
    expect(merged.exitCode).toBe(2);
    expect(merged.stderr).toContain(`[${code}]`);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("names the near miss of a misspelt key", async () => {
    const file = join(createTemporaryFolder(), "recipe.yaml");
    writeFileSync(file, `merge_metod: linear\nmodels:\n  - model: ${JA}\n    parameters: {weight: 1}\n`);
    const { exitCode, stdout } = await runMerganser(["plan", file]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain("merge_method");
    expect(stdout).toMatch(/recipe\.yaml:1:1/);
  });

  it("refuses an output that exists, and keeps it", async () => {
    const folder = createTemporaryFolder();
    const out = join(folder, "out");
    mkdirSync(out);
    writeFileSync(join(out, "precious.txt"), "kept");
    const file = join(folder, "recipe.yaml");
    writeFileSync(file, `merge_method: passthrough\nmodels:\n  - model: ${JA}\n`);
    const { exitCode, stderr } = await runMerganser(["merge", file, out]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("[merge/output_exists]");
    expect(readFileSync(join(out, "precious.txt"), "utf8")).toBe("kept");
  });
});

describe("bad tasks and searches", () => {
  it("a task file with no items is refused", async () => {
    const folder = createTemporaryFolder();
    writeFileSync(join(folder, "empty.jsonl"), "");
    writeFileSync(
      join(folder, "task.yaml"),
      "task: empty\ndataset_path: json\ndataset_kwargs: {data_files: {test: empty.jsonl}}\ntest_split: test\n" +
        "output_type: generate_until\ndoc_to_text: '{{prompt}}'\ndoc_to_target: '{{answer}}'\n" +
        "metric_list: [{metric: exact_match}]\n",
    );
    const { exitCode, stderr } = await runMerganser(["eval", BASE, "--task", join(folder, "task.yaml")]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("[evaluate/no_items]");
  });

  it("a search with an empty range is refused, and no run is begun", async () => {
    const folder = createTemporaryFolder();
    const file = join(folder, "search.yaml");
    const text = readFileSync(join(ZOO, "demo.yaml"), "utf8")
      .replaceAll(/(models|tasks)\//g, `${ZOO}/$1/`)
      .replace(/low: \S+, high: \S+, start: \S+/, "low: 1.5, high: 0.5");
    writeFileSync(file, text);
    const { exitCode, stderr } = await runMerganser(["evolve", file, "--out", join(folder, "run")]);
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain("[search/empty_range]");
    expect(readdirSync(folder)).toEqual(["search.yaml"]);
  });

  it("an unknown command gets a suggestion", async () => {
    const { exitCode, stderr } = await runMerganser(["merg"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("merge");
  });
});
