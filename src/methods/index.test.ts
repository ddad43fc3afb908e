import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findMethod, METHODS } from "./index.ts";

const NOT_METHODS = ["changes-method", "errors", "index", "method"];

describe("the registry of methods", () => {
  it("has every method file of this folder, in alphabetical order, under its own name", () => {
    const files = readdirSync(import.meta.dirname)
      .flatMap((file) => /^([a-z0-9-]+)\.ts$/.exec(file)?.[1] ?? [])
      .filter((stem) => !NOT_METHODS.includes(stem))
      .map((stem) => stem.replaceAll("-", "_"))
      .sort();
    expect(Object.keys(METHODS)).toEqual(files);
    expect(Object.values(METHODS).map((method) => method.name)).toEqual(files);
  });

  it("finds a method by its name", () => expect(findMethod("ties").title).toBe("TIES"));

  it.each(["tise", "toString"])("names the nearest method for %s, if there is one", (name) => {
    expect(() => findMethod(name)).toThrow(
      expect.objectContaining({
        code: "methods/unknown_method",
        details: expect.objectContaining({ name, nearest: name === "tise" ? "ties" : undefined }),
      }),
    );
  });
});
