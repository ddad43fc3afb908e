import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand as run } from "../../../test/run-command.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../../../test/write-checkpoint.ts";

const NAME = "model.layers.0.mlp.up_proj.weight";

function writeModels(): Record<"base" | "a" | "b" | "broken", string> {
  const folder = createTemporaryFolder();
  const write = (name: string, ...values: number[]): string => {
    const path = join(folder, name);
    writeCheckpoint(path, { model_type: "llama" }, [floatTensor(NAME, [values.length], values)]);
    return path;
  };
  return {
    base: write("base", 1, 1),
    a: write("a", 2, 1),
    b: write("b", 1, 3),
    broken: write("broken", Number.NaN, 1),
  };
}

describe("merganser kinship", () => {
  it("prints a matrix as JSON, with null where nothing can be said, and draws it", async () => {
    const { base, a, b, broken } = writeModels();
    const svg = join(base, "k.svg");
    const { exitCode, printed } = await run(["kinship", a, b, broken, "--base", base, "--json", "--svg", svg]);
    expect(exitCode).toBe(0);
    const found = JSON.parse(printed);
    expect(found.models).toEqual([a, b, broken]);
    expect(found.matrix).toEqual([
      [1, 0, null],
      [0, 1, null],
      [null, null, 1],
    ]);
    expect(found.not_finite).toEqual([{ model: broken, tensors: [NAME] }]);
    expect(found.unrelated).toEqual([[a, b]]);
    expect(found.layers["0"]).toEqual(found.matrix);
    expect(existsSync(svg) && readFileSync(svg, "utf8")).toMatch(/^<svg /);
  });

  it("prints a table, in the metric that is asked for", async () => {
    const { base, a, b } = writeModels();
    const { printed } = await run(["kinship", a, b, "--base", base, "--metric", "euclidean"]);
    expect(printed).toContain("euclidean of the changes");
    expect(printed).toContain("2.236");
    expect(printed).toContain("unrelated: ");
  });

  it("drops the sign if asked, and compares with the mean where no base is given", async () => {
    const { a, b } = writeModels();
    const signed = await run(["kinship", a, b]);
    expect(signed.printed).toContain("-1.000");
    expect(signed.printed).toContain("give --base");
    expect((await run(["kinship", a, b, "--abs"])).printed).not.toContain("-1.000");
  });

  it("compares tensor by tensor, and changes of eight bits, if asked", async () => {
    const { base, a, b } = writeModels();
    const split = await run(["kinship", a, b, "--base", base, "--metric", "euclidean", "--split"]);
    expect(split.printed).toContain("euclidean of the changes from");
    expect(split.printed).toContain(", tensor by tensor");
    const { printed } = await run(["kinship", a, b, "--base", base, "--split", "--eight-bit", "--json"]);
    const found = JSON.parse(printed);
    expect(found.split).toBe(true);
    expect(found.matrix).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it("says what is broken, the same as the base, and of another shape", async () => {
    const { base, a, broken } = writeModels();
    const other = join(base, "other");
    writeCheckpoint(other, { model_type: "llama" }, [
      floatTensor(NAME, [1, 2], [2, 1]),
      floatTensor("lm_head.weight", [1], [1]),
    ]);
    const { printed } = await run(["kinship", a, broken, base, other, "--base", base]);
    expect(printed).toContain(`${broken}: infinities or NaN in ${NAME}; left out`);
    expect(printed).toContain(`the same weights as ${base}: ${base}`);
    expect(printed).toContain("not in all models with one shape: 2;");
  });

  it("draws and prints a pool of one", async () => {
    const { base, a } = writeModels();
    const svg = join(base, "one.svg");
    const { exitCode, printed } = await run(["kinship", a, "--base", base, "--json", "--svg", svg]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ matrix: [[1]], mean: null, near_duplicates: [] });
    expect((await run(["kinship", a])).printed).toContain("a single model is its own mean");
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg /);
  });

  it("ends when it is interrupted, and says so", async () => {
    const { base, a, b } = writeModels();
    const { exitCode, noted } = await run(["kinship", a, b, "--base", base], AbortSignal.abort());
    expect([exitCode, noted]).toEqual([130, expect.stringContaining("cli/stopped")]);
  });

  it("refuses a metric that there is not, and a model that there is not", async () => {
    const { base, a } = writeModels();
    const metric = await run(["kinship", a, "--base", base, "--metric", "manhattan"]);
    expect([metric.exitCode, metric.noted]).toEqual([2, expect.stringContaining("cosine, pearson, euclidean")]);
    const missing = await run(["kinship", join(base, "nothing"), "--base", base]);
    expect([missing.exitCode, missing.noted]).toEqual([2, expect.stringContaining("model/not_found")]);
  });
});
