import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, formatSafetensors, type TensorContent, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { openFolderModel } from "./folder-model.ts";
import type { Model } from "./model.ts";

const CONFIG = { model_type: "llama", hidden_size: 2 };
const TENSORS = [floatTensor("a", [2, 2], [1, 2, 3, 4]), floatTensor("b", [3], [5, 6, 7]), floatTensor("c", [], [8])];

function write(tensors: readonly TensorContent[] = TENSORS, maxShardBytes = 0): string {
  const folder = join(createTemporaryFolder(), "model");
  writeCheckpoint(folder, CONFIG, tensors, maxShardBytes);
  return folder;
}

function readAll(model: Model, name: string, startByte = 0, sizeBytes?: number): number[] {
  const { shape } = model.tensors.get(name)!;
  const bytes = new Uint8Array(sizeBytes ?? 4 * shape.reduce((n, size) => n * size, 1));
  model.read(name, startByte, bytes);
  return [...new Float32Array(bytes.buffer)];
}

describe("openFolderModel", () => {
  it.each([0, 16])("opens a checkpoint, with shards of at most %d bytes", (maxShardBytes) => {
    using model = openFolderModel(write(TENSORS, maxShardBytes), "mine");
    expect(model.name).toBe("mine");
    expect(model.config).toEqual(CONFIG);
    expect([...model.tensors.values()]).toEqual(TENSORS.map(({ name, dtype, shape }) => ({ name, dtype, shape })));
    expect(readAll(model, "a")).toEqual([1, 2, 3, 4]);
    expect(readAll(model, "b", 4, 8)).toEqual([6, 7]);
    expect(readAll(model, "c")).toEqual([8]);
  });

  it("opens one .safetensors file, with the config beside it", () => {
    const folder = write();
    writeFileSync(join(folder, "other.safetensors"), formatSafetensors([floatTensor("z", [1], [9])]));
    using model = openFolderModel(join(folder, "other.safetensors"));
    expect([...model.tensors.keys()]).toEqual(["z"]);
    expect(readAll(model, "z")).toEqual([9]);
    expect(model.filesFolder).toBe(folder);
  });

  it("prefers the index to a single file, and passes over tensors that the index does not name", () => {
    const folder = write([floatTensor("single", [1], [1])]);
    writeFileSync(join(folder, "x.safetensors"), formatSafetensors(TENSORS));
    writeFileSync(join(folder, "model.safetensors.index.json"), '{"weight_map":{"b":"x.safetensors"}}');
    using model = openFolderModel(folder);
    expect([...model.tensors.keys()]).toEqual(["b"]);
  });

  it("opens checkpoints of torch: a file, shards with their index, and views of a block", () => {
    const folder = createTemporaryFolder();
    writeFileSync(join(folder, "config.json"), "{}");
    const copy = (name: string, as: string): void =>
      copyFileSync(join(import.meta.dirname, "../../test/golden/data/torch", name), join(folder, as));
    copy("views.pt", "pytorch_model.bin");
    const single = openFolderModel(folder);
    expect(readAll(single, "transposed")).toEqual([0, 1, 2, 3, 4, 5].flatMap((i) => [i, i + 6, i + 12, i + 18]));
    expect(readAll(single, "columns", 8, 12)).toEqual([3, 7, 8]);
    single[Symbol.dispose]();
    copy("parameters.pt", "a.bin");
    copy("protocol4.pt", "b.bin");
    const weightMap = { marked: "a.bin", "layers.1.weight": "b.bin" };
    writeFileSync(join(folder, "pytorch_model.bin.index.json"), JSON.stringify({ weight_map: weightMap }));
    using sharded = openFolderModel(folder);
    expect([...sharded.tensors.keys()]).toEqual(["marked", "layers.1.weight"]);
    expect([readAll(sharded, "marked"), readAll(sharded, "layers.1.weight")]).toEqual([
      [1, 1],
      [1, 1, 1, 1],
    ]);
    expect(sharded.identity()).toMatch(/^[0-9a-f]{64}$/);
  });

  it("refuses to read what is not there", () => {
    using model = openFolderModel(write());
    expectCode("model/tensor_missing", () => model.read("aa", 0, new Uint8Array(1)));
    expectCode("base/invariant", () => model.read("a", 12, new Uint8Array(5)));
    expectCode("base/invariant", () => model.read("a", -1, new Uint8Array(1)));
  });

  it("is not read after it was closed", () => {
    const model = openFolderModel(write());
    model[Symbol.dispose]();
    expectCode("base/invariant", () => model.read("a", 0, new Uint8Array(1)));
  });

  it("reads ranges that lie across the parts of stacked experts", () => {
    const values = (start: number): number[] => [0, 1, 2, 3].map((i) => start + i);
    const names = ["w1", "w2", "w3"];
    const tensors = [0, 1].flatMap((e) =>
      names.map((w, i) =>
        floatTensor(`l.0.block_sparse_moe.experts.${e}.${w}.weight`, [2, 2], values(100 * e + 10 * i)),
      ),
    );
    const folder = join(createTemporaryFolder(), "moe");
    writeCheckpoint(folder, { model_type: "mixtral" }, tensors, 48);
    using model = openFolderModel(folder);
    const name = "l.0.mlp.experts.gate_up_proj";
    expect(model.tensors.get(name)).toEqual({ name, dtype: "F32", shape: [2, 4, 2], converted: true });
    const whole = [...values(0), ...values(20), ...values(100), ...values(120)];
    expect(readAll(model, name)).toEqual(whole);
    for (const [start, end] of [
      [3, 5],
      [4, 8],
      [2, 15],
      [15, 16],
      [0, 0],
    ] as const)
      expect(readAll(model, name, 4 * start, 4 * (end - start))).toEqual(whole.slice(start, end));
    expect(readAll(model, "l.0.mlp.experts.down_proj")).toEqual([...values(10), ...values(110)]);
  });

  it("stacks the experts of Mixtral as transformers does", () => {
    // mergekit 0.1.4 with transformers 5.12.1: layer 0 of a passthrough merge of this model
    using model = openFolderModel(join(import.meta.dirname, "../../test/golden/data/models/mixtral/chat"));
    const hash = (name: string): string => {
      const bytes = new Uint8Array(2 * model.tensors.get(name)!.shape.reduce((n, size) => n * size, 1));
      model.read(name, 0, bytes);
      return createHash("sha256").update(bytes).digest("hex");
    };
    expect(hash("model.layers.0.mlp.experts.gate_up_proj")).toBe(
      "d971db3daf8596a0329d49645ac713972d95caf20cfa5d97d5872c01e3b129fd",
    );
    expect(hash("model.layers.0.mlp.experts.down_proj")).toBe(
      "c4d266a674226a672ead1e8725287789c6d80701a040d6446b409ca21f90b620",
    );
  });
});

