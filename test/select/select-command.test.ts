/** `select` and `breed` on the zoo's own models, with a handful of items: what the commands do around the tested parts. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { fitSelector } from "../../src/select/learn/selector.ts";
import { runCommand } from "../run-command.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";

const ZOO = resolve(import.meta.dirname, "../../zoo");

const POOL = `base_model: ${ZOO}/models/base
models: [${ZOO}/models/math-en, ${ZOO}/models/ja, ${ZOO}/models/code]
dtype: bfloat16
tasks: [{ file: code.yaml, metric: exact_match, limit: 4 }]
`;

/** A few items of the zoo's code task, since its whole holdout set takes a while. */
function writeTask(folder: string): void {
  const source = join(ZOO, "tasks", "code");
  for (const name of readdirSync(source)) {
    const text = readFileSync(join(source, name), "utf8");
    const isData = name.endsWith(".jsonl");
    writeFileSync(join(folder, name), isData ? `${text.split("\n").slice(0, 4).join("\n")}\n` : text);
  }
}

function writeFile(name: string, text: string): { readonly file: string; readonly out: string } {
  const folder = createTemporaryFolder();
  const file = join(folder, name);
  writeFileSync(file, text);
  writeTask(folder);
  return { file, out: join(folder, "out") };
}

const SELECT = `${POOL}operators:
  - { name: ties, merge_method: ties, parameters: { weight: 1.0, density: 0.5 } }
  - { name: linear, merge_method: linear, base: none, parameters: { weight: 0.5 } }
probes: { per_task: 2, max_tokens: 16 }
budget: { merges: 2 }
`;

describe("merganser select", () => {
  it("advises by rule while nothing was learned, runs each model twice over the probes, and not again after a restart", async () => {
    const { file, out } = writeFile("s.yaml", SELECT);
    const first = await runCommand(["select", "rank", file, "--out", out, "--json"]);
    expect(first.exitCode, first.noted).toBe(0);
    expect(JSON.parse(first.printed)).toMatchObject({ learned: false, task: "code", probe_passes: 3 * 2 });
    const probes = readdirSync(join(out, "probes"));
    expect(probes).toHaveLength(3);
    const before = probes.map((name) => readFileSync(join(out, "probes", name)));
    const again = await runCommand(["select", "rank", file, "--out", out, "--json"]);
    expect(JSON.parse(again.printed)).toMatchObject({ probe_passes: 0 });
    const text = await runCommand(["select", "rank", file, "--out", out]);
    expect(text.printed).toContain("nothing was learned yet");
    expect(text.printed).toContain("ja × code");
    expect(readdirSync(join(out, "probes")).map((name) => readFileSync(join(out, "probes", name)))).toEqual(before);
  });

  it("makes the next merge, and knows it afterwards", async () => {
    const { file, out } = writeFile("s.yaml", SELECT);
    const { printed } = await runCommand(["select", "step", file, "--out", out, "--steps", "2", "--json"]);
    const { steps } = JSON.parse(printed) as { steps: { pair: string[]; operator: string; merges: number }[] };
    expect(steps.map(({ merges }) => merges)).toEqual([0, 1]);
    expect(new Set(steps.map(({ pair, operator }) => `${pair} ${operator}`)).size).toBe(2);
    const next = await runCommand(["select", "step", file, "--out", out, "--json"]);
    expect(JSON.parse(next.printed).steps[0].merges).toBe(2);
    const fit = await runCommand(["select", "fit", file, "--out", out]);
    expect([fit.exitCode, fit.noted]).toEqual([2, expect.stringContaining("select/too_few_merges")]);
  });

  it("refuses scores of items that have changed since", async () => {
    const { file, out } = writeFile("s.yaml", SELECT);
    expect((await runCommand(["select", "rank", file, "--out", out])).exitCode).toBe(0);
    const items = join(dirname(file), "search.jsonl");
    writeFileSync(items, readFileSync(items, "utf8").split("\n").toReversed().join("\n").trimStart());
    const { exitCode, noted } = await runCommand(["select", "rank", file, "--out", out]);
    expect([exitCode, noted]).toEqual([2, expect.stringMatching(/select\/settings_changed/)]);
  });

  it("refuses tasks and actions that there are not, and plans from nothing", async () => {
    const { file, out } = writeFile("s.yaml", SELECT);
    const task = await runCommand(["select", "rank", file, "--out", out, "--task", "cooking"]);
    expect([task.exitCode, task.noted]).toEqual([2, expect.stringContaining("select/unknown_task")]);
    const action = await runCommand(["select", "guess", file, "--out", out]);
    expect([action.exitCode, action.noted]).toEqual([2, expect.stringContaining("fit, rank, plan, step")]);
    const model = await runCommand(["select", "plan", file, "--out", out, "--with", "ja,cook"]);
    expect([model.exitCode, model.noted]).toEqual([2, expect.stringContaining("select/unknown_model")]);
    const plan = await runCommand(["select", "plan", file, "--out", out]);
    expect([plan.exitCode, plan.noted]).toEqual([2, expect.stringContaining("select fit")]);
  });
});

