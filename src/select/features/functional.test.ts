import { describe, expect, it } from "vitest";
import { divergences } from "./divergence.ts";
import { functionalFeatures, swapFeatures } from "./pair-features.ts";
import { joinTokens, type ProbeSummary, sketch, summariseTokens, type TokenSummary } from "./probe-summary.ts";
import { decodeSummary, encodeSummary } from "./summary-bytes.ts";

/** Logits of given probabilities, shifted, as a model might have them. */
const logits = (...rows: number[][]): TokenSummary =>
  summariseTokens(Float32Array.from(rows.flatMap((row) => row.map((p) => Math.log(p) + 7))), rows.length);

/** A summary of so many tokens of those distributions only. */
const cut = (whole: TokenSummary, kept: number): TokenSummary => {
  const positions = whole.ids.length / whole.kept;
  const order = Array.from({ length: positions }, (_, t) =>
    [...Array(whole.kept).keys()]
      .map((k) => t * whole.kept + k)
      .sort((a, b) => whole.logprobs[b]! - whole.logprobs[a]!)
      .slice(0, kept)
      .sort((a, b) => whole.ids[a]! - whole.ids[b]!),
  ).flat();
  return {
    vocabulary: whole.vocabulary,
    kept,
    ids: Int32Array.from(order, (k) => whole.ids[k]!),
    logprobs: Float32Array.from(order, (k) => whole.logprobs[k]!),
  };
};

describe("divergence", () => {
  it("is Kullback and Leibler's, position by position", () => {
    const found = divergences(logits([0.5, 0.5], [0.9, 0.1]), logits([0.25, 0.75], [0.9, 0.1]));
    expect(found[0]).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 6);
    expect(found[1]).toBeCloseTo(0, 6);
  });

  it("is estimated from the most probable tokens where not all are kept", () => {
    const [p, q] = [logits([0.6, 0.3, 0.05, 0.05]), logits([0.3, 0.05, 0.6, 0.05])];
    // q keeps tokens 0 and 2, so token 1 of p gets half of what is left of q: 0.05.
    const expected = 0.6 * Math.log(0.6 / 0.3) + 0.3 * Math.log(0.3 / 0.05) + 0.1 * Math.log(0.1 / 0.1);
    expect(divergences(cut(p, 2), cut(q, 2))[0]).toBeCloseTo(expected, 5);
  });

  it("is not defined between vocabularies or probes of other sizes", () => {
    expect(divergences(logits([0.5, 0.5]), logits([0.2, 0.3, 0.5]))).toEqual([]);
    expect(divergences(logits([0.5, 0.5]), logits([0.5, 0.5], [0.5, 0.5]))).toEqual([]);
  });
});

describe("a summary", () => {
  it("keeps the most probable tokens of a large vocabulary", () => {
    const row = new Float32Array(3000).map((_, id) => (id * 7919) % 3000);
    const { kept, ids } = summariseTokens(row, 1);
    expect(kept).toBe(1024);
    expect([...ids].every((id) => row[id]! >= 3000 - 1024)).toBe(true);
  });

  it("of several probes lies end to end", () => {
    const joined = joinTokens([logits([0.5, 0.5]), logits([0.2, 0.8], [0.1, 0.9])]);
    expect(joined.ids).toEqual(Int32Array.of(0, 1, 0, 1, 0, 1));
    expect(joined.logprobs[3]).toBeCloseTo(Math.log(0.8), 6);
  });

  it("sketches long vectors so that cosines survive", () => {
    const wave = (shift: number) => new Float32Array(60_000).map((_, i) => Math.sin(i * 0.37 + shift));
    const [a, b] = [wave(0), wave(0.8)];
    expect(sketch(a)).toHaveLength(16_384);
    const states = (values: Float32Array): ProbeSummary => ({
      tokens: logits([1]),
      activations: [[values]],
      heads: 0,
      attentions: [[]],
    });
    const { activation_mean: exact } = functionalFeatures(states(a), states(b));
    const { activation_mean: sketched } = functionalFeatures(states(sketch(a)), states(sketch(b)));
    expect(Math.abs(exact! - sketched!)).toBeLessThan(0.02);
  });

  it("comes back from bytes as it was, and not from bytes that were cut", () => {
    const summary: ProbeSummary = {
      tokens: logits([0.5, 0.5], [0.1, 0.9]),
      activations: [
        [Float32Array.of(1, 2), Float32Array.of(3)],
        [Float32Array.of(4), Float32Array.of(5, 6)],
      ],
      heads: 2,
      attentions: [[Float32Array.of(7, 8)], [Float32Array.of(9, 10)]],
    };
    const bytes = encodeSummary(summary);
    expect(decodeSummary(bytes)).toEqual(summary);
    for (const length of [0, 8, 40, bytes.length - 4]) expect(decodeSummary(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeSummary(bytes.map((byte, i) => (i === 0 ? byte + 1 : byte)))).toBeUndefined();
  });
});

it("features of a pair name both directions and all depths; what cannot be compared is NaN", () => {
  const summary = (first: number, width: number): ProbeSummary => ({
    tokens: logits([0.5, 0.5]),
    activations: [[1, 2, 3].map((l) => new Float32Array(width).fill(l).fill(first, 0, 1))],
    heads: 1,
    attentions: [[Float32Array.of(1, 0, 1)]],
  });
  const same = functionalFeatures(summary(1, 2), summary(1, 2));
  expect(same["activation_late"]).toBeCloseTo(1, 6);
  expect(same["kl_ab_mean"]).toBe(0);
  expect(Object.keys(same)).toHaveLength(26);
  expect(functionalFeatures(summary(1, 2), summary(1, 3))["activation_mean"]).toBeNaN();
});

it("features of the pair turned round are the pair's, with a and b exchanged", () => {
  const features = {
    kl_ab_mean: 1,
    kl_ba_mean: 2,
    change_a: 3,
    change_b: 4,
    "change_ratio:mlp": 0.5,
    change_cosine: 0.1,
  };
  const turned = {
    kl_ab_mean: 2,
    kl_ba_mean: 1,
    change_a: 4,
    change_b: 3,
    "change_ratio:mlp": -0.5,
    change_cosine: 0.1,
  };
  expect(swapFeatures(features)).toEqual(turned);
  expect(swapFeatures(turned)).toEqual(features);
});
