import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { formatGguf, type GgufContent, type TypedValue } from "../../../test/gguf-file.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { createMemorySource } from "../../format/byte-source.ts";
import { createPlainKernels } from "../../kernels/create-plain-kernels.ts";
import { openFolderModel } from "../folder-model.ts";
import { openModelAndSource, reopenModel } from "../open-model.ts";
import { readFloats } from "../read-floats.ts";
import { type GgufModel, readGguf } from "./read-gguf.ts";

const DATA = join(import.meta.dirname, "../../../test/golden/data/gguf");
const GOLDEN = JSON.parse(readFileSync(join(DATA, "models.json"), "utf8")) as Readonly<
  Record<string, { tensors: Record<string, [number[], string]>; made: Record<string, unknown> }>
>;
const FILES = Object.keys(GOLDEN).filter((name) => name !== "note");

describe.each(FILES)("%s", (file) => {
  const { tensors, made } = GOLDEN[file]!;

  it("has the tensors that transformers reads", () => {
    using model = openFolderModel(join(DATA, file));
    const kernels = createPlainKernels(2 ** 20);
    const found = [...model.tensors.values()].map(({ name, shape }) => {
      const floats = new Float32Array(shape.reduce((n, size) => n * size, 1));
      readFloats(model, name, floats, kernels);
      return [name, [shape, createHash("sha256").update(new Uint8Array(floats.buffer)).digest("hex")]] as const;
    });
    expect(Object.fromEntries(found)).toEqual(tensors);
  });

  it("opens again in another thread, where what decodes its elements cannot go", () => {
    const { model, source } = openModelAndSource(join(DATA, file));
    using again = reopenModel(structuredClone(source));
    expect(again.tensors).toEqual(model.tensors);
    expect(again.identity()).toBe(model.identity());
    model[Symbol.dispose]();
  });

  it("has the config that it was made from", () => {
    using model = openFolderModel(join(DATA, file));
    const defaults = { tie_word_embeddings: file === "gemma2.gguf", rope_theta: 10_000 };
    // phi3's ids of tokens are said by its vocabulary, and Hugging Face has no key for a context that is not scaled.
    const expected = { ...defaults, ...made };
    expect(model.config).toMatchObject(expected);
  });
});

const METADATA: Readonly<Record<string, TypedValue>> = {
  "general.architecture": [8, "llama"],
  "llama.block_count": [4, 1],
  "llama.context_length": [4, 64],
  "llama.embedding_length": [4, 8],
  "llama.feed_forward_length": [4, 8],
  "llama.attention.head_count": [4, 2],
  "llama.attention.layer_norm_rms_epsilon": [6, 1e-6],
};
const float = (name: string, ...shape: readonly number[]): GgufContent => {
  const count = shape.reduce((n, size) => n * size, 1);
  return { name, shape, type: 0, bytes: new Uint8Array(new Float32Array(count).fill(1.5).buffer) };
};
const EMBEDDING = float("token_embd.weight", 3, 8);

const read = (
  metadata: Readonly<Record<string, TypedValue>>,
  tensors: readonly GgufContent[] = [EMBEDDING],
): GgufModel => readGguf(createMemorySource(formatGguf({ ...METADATA, ...metadata }, tensors)), "x.gguf");
const configOf = (model: GgufModel): Record<string, unknown> =>
  JSON.parse(model.texts.get("config.json")!) as Record<string, unknown>;

describe("readGguf", () => {
  it("writes numbers as they were meant, and scalings of positions", () => {
    expect(configOf(read({}))).toMatchObject({ rms_norm_eps: 1e-6, num_key_value_heads: 2, dtype: "float32" });
    const linear = { "llama.rope.scaling.type": [8, "linear"], "llama.rope.scaling.factor": [6, 4] } as const;
    expect(configOf(read(linear))["rope_scaling"]).toEqual({ rope_type: "linear", factor: 4 });
    const yarn = {
      ...linear,
      "llama.rope.scaling.type": [8, "yarn"],
      "llama.rope.scaling.original_context_length": [4, 16],
    } as const;
    expect(configOf(read(yarn))["rope_scaling"]).toMatchObject({
      rope_type: "yarn",
      original_max_position_embeddings: 16,
    });
    const long = [float("rope_factors_long.weight", 2), float("rope_factors_short.weight", 2), EMBEDDING];
    expect(configOf(read({}, long))["rope_scaling"]).toEqual({
      rope_type: "longrope",
      long_factor: [1.5, 1.5],
      short_factor: [1.5, 1.5],
    });
    expect(configOf(read({ "llama.rope.dimension_count": [4, 2] }))["partial_rotary_factor"]).toBe(0.5);
  });

  it("takes a number for every layer if all are equal", () => {
    expect(configOf(read({ "llama.attention.head_count": [9, [4, [2, 2]]] }))["num_attention_heads"]).toBe(2);
    expectCode("model/gguf_key", () => read({ "llama.attention.head_count": [9, [4, [2, 4]]] }));
  });

  it("refuses what it does not know", () => {
    expectCode("model/gguf_architecture", () => read({ "general.architecture": [8, "rwkv7"] }));
    expectCode("model/gguf_key", () => read({ "llama.block_count": [8, "1"] }));
    expectCode("model/gguf_key", () =>
      read({ "llama.rope.scaling.type": [8, "odd"], "llama.rope.scaling.factor": [6, 1] }),
    );
    expectCode("model/gguf_tensor", () => read({}, []));
    expectCode("model/gguf_tensor", () => read({}, [EMBEDDING, float("blk.0.ffn_gate_exps.weight", 2, 8, 8)]));
    expectCode("model/gguf_tensor", () => read({}, [EMBEDDING, float("blk.0.attn_q.weight", 6, 8)]));
    expectCode("model/gguf_tensor", () => read({}, [EMBEDDING, float("rope_freqs.weight", 2)]));
  });
});

describe("a folder with a GGUF file", () => {
  it("is a model; what lies beside the file is preferred to what is in it", () => {
    const folder = createTemporaryFolder();
    copyFileSync(join(DATA, "llama.gguf"), join(folder, "model-q4.gguf"));
    using inside = openFolderModel(folder);
    expect(inside.config["model_type"]).toBe("llama");
    writeFileSync(join(folder, "config.json"), '{"model_type":"mine"}');
    using beside = openFolderModel(folder);
    expect([beside.config["model_type"], beside.sideTexts]).toEqual(["mine", undefined]);
  });

  it("with two of them is not clear", () => {
    const folder = createTemporaryFolder();
    for (const name of ["a.gguf", "b.gguf"]) copyFileSync(join(DATA, "phi3.gguf"), join(folder, name));
    expect(expectCode("model/ambiguous_weights", () => openFolderModel(folder))["found"]).toEqual(["a.gguf", "b.gguf"]);
  });
});
