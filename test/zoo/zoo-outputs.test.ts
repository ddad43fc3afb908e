/** The engine writes what transformers wrote for the zoo's parents (float32, greedy; test/golden/data/zoo). */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/engine.ts";
import { evaluateTask } from "../../src/evaluate/evaluate-task.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import { openModel } from "../../src/model/open-model.ts";
import { wasmKernels } from "../contracts/kernel-twins.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const GOLDEN = join(ROOT, "test", "golden", "data", "zoo", "outputs.json");
/** Of the 500 holdout items of each task; all of them take minutes and were compared by hand. */
const ITEMS = 40;
const LEAST_EQUAL = 0.99;

const { models } = JSON.parse(readFileSync(GOLDEN, "utf8")) as {
  readonly models: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};

describe.each(Object.entries(models))("%s", (name, outputs) => {
  it("continues the holdout prompts of every task as transformers does", { timeout: 120_000 }, async () => {
    using model = openModel(join(ROOT, "zoo", "models", name));
    await using engine = await openEngine(model, { kernels: wasmKernels(), threads: 1 });
    for (const [taskName, texts] of Object.entries(outputs)) {
      const task = loadTask(join(ROOT, "zoo", "tasks", taskName, `${taskName}.yaml`), {
        readText: (path) => readFileSync(path, "utf8"),
      });
      const items = selectItems(task, { split: "holdout", limit: ITEMS });
      const { items: results } = await evaluateTask(task, items, engine);
      const equal = results.filter(({ answer }, i) => answer.kind === "generate_until" && answer.response === texts[i]);
      expect(equal.length / ITEMS, `${taskName}: share of equal texts`).toBeGreaterThanOrEqual(LEAST_EQUAL);
    }
  });
});
