import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import * as config from "./config.ts";

const CONFIG = {
  n: 4,
  rate: 0.5,
  negative: -1,
  text: "x",
  flag: true,
  nothing: null,
  list: [1],
  text_config: { num_hidden_layers: 12 },
};

describe("configValue", () => {
  it.each([
    ["n", 4],
    ["text_config.num_hidden_layers", 12],
    ["nothing", null],
    ["missing", undefined],
    ["text_config.missing", undefined],
    ["n.length", undefined],
    ["list.0", undefined],
    ["nothing.x", undefined],
    ["constructor", undefined],
    ["__proto__", undefined],
  ])("finds at %s: %s", (path, expected) => expect(config.configValue(CONFIG, path)).toBe(expected));
});

describe("values that must be there", () => {
  it("are returned", () => {
    expect(config.configNumber(CONFIG, "rate", "c.json")).toBe(0.5);
    expect(config.configCount(CONFIG, "text_config.num_hidden_layers", "c.json")).toBe(12);
    expect(config.configText(CONFIG, "text", "c.json")).toBe("x");
  });

  it.each(["missing", "nothing", "text_config.missing"])("are missed at %s", (key) => {
    expect(expectCode("model/config_key_missing", () => config.configNumber(CONFIG, key, "c.json"))).toMatchObject({
      file: "c.json",
      key,
    });
  });

  it("must be of their kind", () => {
    for (const key of ["text", "flag", "list", "text_config"])
      expectCode("model/config_key_type", () => config.configNumber(CONFIG, key, "c.json"));
    for (const key of ["rate", "negative", "text"])
      expectCode("model/config_key_type", () => config.configCount(CONFIG, key, "c.json"));
    expectCode("model/config_key_type", () => config.configText(CONFIG, "n", "c.json"));
  });
});

describe("values that may be missing", () => {
  it("are undefined when they are missing or null", () => {
    for (const key of ["missing", "nothing"]) {
      expect(config.optionalConfigNumber(CONFIG, key, "c.json")).toBeUndefined();
      expect(config.optionalConfigText(CONFIG, key, "c.json")).toBeUndefined();
      expect(config.optionalConfigFlag(CONFIG, key, "c.json")).toBeUndefined();
    }
  });

  it("must be of their kind when they are there", () => {
    expect(config.optionalConfigNumber(CONFIG, "n", "c.json")).toBe(4);
    expect(config.optionalConfigText(CONFIG, "text", "c.json")).toBe("x");
    expect(config.optionalConfigFlag(CONFIG, "flag", "c.json")).toBe(true);
    expectCode("model/config_key_type", () => config.optionalConfigFlag(CONFIG, "n", "c.json"));
  });
});

describe("configDtype", () => {
  it.each([
    [{ dtype: "bfloat16", torch_dtype: "float32" }, "BF16"],
    [{ torch_dtype: "float16" }, "F16"],
    [{ torch_dtype: "torch.float32" }, "F32"],
    [{ dtype: "auto" }, undefined],
    [{ dtype: null, torch_dtype: "float16" }, "F16"],
    [{ dtype: 16 }, undefined],
    [{}, undefined],
  ])("reads %j as %s", (given, expected) => expect(config.configDtype(given)).toBe(expected));
});
