import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { openModel, openModelAndSource, reopenModel, resolveModel } from "./open-model.ts";

const REVISION = "0123456789abcdef0123456789abcdef01234567";

function writeModel(folder: string): void {
  writeCheckpoint(folder, { model_type: "llama" }, [floatTensor("a", [1], [3])]);
}

/** Lays a model out as the hub's clients do: a snapshot of links to blobs. */
function writeHubModel(cache: string, id: string): string {
  const repository = join(cache, `models--${id.replaceAll("/", "--")}`);
  const snapshot = join(repository, "snapshots", REVISION);
  writeModel(snapshot);
  mkdirSync(join(repository, "blobs"));
  for (const name of ["config.json", "model.safetensors"]) {
    renameSync(join(snapshot, name), join(repository, "blobs", `blob-${name}`));
    symlinkSync(join("../../blobs", `blob-${name}`), join(snapshot, name));
  }
  mkdirSync(join(repository, "refs"));
  writeFileSync(join(repository, "refs", "main"), REVISION);
  return snapshot;
}

describe("a local path", () => {
  it("opens again, in another thread, from what was read of it before", () => {
    const folder = join(createTemporaryFolder(), "model");
    writeModel(folder);
    const { model, source } = openModelAndSource(folder);
    const identity = model.identity();
    rmSync(join(folder, "config.json"));
    using again = reopenModel(structuredClone(source));
    expect(again.config).toEqual(model.config);
    expect(again.tensors).toEqual(model.tensors);
    expect(again.identity()).toBe(identity);
    const bytes = new Uint8Array(4);
    again.read("a", 0, bytes);
    expect(new Float32Array(bytes.buffer)).toEqual(Float32Array.of(3));
    model[Symbol.dispose]();
  });

  it("opens, relative to a folder or absolute, under the name that was given", () => {
    const cwd = createTemporaryFolder();
    writeModel(join(cwd, "sub/model"));
    for (const reference of ["sub/model", "./sub/model/", join(cwd, "sub/model")]) {
      using model = openModel(reference, { cwd });
      expect(model.name).toBe(reference);
      expect([...model.tensors.keys()]).toEqual(["a"]);
    }
  });

  it("may contain @ and +, and wins over the hub", () => {
    const cwd = createTemporaryFolder();
    const cache = join(cwd, "cache");
    for (const name of ["a@b", "a+b", "org/name"]) {
      writeModel(join(cwd, name));
      expect(resolveModel(name, { cwd, env: { HF_HUB_CACHE: cache } }).path).toBe(join(cwd, name));
    }
  });

  it("opens again from its source", () => {
    const cwd = createTemporaryFolder();
    writeModel(join(cwd, "model"));
    const { model, source } = openModelAndSource("model", { cwd });
    using again = reopenModel(structuredClone(source));
    expect(again.identity()).toBe(model.identity());
    expect(model.name).toBe("model");
    model[Symbol.dispose]();
  });

  it("has no revisions", () => {
    const cwd = createTemporaryFolder();
    writeModel(join(cwd, "model"));
    expectCode("model/unsupported_reference", () => openModel("model@main", { cwd }));
  });
});

describe("an adapter", () => {
  const ADAPTERS = join(import.meta.dirname, "../../test/golden/data/adapters");

  it("is applied to the model before it, one after the other", () => {
    const place = { cwd: join(ADAPTERS, "plain") };
    const adapter = join(ADAPTERS, "plain/adapter");
    const source = resolveModel("base+adapter+adapter", place);
    expect(source).toEqual({ kind: "folder", path: join(ADAPTERS, "plain/base"), adapters: [adapter, adapter] });
    using once = openModel("base+adapter", place);
    using twice = openModel("base+adapter+adapter", place);
    using again = reopenModel(structuredClone(source));
    expect(again.identity()).toBe(twice.identity());
    expect(once.identity()).not.toBe(twice.identity());
    expect([once.name, twice.name]).toEqual(["base+adapter", "base+adapter+adapter"]);
  });

  it("may have + in its name, and may come from the hub's cache", () => {
    const cwd = createTemporaryFolder();
    for (const name of ["a+b", "c+d"]) writeModel(join(cwd, name));
    const env = { HF_HUB_CACHE: join(cwd, "cache") };
    const snapshot = writeHubModel(join(cwd, "cache"), "org/lora");
    expect(resolveModel("a+b+c+d", { cwd })).toEqual({
      kind: "folder",
      path: join(cwd, "a+b"),
      adapters: [join(cwd, "c+d")],
    });
    const reference = `org/lora@main+org/lora@${REVISION}`;
    expect(resolveModel(reference, { cwd, env })).toEqual({ kind: "folder", path: snapshot, adapters: [snapshot] });
  });

  it("that is missing is named", () => {
    const place = { cwd: join(ADAPTERS, "plain"), env: { HF_HUB_CACHE: "/nowhere" } };
    expect(expectCode("model/not_found", () => openModel("base+adaptor", place))).toMatchObject({ nearest: "adapter" });
    expect(expectCode("model/not_found", () => openModel("bass+adapter", place))).toMatchObject({ nearest: "base" });
  });
});

