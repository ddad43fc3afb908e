import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { generateModel } from "../../test/generated-model.ts";
import type { RopeSource } from "../arch/decoder.ts";
import { LLAMA } from "../arch/llama.ts";
import type { ModelConfig } from "../model/model.ts";
import { createConfigReader } from "./create-config-reader.ts";
import { createRopeTable, fillRopeTable, frequenciesAt, readRope } from "./rope.ts";

function read(config: ModelConfig, headWidth = 4, source: Partial<RopeSource> = {}) {
  const reader = createConfigReader(generateModel(config, {}), LLAMA);
  const whole = { thetaKey: "rope_theta", isScaled: true, ...source };
  return readRope(reader, {
    source: whole,
    headWidth,
    contextLength: 64,
    isPartial: "partial_rotary_factor" in config,
  });
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

  it("turns part of a head where the model says so", () => {
    expect([...read({ rope_theta: 100, partial_rotary_factor: 0.5 }, 8).frequencies]).toEqual([1, 0.1]);
  });

  it("reads one of several rotations, and older files' key of it", () => {
    const local = { section: "sliding_attention", thetaKey: "rope_local_base_freq", isScaled: false };
    const both = { full_attention: { rope_theta: 5 }, sliding_attention: { rope_theta: 100 } };
    expect(read({ rope_parameters: both }, 4, local).frequencies[1]).toBe(0.1);
    const scaling = { rope_type: "linear", factor: 2 };
    expect(read({ rope_local_base_freq: 100, rope_scaling: scaling }, 4, local).frequencies[1]).toBe(0.1);
  });

  it("has two sets of speeds for longrope, and lengthens by the root of the logarithms' ratio", () => {
    const scaling = { rope_type: "longrope", short_factor: [1, 2], long_factor: [4, 5] };
    const rope = read({ rope_theta: 100, rope_scaling: scaling, original_max_position_embeddings: 16 });
    expect([...rope.frequencies]).toEqual([1, 0.05]);
    expect([...frequenciesAt(rope, 16)]).toEqual([1, 0.05]);
    expect([...frequenciesAt(rope, 17)]).toEqual([0.25, 0.02]);
    expect(rope.scale).toBeCloseTo(Math.sqrt(1 + Math.log(4) / Math.log(16)), 12);
  });

  it("lets theta grow with what is longer than the context for dynamic scaling", () => {
    const rope = read({ rope_theta: 100, rope_scaling: { rope_type: "dynamic", factor: 2 } });
    expect([...frequenciesAt(rope, 64)]).toEqual([1, 0.1]);
    expect(frequenciesAt(rope, 96)[1]).toBeCloseTo(1 / Math.sqrt(100 * 2 ** 2), 12);
  });

  it.each([
    [{ rope_scaling: { rope_type: "su4" } }, "rope_scaling.rope_type", '"su4"'],
    [{ rope_parameters: { rope_type: 3 } }, "rope_parameters.rope_type", "3"],
    [{ rope_scaling: { rope_type: "linear" } }, "rope_scaling.factor", "missing"],
    [{ rope_scaling: { rope_type: "linear", factor: -1 } }, "rope_scaling.factor", "-1"],
    [{ rope_scaling: { rope_type: "longrope", short_factor: [1] } }, "rope_scaling.short_factor", "[1]"],
    [{ rope_theta: "10000" }, "rope_theta", '"10000"'],
    [{ rope_theta: 0 }, "rope_theta", "0"],
    [{ rope_parameters: { rope_theta: 0 } }, "rope_parameters.rope_theta", "0"],
    [{ partial_rotary_factor: 0.75 }, "partial_rotary_factor", "0.75"],
  ])("rejects %j", (config, key, got) => {
    expect(expectCode("engine/bad_config", () => read(config))).toMatchObject({ key, got });
  });
});

describe("fillRopeTable", () => {
  it("holds cosine and sine of each position's angles, times the scale", () => {
    const table = createRopeTable(4, 2);
    const rope = { frequencies: Float64Array.of(1, 0.5), scale: 2 };
    fillRopeTable(table, rope, { row: 1, position: 5, count: 2, width: 2 });
    expect([...table.cos.slice(0, 2)]).toEqual([1, 1]);
    expect(table.cos[1 * 2 + 0]).toBeCloseTo(2 * Math.cos(5), 6);
    expect(table.sin[2 * 2 + 1]).toBeCloseTo(2 * Math.sin(3), 6);
    expect([...table.sin.slice(6)]).toEqual([0, 0]);
  });

  it("does not turn pairs beyond the frequencies", () => {
    const table = createRopeTable(2, 3);
    fillRopeTable(table, { frequencies: Float64Array.of(1), scale: 1 }, { row: 0, position: 0, count: 2, width: 3 });
    expect([...table.cos.slice(4)]).toEqual([1, 1]);
    expect([...table.sin.slice(4)]).toEqual([0, 0]);
  });
});
