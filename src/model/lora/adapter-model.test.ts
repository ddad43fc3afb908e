import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { createTemporaryFolder } from "../../../test/temporary-folder.ts";
import { floatTensor, formatSafetensors, type TensorContent } from "../../../test/write-checkpoint.ts";
import { widen } from "../../kernels/plain/widen.ts";
import { byteLength } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";
import { openFolderModel } from "../folder-model.ts";
import type { Model } from "../model.ts";
import { openAdapterModel } from "./adapter-model.ts";

const DATA = join(import.meta.dirname, "../../../test/golden/data/adapters");

const open = (name: string): Model =>
  openAdapterModel(openFolderModel(join(DATA, name, "base")), join(DATA, name, "adapter"), name);

function bytesOf(model: Model, name: string): Uint8Array {
  const { dtype, shape } = model.tensors.get(name)!;
  const bytes = new Uint8Array(byteLength(dtype, elementCount(shape)));
  model.read(name, 0, bytes);
  return bytes;
}

function floatsOf(model: Model, name: string): Float32Array {
  const { dtype, shape } = model.tensors.get(name)!;
  const floats = new Float32Array(elementCount(shape));
  widen(dtype, bytesOf(model, name), floats);
  return floats;
}

describe.each(readdirSync(DATA))("%s", (name) => {
  it("has the weights that PEFT merges", () => {
    using model = open(name);
    using base = openFolderModel(join(DATA, name, "base"));
    using merged = openFolderModel(join(DATA, name, "merged.safetensors"));
    expect([...model.tensors.keys()].toSorted()).toEqual(
      [...new Set([...base.tensors.keys(), ...merged.tensors.keys()])].toSorted(),
    );
    for (const [tensor, info] of model.tensors) {
      const expected = merged.tensors.has(tensor) ? merged : base;
      expect(info).toEqual(expected.tensors.get(tensor));
      const [got, wanted] = [floatsOf(model, tensor), floatsOf(expected, tensor)];
      const unit = info.dtype === "F32" ? 2 ** -23 : 0;
      for (const [i, value] of wanted.entries())
        expect(Math.abs(got[i]! - value), `${tensor} ${i}`).toBeLessThanOrEqual(
          unit * Math.max(0.25, Math.abs(value)) * 2,
        );
    }
  });

  it("gives any part of a tensor", () => {
    using model = open(name);
    for (const tensor of model.tensors.keys()) {
      const whole = bytesOf(model, tensor);
      for (const [from, to] of [
        [0, 1],
        [3, Math.min(17, whole.length)],
        [whole.length - 5, whole.length],
        [6, 6],
      ] as const) {
        const part = new Uint8Array(to - from);
        model.read(tensor, from, part);
        expect(part).toEqual(whole.slice(from, to));
      }
    }
  });
});