describe("a hub id", () => {
  it("opens from the cache, at its main branch or at a commit", () => {
    const cache = createTemporaryFolder();
    const snapshot = writeHubModel(cache, "org/name");
    const place = { cwd: createTemporaryFolder(), env: { HF_HUB_CACHE: cache } };
    for (const reference of ["org/name", "org/name@main", `org/name@${REVISION}`]) {
      using model = openModel(reference, place);
      expect(model.filesFolder).toBe(snapshot);
      const into = new Uint8Array(4);
      model.read("a", 0, into);
      expect(new Float32Array(into.buffer)[0]).toBe(3);
    }
  });

  it("is not found at a revision that was not downloaded, or that leads elsewhere", () => {
    const cache = createTemporaryFolder();
    writeHubModel(cache, "org/name");
    const place = { cwd: createTemporaryFolder(), env: { HF_HUB_CACHE: cache } };
    for (const reference of ["org/name@v2", "org/name@../..", "org/other"])
      expectCode("model/not_found", () => openModel(reference, place));
  });

  it("may not link out of the cache", () => {
    const cache = createTemporaryFolder();
    const snapshot = writeHubModel(cache, "org/name");
    const outside = join(createTemporaryFolder(), "config.json");
    writeFileSync(outside, "{}");
    rmSync(join(snapshot, "config.json"));
    symlinkSync(outside, join(snapshot, "config.json"));
    const place = { cwd: createTemporaryFolder(), env: { HF_HUB_CACHE: cache } };
    expectCode("model/escaping_link", () => openModel("org/name", place));
  });
});

describe("a reference to nothing", () => {
  it("says where it looked", () => {
    const cwd = createTemporaryFolder();
    const details = expectCode("model/not_found", () =>
      openModel("org/name@v1", { cwd, env: { HF_HUB_CACHE: "/none" } }),
    );
    expect(details).toEqual({
      reference: "org/name@v1",
      looked: [join(cwd, "org/name@v1"), "/none/models--org--name at v1"],
      nearest: undefined,
    });
  });

  it.each(["../x/y/z", "/no/such/model", "a b", ""])("does not look for %j in the hub's cache", (reference) => {
    const details = expectCode("model/not_found", () => openModel(reference, { cwd: createTemporaryFolder() }));
    expect(details["looked"]).toHaveLength(1);
  });

  it("survives files where folders were expected", () => {
    const cwd = createTemporaryFolder();
    writeFileSync(join(cwd, "file"), "");
    mkdirSync(join(cwd, "cache/models--org--name/refs/main"), { recursive: true });
    for (const cache of ["file", "cache"]) {
      const place = { cwd, env: { HF_HUB_CACHE: join(cwd, cache) } };
      expectCode("model/not_found", () => openModel("file/model", place));
      expectCode("model/not_found", () => openModel("org/name", place));
    }
    expectCode("model/no_weights", () => reopenModel({ kind: "folder", path: join(cwd, "gone") }));
  });

  it("offers the nearest folder, or the nearest model of the cache", () => {
    const cwd = createTemporaryFolder();
    writeModel(join(cwd, "models/mistral"));
    const cache = join(cwd, "cache");
    writeHubModel(cache, "org/some-model");
    const nearest = (reference: string): unknown =>
      expectCode("model/not_found", () => openModel(reference, { cwd, env: { HF_HUB_CACHE: cache } }))["nearest"];
    expect(nearest("models/mistrl")).toBe("models/mistral");
    expect(nearest("org/some-mdoel")).toBe("org/some-model");
    expect(nearest("models/llama")).toBeUndefined();
  });
});