describe("what a folder may lack", () => {
  it("may be a config, and a broken or odd one is named", () => {
    const folder = write();
    renameSync(join(folder, "config.json"), join(folder, "c.json"));
    using plain = openFolderModel(folder);
    expect(plain.config).toEqual({});
    for (const [text, code] of [
      ["{", "bad_json"],
      ["[]", "not_an_object"],
      ["null", "not_an_object"],
      ["3", "not_an_object"],
    ]) {
      writeFileSync(join(folder, "config.json"), text!);
      expectCode(`model/${code}`, () => openFolderModel(folder));
    }
    writeFileSync(join(folder, "config.json"), Uint8Array.of(0x22, 0xff, 0x22));
    expectCode("format/not_utf8", () => openFolderModel(folder));
  });

  it.each(["tf_model.h5", "model.onnx", "training_args.bin"])("says that %s cannot be read", (name) => {
    const folder = createTemporaryFolder();
    writeFileSync(join(folder, name), "x");
    expect(expectCode("model/unsupported_weights", () => openFolderModel(folder))).toEqual({ folder, found: [name] });
  });

  it("says the same of a single file of another kind", () => {
    const folder = createTemporaryFolder();
    writeFileSync(join(folder, "x.h5"), "x");
    expectCode("model/unsupported_weights", () => openFolderModel(join(folder, "x.h5")));
  });

  it("takes the one weight file or index that there is, whatever its name", () => {
    const folder = createTemporaryFolder();
    const add = (name: string, tensor: string): void =>
      writeFileSync(join(folder, name), formatSafetensors([floatTensor(tensor, [1], [1])]));
    const namesOf = (): string[] => {
      using model = openFolderModel(folder);
      return [...model.tensors.keys()];
    };
    writeFileSync(join(folder, "training_args.bin"), "x");
    writeFileSync(join(folder, "consolidated.00.pth"), "x");
    add("diffusion_pytorch_model.safetensors", "a");
    expect(namesOf()).toEqual(["a"]);
    add("other.safetensors", "b");
    const found = ["diffusion_pytorch_model.safetensors", "other.safetensors"];
    expect(expectCode("model/ambiguous_weights", namesOf)).toEqual({ folder, found });
    writeFileSync(join(folder, "x.safetensors.index.json"), '{"weight_map":{"b":"other.safetensors"}}');
    expect(namesOf()).toEqual(["b"]);
  });

  it("says that a folder has no weights", () => {
    const folder = createTemporaryFolder();
    writeFileSync(join(folder, "config.json"), "{}");
    expectCode("model/no_weights", () => openFolderModel(folder));
  });

  const writeIndex = (folder: string, map: Readonly<Record<string, string>>): void =>
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));

  it("names a shard that is missing", () => {
    const folder = write();
    writeIndex(folder, { a: "gone.safetensors" });
    const details = expectCode("model/missing_file", () => openFolderModel(folder));
    expect(details).toEqual({ file: join(folder, "gone.safetensors"), neededBy: "model.safetensors.index.json" });
  });

  it("names a tensor that its shard does not have", () => {
    const folder = write();
    writeFileSync(join(folder, "x.safetensors"), formatSafetensors([floatTensor("x", [1], [1])]));
    writeIndex(folder, { a: "model.safetensors", d: "model.safetensors" });
    expect(expectCode("model/tensor_not_in_shard", () => openFolderModel(folder))).toMatchObject({ tensor: "d" });
    writeIndex(folder, { a: "x.safetensors", b: "model.safetensors", x: "x.safetensors" });
    expectCode("model/tensor_not_in_shard", () => openFolderModel(folder));
  });

  it("names a tensor that two shards have", () => {
    const folder = write();
    writeFileSync(join(folder, "x.safetensors"), formatSafetensors(TENSORS.slice(0, 1)));
    writeIndex(folder, { a: "x.safetensors", b: "model.safetensors" });
    expect(expectCode("model/tensor_twice", () => openFolderModel(folder))).toMatchObject({
      tensor: "a",
      shards: ["x.safetensors", "model.safetensors"],
    });
  });

  it("refuses an index that leads out of the folder", () => {
    const folder = write();
    writeIndex(folder, { a: "../model.safetensors" });
    expectCode("format/bad_shard_name", () => openFolderModel(folder));
  });
});