describe("openAdapterModel", () => {
  const BASE = join(DATA, "plain/base");

  function changed(settings: object, tensors?: readonly TensorContent[], name = "plain"): () => Model {
    const folder = createTemporaryFolder();
    cpSync(join(DATA, name, "adapter"), folder, { recursive: true });
    const file = join(folder, "adapter_config.json");
    const old = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...old, ...settings }));
    if (tensors !== undefined) writeFileSync(join(folder, "adapter_model.safetensors"), formatSafetensors(tensors));
    return () => openAdapterModel(openFolderModel(BASE), folder, "x");
  }
  const pair = (module: string, out: number, rank: number, inputs: number): TensorContent[] => [
    floatTensor(`base_model.model.${module}.lora_A.weight`, [rank, inputs], Array(rank * inputs).fill(1)),
    floatTensor(`base_model.model.${module}.lora_B.weight`, [out, rank], Array(out * rank).fill(1)),
  ];
  const Q = "model.layers.0.self_attn.q_proj";

  it("changes its identity with the adapter's settings and weights", () => {
    const identities = [changed({}), changed({ lora_alpha: 6 }), changed({}, pair(Q, 8, 3, 8))].map((make) => {
      using model = make();
      return model.identity();
    });
    using base = openFolderModel(BASE);
    expect(new Set([...identities, base.identity()]).size).toBe(4);
  });

  it("takes new rows of embeddings, and a head that the base does not have", () => {
    const embedding = floatTensor(
      "base_model.model.model.embed_tokens.modules_to_save.weight",
      [14, 8],
      Array(112).fill(2),
    );
    using larger = changed({}, [...pair(Q, 8, 3, 8), embedding])();
    expect(larger.tensors.get("model.embed_tokens.weight")!.shape).toEqual([14, 8]);
    expect(larger.config["vocab_size"]).toBe(14);
    const folder = createTemporaryFolder();
    writeFileSync(
      join(folder, "model.safetensors"),
      formatSafetensors([floatTensor("model.embed_tokens.weight", [2, 1], [1, 2])]),
    );
    writeFileSync(join(folder, "config.json"), '{"tie_word_embeddings":true}');
    writeFileSync(join(folder, "adapter_config.json"), "{}");
    writeFileSync(
      join(folder, "adapter_model.safetensors"),
      formatSafetensors([floatTensor("lm_head.weight", [2, 1], [3, 4])]),
    );
    using untied = openAdapterModel(openFolderModel(folder), folder, "x");
    expect([untied.config["tie_word_embeddings"], [...floatsOf(untied, "lm_head.weight")]]).toEqual([false, [3, 4]]);
  });

  it("reads names that lack the beginning", () => {
    using model = changed({}, pair("layers.0.self_attn.q_proj", 8, 3, 8))();
    expect(floatsOf(model, `${Q}.weight`)).not.toEqual(floatsOf(openFolderModel(BASE), `${Q}.weight`));
    expectCode("model/adapter_target", changed({}, pair("self_attn.q_proj", 8, 3, 8)));
  });

  it.each([
    ["another kind of adapter", { peft_type: "IA3" }],
    ["a base that its training changed", { init_lora_weights: "pissa_niter_4" }],
    ["repeated layers", { layer_replication: [[0, 1]] }],
    ["a rank that is none", { r: 0 }],
    ["patterns of another form", { rank_pattern: { "(q|v)_proj": 2 } }],
    ["patterns with many wildcards", { alpha_pattern: { ".*a.*a.*a.*a.*b": 2 } }],
  ])("refuses %s", (_what, settings) => {
    expectCode("model/adapter_setting", changed(settings));
  });

  it("refuses settings of another type", () => {
    expectCode("model/config_key_type", changed({ lora_alpha: "16" }));
    expectCode("model/config_key_type", changed({ rank_pattern: { q_proj: "2" } }));
  });

  it("refuses tensors that do not go together, or not with the base", () => {
    expectCode("model/adapter_tensor", changed({}, pair(Q, 8, 3, 8).slice(0, 1)));
    expectCode("model/adapter_tensor", changed({}, [floatTensor("lora_unet_down.alpha", [1], [1])]));
    expectCode("model/adapter_target", changed({}, pair("model.layers.7.self_attn.q_proj", 8, 3, 8)));
    expectCode("model/adapter_fit", changed({}, pair(Q, 8, 2, 8)));
    expectCode("model/adapter_fit", changed({}, pair(Q, 9, 3, 8)));
    expectCode("model/adapter_fit", changed({ use_dora: true }));
    expectCode("model/adapter_fit", changed({ use_dora: false }, undefined, "dora"));
  });

  it("names the files that are missing", () => {
    for (const name of ["adapter_config.json", "adapter_model.safetensors"]) {
      const folder = createTemporaryFolder();
      cpSync(join(DATA, "plain/adapter"), folder, { recursive: true });
      rmSync(join(folder, name));
      const details = expectCode("model/missing_file", () => openAdapterModel(openFolderModel(BASE), folder, "x"));
      expect(details["file"]).toBe(join(folder, name));
    }
  });
});
