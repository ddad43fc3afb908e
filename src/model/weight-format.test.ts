import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { floatTensor, formatSafetensors } from "../../test/write-checkpoint.ts";
import { createMemorySource } from "../format/byte-source.ts";
import { findWeightFormat } from "./weight-format.ts";

const TORCH = join(import.meta.dirname, "../../test/golden/data/torch/parameters.pt");

it.each([
  ["model.safetensors", formatSafetensors([floatTensor("a", [1], [1])]), ["a"]],
  ["pytorch_model.bin", readFileSync(TORCH), ["0.weight", "0.bias", "1.weight", "1.bias", "marked"]],
  ["consolidated.00.pth", readFileSync(TORCH), ["0.weight", "0.bias", "1.weight", "1.bias", "marked"]],
])("reads %s by its extension", (name, bytes, tensors) => {
  const found = findWeightFormat(name)?.parse(createMemorySource(new Uint8Array(bytes)), name);
  expect(found?.tensors.map((tensor) => tensor.name)).toEqual(tensors);
});

it("does not know other kinds of files", () => {
  expect(["model.h5", "safetensors", "model.safetensors.index.json"].map(findWeightFormat)).toEqual(
    Array(3).fill(undefined),
  );
});
