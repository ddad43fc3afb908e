import { describe, expect, it } from "vitest";
import type { ModelConfig } from "../model/model.ts";
import { readRope, tabulateRope } from "./rope.ts";

class Rejected extends Error {}

function read(config: ModelConfig, headWidth = 4) {
  const reject = (key: string, got: string, allowed: string): Error => new Rejected(`${key} ${got}: ${allowed}`);
  return readRope(config, { headWidth, contextLength: 64, reject });
}

describe("readRope", () => {
  it("slows down from pair to pair, as theta says", () => {
    const { frequencies, scale } = read({ rope_theta: 100 });
    expect([...frequencies]).toEqual([1, 0.1]);
    expect(scale).toBe(1);
  });

  it("takes theta from rope_parameters before rope_theta, and 10 000 without either", () => {
    expect(read({ rope_theta: 5, rope_parameters: { rope_type: "default", rope_theta: 100 } }).frequencies[1]).toBe(
      0.1,
    );
    expect(read({}).frequencies[1]).toBeCloseTo(0.01, 12);
  });

  it("takes no scaling for null", () => {
    expect(read({ rope_theta: 100, rope_scaling: null, rope_parameters: null })).toEqual(read({ rope_theta: 100 }));
  });

  it("divides all frequencies for linear scaling, also under the old key", () => {
    expect([...read({ rope_theta: 100, rope_scaling: { type: "linear", factor: 4 } }).frequencies]).toEqual([
      0.25, 0.025,
    ]);
  });

  it("keeps what turns often and slows what turns rarely for llama3", () => {
    const llama3 = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const scaled = (trained: number) => [
      ...read({ rope_theta: 100, rope_scaling: { ...llama3, original_max_position_embeddings: trained } }).frequencies,
    ];
    expect(scaled(2 * Math.PI * 100)).toEqual([1, 0.1]);
    expect(scaled(2 * Math.PI * 5)).toEqual([1, 0.1 / 8]);
  });

  it("lengthens yarn's keys and queries by the logarithm of the factor, or as told", () => {
    const yarn = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 16 };
    expect(read({ rope_scaling: yarn }).scale).toBeCloseTo(0.1 * Math.log(4) + 1, 12);
    expect(read({ rope_scaling: { ...yarn, attention_factor: 0.5 } }).scale).toBe(0.5);
    expect(read({ rope_scaling: { ...yarn, factor: 1 } }).scale).toBe(1);
  });

  it.each([
    [
      { rope_scaling: { rope_type: "longrope" } },
      /^rope_scaling.rope_type "longrope": one of default, dynamic, linear/,
    ],
    [{ rope_parameters: { rope_type: 3 } }, /^rope_parameters.rope_type 3: one of/],
    [{ rope_scaling: { rope_type: "linear" } }, /^rope_scaling.factor missing: a number above 0/],
    [{ rope_scaling: { rope_type: "linear", factor: -1 } }, /^rope_scaling.factor -1/],
    [{ rope_theta: "10000" }, /^rope_theta "10000"/],
    [{ rope_theta: 0 }, /^rope_theta 0/],
  ])("rejects %j", (config, message) => {
    expect(() => read(config)).toThrow(Rejected);
    expect(() => read(config)).toThrow(message);
  });
});

describe("tabulateRope", () => {
  it("holds cosine and sine of each position's angles, times the scale", () => {
    const { cos, sin } = tabulateRope({ frequencies: Float64Array.of(1, 0.5), scale: 2 }, 3, 2);
    expect(cos[0]).toBe(2);
    expect(sin[1]).toBe(0);
    expect(cos[2 * 2 + 0]).toBeCloseTo(2 * Math.cos(2), 6);
    expect(sin[2 * 2 + 1]).toBeCloseTo(2 * Math.sin(1), 6);
  });

  it("does not turn pairs beyond the frequencies", () => {
    const { cos, sin } = tabulateRope({ frequencies: Float64Array.of(1), scale: 1 }, 2, 3);
    expect([...cos.slice(4)]).toEqual([1, 1]);
    expect([...sin.slice(4)]).toEqual([0, 0]);
  });
});
