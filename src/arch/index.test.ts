import { describe, expect, it } from "vitest";
import { ARCHITECTURES, findArchitecture } from "./index.ts";

describe("findArchitecture", () => {
  it.each(ARCHITECTURES)("finds $className by its class and by its type", (row) => {
    expect(findArchitecture(row.className, undefined)).toBe(row);
    expect(findArchitecture(undefined, row.modelType)).toBe(row);
  });

  it("trusts the class more than the type", () => {
    expect(findArchitecture("MistralForCausalLM", "llama")?.modelType).toBe("mistral");
    expect(findArchitecture("LlamaForSequenceClassification", "llama")).toBeUndefined();
  });

  it("knows nothing without either", () => expect(findArchitecture(undefined, undefined)).toBeUndefined());
});

describe("ARCHITECTURES", () => {
  it.each(ARCHITECTURES)("$className names each module once, layers with their number", ({ modules }) => {
    const names = Object.values(modules);
    expect(new Set(names).size).toBe(names.length);
    const { embedding, finalNorm, head, ...layer } = modules;
    for (const name of Object.values(layer)) expect(name).toContain("{layer}");
    for (const name of [embedding, finalNorm, head]) expect(name).not.toContain("{layer}");
  });
});
