import { expect, it } from "vitest";
import { createHeldParts } from "./held-parts.ts";
import { loadRuntime, type Tensors } from "./runtime.ts";

const runtime = await loadRuntime();

/** Takes the parts that letters name. @returns those that were read. */
function take(held: ReturnType<typeof createHeldParts>, letters: string): string {
  const read: string[] = [];
  const tensors = held.take([...letters], (i): Tensors => {
    read.push(letters[i]!);
    return { name: new runtime.Tensor("string", [letters[i]!], [1]) };
  });
  expect(tensors.map(({ name }) => name!.data[0]).join("")).toBe(letters);
  return read.join("");
}

it("reads a part once, wherever models have it and however often", () => {
  const held = createHeldParts();
  expect(take(held, "abc")).toBe("abc");
  expect(take(held, "acb")).toBe("");
  expect(take(held, "aab")).toBe("");
  expect(take(held, "adda")).toBe("d");
});

it("has room for as many as the largest model, and forgets those used longest ago", () => {
  const held = createHeldParts();
  take(held, "abc");
  expect(take(held, "ab")).toBe("");
  expect(take(held, "abc")).toBe("");
  expect(take(held, "d")).toBe("d");
  expect(take(held, "bc")).toBe("");
  expect(take(held, "a")).toBe("a");
});

it("holds nothing that was not read to its end", () => {
  const held = createHeldParts();
  const fail = () => {
    throw new Error("gone");
  };
  expect(() => held.take(["a"], fail)).toThrow("gone");
  expect(take(held, "a")).toBe("a");
});
