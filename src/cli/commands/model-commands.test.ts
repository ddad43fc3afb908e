/** inspect, diff and replay, on the zoo. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand as run } from "../../../test/run-command.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { LOCK_FILE } from "../../merge/lineage.ts";

const MODELS = join(import.meta.dirname, "../../../zoo/models");
const [BASE, JA, MATH] = ["base", "ja", "math-en"].map((name) => join(MODELS, name)) as [string, string, string];

describe("inspect", () => {
  it("tells architecture, parameters, hashes and statistics", async () => {
    const { exitCode, printed: text } = await run(["inspect", BASE]);
    expect(exitCode).toBe(0);
    expect(text).toContain("LlamaForCausalLM");
    expect(text).toMatch(/lm_head\.weight +BF16 +690×128/);
    const told = JSON.parse((await run(["inspect", BASE, "--json"])).printed);
    expect(told).toMatchObject({ model_type: "llama", dtypes: [{ dtype: "BF16", tensors: told.tensors.length }] });
    expect(told.tensors[0]).toMatchObject({ shape: [690, 128], not_finite: 0, hash: expect.any(String) });
    expect(told.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("reads no weights with --headers", async () => {
    const { tensors, hash } = JSON.parse((await run(["inspect", BASE, "--headers", "--json"])).printed);
    expect(hash).toBeNull();
    expect(tensors[0]).toEqual({ name: "lm_head.weight", dtype: "BF16", shape: [690, 128] });
  });

  it("says which model is not there", async () => {
    expect(await run(["inspect", join(BASE, "none")])).toMatchObject({
      exitCode: 2,
      noted: expect.stringContaining("none"),
    });
  });
});

describe("diff", () => {
  it("finds no change between a model and itself", async () => {
    const { all, tensors } = JSON.parse((await run(["diff", BASE, BASE, "--json"])).printed);
    expect(all).toMatchObject({ norm: 0, relative: 0, changed: 0 });
    expect(tensors[0]).toMatchObject({ effective_rank: 0, largest: 0 });
  });

  it("shows layers and components, and draws them", async () => {
    const svg = join(createTemporaryFolder(), "diff.svg");
    const { printed: text } = await run(["diff", JA, MATH, "--base", BASE, "--svg", svg]);
    expect(text).toMatch(/0 +attention +\d/);
    expect(text).toContain("cosine");
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg[\s\S]*mlp[\s\S]*<\/svg>\n$/);
    const { all } = JSON.parse((await run(["diff", JA, MATH, "--base", BASE, "--json"])).printed);
    expect(Math.abs(all.cosine)).toBeLessThan(1);
    expect(all.norm ** 2).toBeCloseTo(all.norm_a ** 2 + all.norm_b ** 2 - 2 * all.cosine * all.norm_a * all.norm_b, 2);
  });
});

describe("replay", () => {
  it("repeats a merge and says whether the bytes are the same", { timeout: 60_000 }, async () => {
    const folder = createTemporaryFolder();
    const recipe = join(folder, "recipe.yaml");
    writeFileSync(
      recipe,
      `merge_method: dare_ties\nbase_model: ${BASE}\nmodels:\n  - model: ${JA}\n  - model: ${MATH}\n` +
        "parameters: {weight: 0.5, density: 0.4}\ndtype: bfloat16\n",
    );
    const [merged, again] = [join(folder, "merged"), join(folder, "again")];
    expect((await run(["merge", recipe, merged, "--seed", "3"])).exitCode).toBe(0);
    const same = await run(["replay", merged, again]);
    expect(same).toMatchObject({ exitCode: 0, printed: expect.stringContaining("the same bytes") });
    expect(readFileSync(join(again, "model.safetensors"))).toEqual(readFileSync(join(merged, "model.safetensors")));

    const lockFile = join(merged, LOCK_FILE);
    const lock = JSON.parse(readFileSync(lockFile, "utf8"));
    writeFileSync(lockFile, JSON.stringify({ ...lock, seed: 4 }));
    const other = await run(["replay", lockFile, again, "--overwrite", "--json"]);
    expect(other.exitCode).toBe(1);
    expect(JSON.parse(other.printed)).toMatchObject({
      same: false,
      differences: [expect.stringContaining("other bytes")],
    });
  });

  it("repeats a merge whose lock names contents by the hash of an earlier version", { timeout: 60_000 }, async () => {
    const folder = createTemporaryFolder();
    const [recipe, lockFile] = [join(folder, "mergekit_config.yml"), join(folder, LOCK_FILE)];
    const text = `merge_method: linear\nmodels: [{model: ${JA}}, {model: ${MATH}}]\nparameters: {weight: 0.5}\ndtype: bfloat16\n`;
    writeFileSync(recipe, text);
    const lock = {
      format: 1,
      recipe_sha256: createHash("sha256").update(text).digest("hex"),
      method: "linear",
      seed: 0,
      parents: [
        "5b0d1774932b124b6baf8413371dbfc262bd1ad9996f8aec5743d8fdeadb8ccd",
        "d76f526f1e15f759a0c79847f7d1f1f84bb37af2ed25053fdddd3847ac9d73b2",
      ].map((content) => ({ name: "", identity: "", content, lineage: null })),
      content: "71c21d58999414e4420a5ab7ef4d162e6ad0c42b5d27137e9e94c0bb48ca9b8e",
    };
    writeFileSync(lockFile, JSON.stringify(lock));
    const same = await run(["replay", folder, join(folder, "again")]);
    expect(same).toMatchObject({ exitCode: 0, printed: expect.stringContaining("the same bytes") });
    expect(JSON.parse(readFileSync(join(folder, "again", LOCK_FILE), "utf8"))).toMatchObject({ format: 1 });
  });
});
