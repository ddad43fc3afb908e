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
    const { embedding, positions, embeddingNorm, finalNorm, head, experts, ...layer } = modules;
    const { shared, ...routed } = experts ?? {};
    const inLayers = [layer, routed, shared ?? {}].flatMap((names) => Object.values<string>(names));
    const outside = [embedding, positions, embeddingNorm, finalNorm, head].filter((name) => name !== undefined);
    expect(new Set([...inLayers, ...outside]).size).toBe(inLayers.length + outside.length);
    for (const name of inLayers) expect(name).toContain("{layer}");
    for (const name of outside) expect(name).not.toContain("{layer}");
  });

  it.each(ARCHITECTURES)("$className gives defaults by the names that its config.json has", ({ keys, defaults }) => {
    for (const [canonical, own] of Object.entries(keys ?? {})) {
      const known = own.filter((key) => key in defaults);
      if (known.length > 0) expect(defaults).not.toHaveProperty(canonical);
    }
  });
});
