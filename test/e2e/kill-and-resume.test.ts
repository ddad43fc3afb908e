/** Runs killed at random moments, with SIGKILL: what they leave is whole, and going on gives what never stopping gives. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/philox.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { ROOT, runMerganser } from "./run-merganser.ts";

const ZOO = join(ROOT, "zoo");
const KILLS = 10;

describe("a search", () => {
  it("that is killed ten times ends as one that was never killed", { timeout: 240_000 }, async () => {
    const folder = createTemporaryFolder();
    const search = writeSmallSearch(folder);
    const startMs = performance.now();
    const whole = await runMerganser(["evolve", search, "--out", join(folder, "whole")]);
    expect(whole.exitCode, whole.stderr).toBe(0);
    const wholeMs = performance.now() - startMs;

    const out = join(folder, "killed");
    const random = createRandom({ seed: 11, counter: 0 });
    for (let kill = 0; kill < KILLS; kill++) {
      await runMerganser(evolveArgs(search, out), { killAfterMs: 100 + random.nextUniform() * 0.7 * wholeMs });
    }
    const last = await runMerganser(evolveArgs(search, out));
    expect(last.exitCode, last.stderr).toBe(0);
    expect(resultOf(out)).toEqual(resultOf(join(folder, "whole")));
    for (const file of ["best/recipe.yaml", "best/model/model.safetensors", "best/model/merganser.lock.json"]) {
      expect(hashOf(join(out, file)), file).toBe(hashOf(join(folder, "whole", file)));
    }
    expect(readdirSync(join(out, "best")).toSorted()).toEqual(["model", "recipe.yaml"]);
  });
});

describe("a merge", () => {
  it("that is killed leaves its output absent or complete", { timeout: 120_000 }, async () => {
    const folder = createTemporaryFolder();
    const recipe = writeSmallRecipe(folder);
    const startMs = performance.now();
    const whole = await runMerganser(["merge", recipe, join(folder, "whole")]);
    const wholeMs = performance.now() - startMs;
    expect(whole.exitCode, whole.stderr).toBe(0);
    const wanted = filesOf(join(folder, "whole"));

    const random = createRandom({ seed: 12, counter: 0 });
    for (let kill = 0; kill < KILLS; kill++) {
      const out = join(folder, `killed-${kill}`);
      await runMerganser(["merge", recipe, out], { killAfterMs: random.nextUniform() * 1.1 * wholeMs });
      if (existsSync(out)) expect(filesOf(out)).toEqual(wanted);
      const again = await runMerganser(["merge", recipe, out, ...(isResumable(out) ? ["--resume"] : ["--overwrite"])]);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(filesOf(out)).toEqual(wanted);
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("that is told to stop says so, and goes on later", { timeout: 120_000 }, async () => {
    const folder = createTemporaryFolder();
    const recipe = writeSmallRecipe(folder);
    const startMs = performance.now();
    await runMerganser(["merge", recipe, join(folder, "whole")]);
    const wholeMs = performance.now() - startMs;
    const wanted = filesOf(join(folder, "whole"));
    for (const share of [0.5, 0.7, 0.85]) {
      const out = join(folder, `stopped-${share}`);
      const stopped = await runMerganser(["merge", recipe, out], { killAfterMs: share * wholeMs, killWith: "SIGTERM" });
      // Before its first line the program has no say in what a signal does; after its last there is nothing to stop.
      expect([130, 0, null]).toContain(stopped.exitCode);
      if (stopped.exitCode === 130) expect(stopped.stderr).toContain("interrupted");
      const again = await runMerganser(["merge", recipe, out, ...(isResumable(out) ? ["--resume"] : ["--overwrite"])]);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(filesOf(out)).toEqual(wanted);
    }
  });
});

/** Two of the zoo's models over their base. */
function writeSmallRecipe(folder: string): string {
  const recipe = join(folder, "recipe.yaml");
  const models = ["math-en", "ja"].map((name) => `  - model: ${join(ZOO, "models", name)}\n`).join("");
  writeFileSync(
    recipe,
    `merge_method: ties\nbase_model: ${join(ZOO, "models", "base")}\nmodels:\n${models}` +
      "parameters: {weight: 1, density: 0.5}\ndtype: bfloat16\n",
  );
  return recipe;
}

/** The demo's search, on a handful of items. */
function writeSmallSearch(folder: string): string {
  for (const split of ["search", "holdout"]) {
    const lines = readFileSync(join(ZOO, "tasks", "gsm-ja", `${split}.jsonl`), "utf8").split("\n");
    writeFileSync(join(folder, `${split}.jsonl`), `${lines.slice(0, 12).join("\n")}\n`);
  }
  const task = readFileSync(join(ZOO, "tasks", "gsm-ja", "gsm-ja.yaml"), "utf8").replace(/train: train.jsonl,? ?/, "");
  writeFileSync(join(folder, "task.yaml"), task.replace(/^\s*train:.*\n/m, "").replace(/^training_split:.*\n/m, ""));
  const text = readFileSync(join(ZOO, "demo.yaml"), "utf8")
    .replaceAll(/models\/(base|math-en|ja|code)\b/g, `${ZOO}/models/$1`)
    .replace(/file: \S+gsm-ja.yaml/, "file: task.yaml")
    .replace(/evaluations: \d+/, "evaluations: 12")
    .replace(/population: \d+/, "population: 4");
  const search = join(folder, "search.yaml");
  writeFileSync(search, text);
  return search;
}

function evolveArgs(search: string, out: string): string[] {
  return ["evolve", search, "--out", out, ...(existsSync(join(out, "run.db")) ? ["--resume"] : [])];
}

/** Everything in result.json but the time it took. */
function resultOf(out: string): unknown {
  const { seconds: _, ...result } = JSON.parse(readFileSync(join(out, "result.json"), "utf8")) as Record<
    string,
    unknown
  >;
  return result;
}

function isResumable(out: string): boolean {
  const partial = join(out, "..", `.${out.split("/").at(-1)}.partial`);
  return existsSync(join(partial, ".journal.jsonl"));
}

function filesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((file) => [file, contentOf(join(folder, file))]),
  );
}

/** The model card's title is the folder's name. */
function contentOf(path: string): string {
  return path.endsWith("README.md") ? readFileSync(path, "utf8").replace(/^# .*$/m, "") : hashOf(path);
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
