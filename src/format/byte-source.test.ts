import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createMemorySource } from "./byte-source.ts";

it("reads bytes from any place", () => {
  using source = createMemorySource(Uint8Array.of(1, 2, 3, 4));
  const into = new Uint8Array(2);
  source.read(1, into);
  expect([...into]).toEqual([2, 3]);
  expect(source.sizeBytes).toBe(4);
});

it("refuses to read past the end", () => {
  using source = createMemorySource(Uint8Array.of(1, 2, 3, 4), "x.bin");
  const details = expectCode("format/truncated", () => source.read(3, new Uint8Array(2)));
  expect(details).toEqual({ file: "x.bin", sizeBytes: 4, neededBytes: 5 });
});
