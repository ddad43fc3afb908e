import { expect, it } from "vitest";
import { MEMORY_BYTES, openTensorStore } from "./tensor-store.ts";

it.each([16, MEMORY_BYTES + 16])("gives back what was written, of %d bytes", (sizeBytes) => {
  const store = openTensorStore(sizeBytes);
  store.write(sizeBytes - 8, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const into = new Uint8Array(4);
  store.read(sizeBytes - 6, into);
  expect([...into]).toEqual([3, 4, 5, 6]);
  store.read(0, into);
  expect([...into]).toEqual([0, 0, 0, 0]);
  store.close();
});
