import { expect, it } from "vitest";
import { llamaHeaders, openHeaders } from "../../test/header-models.ts";
import { planRecipe } from "./plan-recipe.ts";
import { predictPlan } from "./predict-plan.ts";

const MIB = 2 ** 20;
/** Two embeddings of 32, two layers of 4 + 24, a norm of 4. */
const ELEMENTS = 2 * 32 + 2 * 28 + 4;

function predict(text: string, budget = { threads: 2, memoryBytes: 1024 * MIB }) {
  const openModel = openHeaders({
    a: llamaHeaders(),
    b: llamaHeaders({ dtype: "BF16" }),
    big: llamaHeaders({ rows: MIB }),
  });
  return predictPlan(planRecipe(text, "", { openModel, unsafeTruncateEmbeddings: true }).plan!, budget);
}

it("counts each input in its own type, and the output in its own", () => {
  const { bytesRead, bytesWritten } = predict(
    "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a}, {model: b}]\nout_dtype: float16\n",
  );
  expect(bytesRead).toBe(ELEMENTS * (4 + 2));
  expect(bytesWritten).toBe(ELEMENTS * 2);
});

it("counts the base, which is read too", () => {
  const { bytesRead } = predict(
    "merge_method: task_arithmetic\nparameters: {weight: 1}\nbase_model: b\nmodels: [{model: a}]\n",
  );
  expect(bytesRead).toBe(ELEMENTS * (4 + 2));
});

it("counts of embeddings only the rows that stay", () => {
  const { bytesRead } = predict("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a}, {model: big}]\n");
  expect(bytesRead).toBe(ELEMENTS * (4 + 4));
});

it("expects the memory that the largest tensors need at once, within the budget", () => {
  const text = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: big}]\n";
  const one = predict(text, { threads: 1, memoryBytes: 4096 * MIB }).peakMemoryBytes;
  const two = predict(text, { threads: 2, memoryBytes: 4096 * MIB }).peakMemoryBytes;
  // An embedding of 16 MiB is held as it is read and as it is written.
  expect(two - one).toBeGreaterThanOrEqual(32 * MIB);
  expect(predict(text, { threads: 2, memoryBytes: 200 * MIB }).peakMemoryBytes).toBe(200 * MIB);
});