const BREED = `${POOL.replace(`, ${ZOO}/models/code]`, "]")}strategy: kinship
operator: { merge_method: slerp, base: first, parameters: { t: 0.5 } }
budget: { merges: 1 }
`;

/** What would have been learned if TIES were always the better operator. */
function writeSelector(out: string): void {
  const examples = ["ties", "linear"].flatMap((operator, i) =>
    [0, 1, 2, 3].map((k) => ({
      pair: ["math-en", `other-${k}`] as const,
      ...{ task: "code", operator, parents: [0.5, 0.5] as const },
      ...{ features: { change_cosine: k / 4 }, score: 0.4 - 0.1 * i + 0.02 * k },
    })),
  );
  mkdirSync(out);
  writeFileSync(join(out, "selector.json"), JSON.stringify(fitSelector("ridge(3)", examples)));
}

/** A copy of a model whose last weights are NaN. */
function writeBroken(folder: string): void {
  cpSync(join(ZOO, "models", "ja"), folder, { recursive: true });
  const path = join(folder, "model.safetensors");
  const bytes = readFileSync(path);
  bytes.fill(0xff, bytes.length - 64);
  writeFileSync(path, bytes);
}

describe("merganser select plan", () => {
  it("leaves out a model that cannot be scored, unless it must be used", async () => {
    const { file, out } = writeFile("s.yaml", SELECT.replace(`${ZOO}/models/code]`, "broken]"));
    writeSelector(out);
    writeBroken(join(dirname(file), "broken"));
    const rank = await runCommand(["select", "rank", file, "--out", out, "--json"]);
    expect(rank.exitCode, rank.noted).toBe(0);
    expect(rank.noted).toMatch(/left out: broken: .*not numbers/);
    expect(JSON.parse(rank.printed).merges.map(({ pair }: { pair: string[] }) => pair.join(" "))).toEqual([
      "math-en ja",
      "math-en ja",
    ]);
    const plan = await runCommand(["select", "plan", file, "--out", out, "--with", "ja,broken"]);
    expect([plan.exitCode, plan.noted]).toEqual([2, expect.stringContaining("select/unscored_models")]);
    expect(plan.noted).toContain("without a score of broken: ");
  });

  it("plans a merge of all given models, makes it, and scores it beside the plain mean", async () => {
    const { file, out } = writeFile("s.yaml", SELECT);
    writeSelector(out);
    const flags = ["--out", out, "--with", "math-en, ja", "--evaluate", "--json"];
    const { exitCode, printed, noted } = await runCommand(["select", "plan", file, ...flags]);
    expect(exitCode, noted).toBe(0);
    const { plans, why, holdout, uniform_holdout } = JSON.parse(printed);
    expect(why).toEqual([[expect.objectContaining({ feature: "change_cosine" })]]);
    const { first, steps } = plans[0];
    expect([first, ...steps.map(({ model }: { model: string }) => model)].toSorted()).toEqual(["ja", "math-en"]);
    expect(steps[0].operator).toBe("ties");
    expect([holdout, uniform_holdout].every((score) => score >= 0 && score <= 1)).toBe(true);
  });
});

describe("merganser breed", () => {
  it("merges, scores the best on holdout items, draws the lineage, and goes on only if asked", async () => {
    const { file, out } = writeFile("b.yaml", BREED);
    const { exitCode, printed, noted } = await runCommand(["breed", file, "--out", out, "--json", "--keep", "best"]);
    expect(exitCode, noted).toBe(0);
    const result = JSON.parse(printed);
    expect(result.models.map(({ name }: { name: string }) => name)).toEqual(["math-en", "ja", "1-1"]);
    expect(result.models[2]).toMatchObject({ role: "pair", kinship: expect.closeTo(0.008, 3) });
    expect(result.best.holdout.code.n).toBe(4);
    expect(existsSync(join(out, "lineage.svg"))).toBe(true);
    expect(existsSync(join(out, "models", "1-1"))).toBe(result.best.name === "1-1");
    const again = await runCommand(["breed", file, "--out", out]);
    expect([again.exitCode, again.noted]).toEqual([2, expect.stringContaining("cli/run_exists")]);
  });

  it("refuses methods and metrics that there are not", async () => {
    const method = writeFile("b.yaml", BREED.replace("slerp", "slurp"));
    expect((await runCommand(["breed", method.file, "--out", method.out])).noted).toContain('no method "slurp"');
    const metric = writeFile("b.yaml", BREED.replace("exact_match", "beauty"));
    expect((await runCommand(["breed", metric.file, "--out", metric.out])).noted).toContain('no metric "beauty"');
  });
});
