import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packModel, unpackModel, unpackZoo } from "../../scripts/packed-zoo.mjs";
import { createTemporaryFolder } from "../temporary-folder.ts";

const zoo = join(import.meta.dirname, "..", "..", "zoo");

/** A zoo of one packed model: what a fresh clone has. */
function packedZoo(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, "models", "base"), { recursive: true });
  mkdirSync(join(folder, "catalog", "ja-b"), { recursive: true });
  copyFileSync(join(zoo, "models/base/model.safetensors"), join(folder, "models/base/model.safetensors"));
  copyFileSync(join(zoo, "catalog/ja-b/model.delta"), join(folder, "catalog/ja-b/model.delta"));
  const name = "catalog/ja-b";
  const entry = (JSON.parse(readFileSync(join(zoo, "packed.json"), "utf8")) as Record<string, unknown>)[name];
  writeFileSync(join(folder, "packed.json"), JSON.stringify({ [name]: entry }));
  return folder;
}

const words = fc.uint8Array({ minLength: 0, maxLength: 64 }).map((bytes) => Buffer.from(bytes.slice(bytes.length % 2)));

describe("the packed zoo", () => {
  it("gives any bytes back", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 255 }), (bytes, fill) => {
        const parent = Buffer.alloc(bytes.length, fill);
        expect(unpackModel(packModel(bytes, parent), parent).equals(bytes)).toBe(true);
      }),
    );
  });

  it("writes weights that are missing, and leaves newer ones alone", () => {
    const folder = packedZoo();
    const weights = join(folder, "catalog/ja-b/model.safetensors");
    unpackZoo(folder);
    expect(readFileSync(weights).equals(readFileSync(join(zoo, "catalog/ja-b/model.safetensors")))).toBe(true);
    writeFileSync(weights, "somebody's own");
    unpackZoo(folder);
    expect(readFileSync(weights, "utf8")).toBe("somebody's own");
    rmSync(weights);
    unpackZoo(folder);
    expect(readFileSync(weights).length).toBe(3_314_760);
  });

  it("refuses differences to another parent than the packed one", () => {
    const folder = packedZoo();
    copyFileSync(join(zoo, "models/ja/model.safetensors"), join(folder, "models/base/model.safetensors"));
    expect(() => unpackZoo(folder)).toThrow(/packed\.json/);
  });
});
