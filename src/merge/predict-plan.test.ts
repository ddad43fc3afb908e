import { describe, expect, it } from "vitest";
import { llamaHeaders, openHeaders } from "../../test/header-models.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { predictPlan } from "./predict-plan.ts";

const MIB = 2 ** 20;
/** Two embeddings of 32, two layers of 4 + 24, a norm of 4. */
const ELEMENTS = 2 * 32 + 2 * 28 + 4;

function predict(text: string, budget = { threads: 2, memoryBytes: 1024 * MIB }) {
  const openModel = openHeaders({
    a: llamaHeaders(),
    b: llamaHeaders({ dtype: "BF16" }),
    big: llamaHeaders({ rows: MIB }),
    huge: llamaHeaders({ rows: MIB }),
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

describe("memory", () => {
  const peak = (method: string, threads: number, memoryBytes: number) =>
    predict(`merge_method: ${method}\nbase_model: big\nparameters: {weight: 1, t: 0.5}\nmodels: [{model: huge}]\n`, {
      threads,
      memoryBytes,
    }).peakMemoryBytes;

  it("does not grow with the models where tensors stream", () => {
    expect(peak("linear", 1, 1024 * MIB)).toBeLessThan(140 * MIB);
    expect(peak("linear", 2, 1024 * MIB) - peak("linear", 1, 1024 * MIB)).toBeLessThan(40 * MIB);
  });

  it("holds the largest tensor of each thread whole where a method needs statistics, if it fits", () => {
    // Two embeddings of 16 MiB are held in each of two threads; what is written goes out in small pieces.
    const held = peak("slerp", 2, 1024 * MIB) - peak("linear", 2, 1024 * MIB);
    expect(held).toBeGreaterThan(60 * MIB);
    expect(held).toBeLessThan(64 * MIB);
    expect(peak("slerp", 2, 260 * MIB)).toBeLessThan(180 * MIB);
  });

  it("stays within the budget", () => expect(peak("slerp", 2, 220 * MIB)).toBeLessThanOrEqual(220 * MIB));

  it("is refused where threads could not work in it", () => {
    expect(() => peak("linear", 2, 130 * MIB)).toThrowError(
      expect.objectContaining({ code: "merge/memory_too_small" }),
    );
  });
});

it("counts another reading of what does not fit for each pass", () => {
  const text = "merge_method: slerp\nbase_model: big\nparameters: {t: 0.5}\nmodels: [{model: huge}]\n";
  const fitting = predict(text).bytesRead;
  const streamed = predict(text, { threads: 2, memoryBytes: 260 * MIB }).bytesRead;
  // The embedding and the head of both models, 16 MiB each.
  expect(streamed - fitting).toBe(64 * MIB);
});
