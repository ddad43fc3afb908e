import { describe, expect, it } from "vitest";
import { createByteCache } from "../base/byte-cache.ts";
import type { Model } from "../model/model.ts";
import { createKeptTensors } from "./kept-tensors.ts";

/** A model of 8-byte tensors that says which were read; `identities` name their content. */
function countReads(identities: Readonly<Record<string, string>>): { readonly model: Model; readonly reads: string[] } {
  const reads: string[] = [];
  const names = Object.keys(identities);
  const model: Model = {
    name: "counted",
    config: {},
    tensors: new Map(names.map((name) => [name, { name, dtype: "F32", shape: [2] }])),
    filesFolder: "/nowhere",
    read(name, startByte, into) {
      reads.push(name);
      for (let i = 0; i < into.length; i++) into[i] = 10 * identities[name]!.length + startByte + i;
    },
    identity: () => "counted",
    tensorIdentity: (name) => identities[name]!,
    [Symbol.dispose]() {},
  };
  return { model, reads };
}

function readAll(model: Model, name: string): readonly number[] {
  const bytes = new Uint8Array(8);
  // In two pieces, as large tensors are read.
  model.read(name, 0, bytes.subarray(0, 3));
  model.read(name, 3, bytes.subarray(3));
  return [...bytes];
}

describe("createKeptTensors", () => {
  it("reads a tensor once, for all models that have the same content under whatever name", () => {
    const kept = createKeptTensors(createByteCache(100));
    const [first, second] = [countReads({ a: "one", b: "three" }), countReads({ c: "one" })];
    const model = kept.wrap(first.model);
    expect(readAll(model, "a")).toEqual([30, 31, 32, 33, 34, 35, 36, 37]);
    expect(readAll(model, "b")[0]).toBe(50);
    expect(readAll(kept.wrap(second.model), "c")[7]).toBe(37);
    expect([first.reads, second.reads]).toEqual([["a", "b"], []]);
  });

  it("counts bytes", () => {
    const kept = createKeptTensors(createByteCache(100));
    for (let i = 0; i < 3; i++) readAll(kept.wrap(countReads({ a: "one" }).model), "a");
    expect(kept.count).toEqual({ asked: 24, found: 16 });
    kept.countFound(5);
    expect(kept.count).toEqual({ asked: 29, found: 21 });
  });

  it("passes through a model that does not fit as a whole", () => {
    const kept = createKeptTensors(createByteCache(15));
    const { model, reads } = countReads({ a: "one", b: "three" });
    expect(readAll(kept.wrap(model), "a")[7]).toBe(37);
    expect([reads, kept.count]).toEqual([["a", "a"], { asked: 8, found: 0 }]);
  });

  it("reads again what another model pushed out", () => {
    const kept = createKeptTensors(createByteCache(8));
    const [first, second] = [countReads({ a: "one" }), countReads({ b: "three" })];
    for (const { model } of [first, second, first])
      for (const name of model.tensors.keys()) readAll(kept.wrap(model), name);
    expect([first.reads, second.reads]).toEqual([["a", "a"], ["b"]]);
  });
});
