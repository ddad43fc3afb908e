import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BLOCK_TYPES, OTHER_TYPES } from "./block-types.ts";

const GOLDEN = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../test/golden/data/gguf/blocks.json"), "utf8"),
) as Readonly<Record<string, readonly [number, string, string]>>;
const CASES = Object.entries(GOLDEN).filter(([name]) => name !== "note");

it.each(CASES)("decodes %s as the gguf package does, bit for bit", (name, [id, blocks, values]) => {
  const type = BLOCK_TYPES.get(id)!;
  expect(type.name).toBe(name);
  const bytes = new Uint8Array(Buffer.from(blocks, "base64"));
  expect(bytes.length).toBe(2 * type.bytes);
  const out = new Float32Array(2 * type.elements + 2);
  for (const n of [0, 1]) type.decode!(new DataView(bytes.buffer), n * type.bytes, out, 1 + n * type.elements);
  expect(Buffer.from(out.slice(1, -1).buffer).toString("base64")).toBe(values);
  expect([out[0], out.at(-1)]).toEqual([0, 0]);
});

it("has a golden case for every type of blocks, and no number twice", () => {
  const blocks = [...BLOCK_TYPES.values()].filter(({ decode }) => decode !== undefined).map(({ name }) => name);
  expect(CASES.map(([name]) => name).toSorted()).toEqual(blocks.toSorted());
  expect([...OTHER_TYPES.keys()].filter((id) => BLOCK_TYPES.has(id))).toEqual([]);
});