describe("links", () => {
  it("refuses links that lead out of the folder", () => {
    const folder = write();
    const outside = join(folder, "../secret");
    writeFileSync(outside, "{}");
    for (const name of ["config.json", "model.safetensors"]) {
      const other = write();
      renameSync(join(other, name), join(other, "moved"));
      symlinkSync(outside, join(other, name));
      const details = expectCode("model/escaping_link", () => openFolderModel(other));
      expect(details).toMatchObject({ file: join(other, name) });
    }
  });

  it("refuses a folder whose name begins like the model's", () => {
    const folder = write();
    mkdirSync(`${folder}-secret`);
    renameSync(join(folder, "config.json"), join(`${folder}-secret`, "c.json"));
    symlinkSync(join(`${folder}-secret`, "c.json"), join(folder, "config.json"));
    expectCode("model/escaping_link", () => openFolderModel(folder));
  });

  it("follows links inside the folder, and to the folder", () => {
    const folder = write();
    renameSync(join(folder, "config.json"), join(folder, "c.json"));
    symlinkSync("c.json", join(folder, "config.json"));
    symlinkSync(folder, `${folder}-link`);
    using model = openFolderModel(`${folder}-link`);
    expect(readAll(model, "c")).toEqual([8]);
  });

  it("takes folders and devices for what they are", () => {
    const folder = write();
    renameSync(join(folder, "config.json"), join(folder, "c.json"));
    mkdirSync(join(folder, "config.json"));
    expectCode("model/not_a_file", () => openFolderModel(folder));
  });
});

describe("identity", () => {
  const identityOf = (folder: string): string => {
    using model = openFolderModel(folder);
    return model.identity();
  };

  it("is the same wherever the folder lies, and as often as it is asked for", () => {
    using model = openFolderModel(write());
    expect(model.identity()).toMatch(/^[0-9a-f]{64}$/);
    expect(model.identity()).toBe(identityOf(write()));
  });

  it("changes with a value, a name, a shard, the config and the tokenizer", () => {
    const changed = write();
    writeFileSync(join(changed, "config.json"), JSON.stringify({ ...CONFIG, hidden_size: 3 }));
    const withTokenizer = write();
    writeFileSync(join(withTokenizer, "tokenizer.json"), "{}");
    const identities = [
      write(),
      write([...TENSORS.slice(0, 2), floatTensor("c", [], [8.5])]),
      write([...TENSORS.slice(0, 2), floatTensor("d", [], [8])]),
      write(TENSORS, 16),
      changed,
      withTokenizer,
    ].map(identityOf);
    expect(new Set(identities).size).toBe(identities.length);
  });
});
