/** Models that cannot be read, shown where the recipe names them. */

import { rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { reopenModel, resolveModel } from "../model/open-model.ts";
import { planRecipe } from "./plan-recipe.ts";

const LINEAR = "merge_method: linear\nparameters: {weight: 1}\n";

describe("models on disk", () => {
  const tensors = [floatTensor("model.norm.weight", [4], [1, 2, 3, 4])];

  const weightsOf = (folder: string) => statSync(join(folder, "model.safetensors"));

  function planOnDisk(prepare: (folder: string) => void) {
    const cwd = createTemporaryFolder();
    writeCheckpoint(join(cwd, "a"), { architectures: ["LlamaForCausalLM"] }, tensors);
    prepare(join(cwd, "a"));
    const openModel = (reference: string) => {
      const source = resolveModel(reference, { cwd });
      return { model: reopenModel(source, reference), source };
    };
    return planRecipe(`${LINEAR}models:\n  - model: a\n`, "test.yaml", { openModel }).problems;
  }

  it("are planned when they are whole", () => expect(planOnDisk(() => {})).toEqual([]));

  it.each([
    ["model/not_found", (folder: string) => rmSync(folder, { recursive: true })],
    [
      "model/missing_file",
      (folder: string) =>
        writeFileSync(join(folder, "model.safetensors.index.json"), '{"weight_map":{"a":"gone.safetensors"}}'),
    ],
    ["model/no_weights", (folder: string) => rmSync(join(folder, "model.safetensors"))],
    [
      "format/past_end",
      (folder: string) => truncateSync(join(folder, "model.safetensors"), weightsOf(folder).size - 4),
    ],
    ["format/truncated", (folder: string) => truncateSync(join(folder, "model.safetensors"), 20)],
  ])("show %s at the model's name", (code, prepare) => {
    const problems = planOnDisk(prepare);
    expect(problems).toMatchObject([{ code, path: "models.0.model", line: 4, column: 12 }]);
    expect(problems[0]!.fix).not.toBe("");
  });
});
