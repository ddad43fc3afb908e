/** What is said of pairs that no merge can make sense of: something defined, never a crash. */

import { describe, expect, it } from "vitest";
import { measureHere } from "../../../test/select/measure-here.ts";
import { smallModel } from "../../../test/select/small-models.ts";
import { adviseOnPair } from "../learn/advice.ts";
import { inputFeatures } from "../learn/example.ts";
import { fitScaling, toVector } from "../learn/standardise.ts";
import { functionalFeatures, structuralFeatures } from "./pair-features.ts";
import { type ProbeSummary, summariseAttention, summariseTokens } from "./probe-summary.ts";

const NAME = "model.layers.0.mlp.up_proj.weight";
const model = (name: string, ...values: number[]) => smallModel(name, { [NAME]: { shape: [values.length], values } });
const base = model("base", 1, 1, 1, 1);
const usual = model("usual", 3, 1, 0, 1);

async function featuresOf(other: typeof base) {
  return structuralFeatures(await measureHere({ models: [usual, other], base }), 0, 1);
}

/** What a model that answers with these logits is remembered by. */
function summary(logits: readonly number[], states: readonly number[]): ProbeSummary {
  return {
    tokens: summariseTokens(Float32Array.from(logits), 1),
    activations: [[Float32Array.from(states)]],
    heads: 1,
    attentions: [[summariseAttention(Float32Array.from(states), 1)]],
  };
}

describe("of the weights", () => {
  it("identical models are of kinship 1, and nothing is to gain", async () => {
    const features = await featuresOf(model("copy", 3, 1, 0, 1));
    expect(features).toMatchObject({
      change_cosine: 1,
      change_ratio: 0,
      sign_agreement: 1,
      weight_distance: 0,
      "change_cosine:mlp": 1,
    });
    expect(adviseOnPair(features)).toMatchObject({ promise: 0, suggestion: "none" });
  });

  it.each([
    ["the base itself", base, "is the base"],
    ["a model of NaN", model("broken", Number.NaN, 1, 1, 1), "NaN in 1 tensors"],
    ["a model of infinities", model("endless", Number.POSITIVE_INFINITY, 1, 1, 1), "infinities"],
  ])("%s has no kinship with others, and nothing is advised", async (_, other, why) => {
    const features = await featuresOf(other);
    expect(features["change_cosine"]).toBeNaN();
    expect(features["change_ratio"]).toBeNaN();
    const { promise, suggestion, reasons } = adviseOnPair(features);
    expect([promise, suggestion]).toEqual([0, "none"]);
    expect(reasons).toEqual([expect.stringContaining(why)]);
  });

  it("a model with one tensor of NaN is not advised, however well the others fit", async () => {
    const sound = { "model.norm.weight": { shape: [2], values: [2, 1] } };
    const origin = smallModel("origin", { ...sound, [NAME]: { shape: [1], values: [1] } });
    const whole = smallModel("whole", {
      "model.norm.weight": { shape: [2], values: [1, 1] },
      [NAME]: { shape: [1], values: [2] },
    });
    const part = smallModel("part", {
      "model.norm.weight": { shape: [2], values: [2, 3] },
      [NAME]: { shape: [1], values: [Number.NaN] },
    });
    const features = structuralFeatures(await measureHere({ models: [whole, part], base: origin }), 0, 1);
    expect(features).toMatchObject({ change_cosine: 0, broken_tensors: 1 });
    expect(adviseOnPair(features)).toMatchObject({ promise: 0, suggestion: "none" });
  });

  it("a model of another shape is compared by what it shares", async () => {
    const norm = { "model.norm.weight": { shape: [2], values: [2, 1] } };
    const wide = smallModel("wide", { ...norm, [NAME]: { shape: [2, 2], values: [1, 2, 3, 4] } });
    const narrow = smallModel("narrow", { ...norm, [NAME]: { shape: [4], values: [3, 1, 1, 1] } });
    const origin = smallModel("origin", {
      "model.norm.weight": { shape: [2], values: [1, 1] },
      [NAME]: { shape: [4], values: [1, 1, 1, 1] },
    });
    const found = await measureHere({ models: [wide, narrow], base: origin });
    expect(structuralFeatures(found, 0, 1)).toMatchObject({ change_cosine: 1, "change_cosine:norm": 1 });
    expect(found.leftOut).toEqual([{ tensor: NAME, models: ["wide"], why: "another shape" }]);
  });
});

describe("of what they do", () => {
  it("identical models are alike in everything", () => {
    const features = functionalFeatures(summary([1, 2], [3]), summary([1, 2], [3]));
    expect(features).toMatchObject({ kl_ab_mean: 0, kl_ba_q90: 0, activation_mean: 1, attention_min: 1 });
  });

  it("a model that answers NaN has no figures, and counts as an average one", () => {
    const features = functionalFeatures(summary([1, 2], [3]), summary([Number.NaN, 2], [Number.NaN]));
    expect(features["kl_ab_mean"]).toBeNaN();
    expect(features["activation_mean"]).toBeNaN();
    expect(features["attention_mean"]).toBeNaN();
    const question = (values: typeof features) =>
      inputFeatures({ pair: ["a", "b"], task: "t", features: values, parents: [0.5, 0.25] });
    const good = functionalFeatures(summary([1, 2], [3]), summary([2, 1], [4]));
    const scaling = fitScaling([question(good), question({ ...good, kl_ab_mean: 2 })]);
    expect(scaling.names).toEqual(["kl_ab_mean"]);
    expect(toVector(scaling, question(features))).toEqual([0]);
  });
});
