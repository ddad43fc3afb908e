import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { generateModel } from "../../test/generated-model.ts";
import { GPT2 } from "../arch/gpt2.ts";
import { layerWindow } from "../arch/layer-window.ts";
import type { ModelConfig } from "../model/model.ts";
import { createConfigReader } from "./create-config-reader.ts";

function read(config: ModelConfig) {
  return createConfigReader(generateModel(config, {}), GPT2);
}

describe("createConfigReader", () => {
  it("translates keys, and takes the row's default where there is none", () => {
    expect(read({ n_embd: 8 }).count("hidden_size")).toBe(8);
    expect(read({ hidden_size: 9 }).count("hidden_size")).toBe(9);
    expect(read({}).count("hidden_size")).toBe(768);
    expect(read({}).count("intermediate_size", 5)).toBe(5);
    expect(read({ n_inner: null }).count("intermediate_size", 5)).toBe(5);
  });

  it("names the key as the file has it when it refuses a value", () => {
    expect(expectCode("engine/bad_config", () => read({ n_embd: -8 }).count("hidden_size"))).toMatchObject({
      key: "n_embd",
      got: "-8",
    });
    const missing = expectCode("engine/bad_config", () => read({}).count("intermediate_size"));
    expect(missing).toMatchObject({ key: "n_inner", got: "missing" });
  });

  it("tells numbers that are there from those that are not", () => {
    expect(read({ a: null }).optionalCount("a")).toBeUndefined();
    expect(read({ a: 3 }).optionalCount("a")).toBe(3);
    expectCode("engine/bad_config", () => read({ a: 0 }).optionalCount("a"));
    expect(read({ a: 0.5 }).optionalPositive("a")).toBe(0.5);
    expect(read({ a: 0 }).optionalPositive("a")).toBeUndefined();
    expectCode("engine/bad_config", () => read({ a: "1" }).positive("a"));
  });

  it("takes only true for true", () => {
    expect([true, false, 1, null].map((a) => read({ a }).flag("a"))).toEqual([true, false, false, false]);
  });
});

describe("layerWindow", () => {
  const slides = (l: number): boolean => l === 1;

  it("follows the types of layers before the family's rule", () => {
    const config = { sliding_window: 7, layer_types: ["sliding_attention", "full_attention"] };
    expect([0, 1].map((l) => layerWindow(read(config), l, { slides }))).toEqual([7, undefined]);
    expect([0, 1].map((l) => layerWindow(read({ sliding_window: 7 }), l, { slides }))).toEqual([undefined, 7]);
  });

  it("has none where it is switched off", () => {
    expect(layerWindow(read({ sliding_window: 7 }), 1, { slides, switchKey: "on" })).toBeUndefined();
    expect(layerWindow(read({ sliding_window: 7, on: true }), 1, { slides, switchKey: "on" })).toBe(7);
  });

  it("refuses layers of other types", () => {
    const config = read({ sliding_window: 7, layer_types: ["linear_attention"] });
    expect(expectCode("engine/bad_config", () => layerWindow(config, 0, { slides }))).toMatchObject({
      key: "layer_types",
    });
  });
});
