import { describe, expect, it } from "vitest";
import type { StoredTensor } from "../format/safetensors.ts";
import { fuseExperts } from "./fused-experts.ts";

const F = 3;
const C = 2;

function tensor(name: string, shape: readonly number[], dtype: StoredTensor["dtype"] = "BF16"): StoredTensor {
  return { name, dtype, shape, beginByte: 0, endByte: 0 };
}

function experts(prefix: string, numbers: readonly number[], names: readonly string[]): StoredTensor[] {
  return numbers.flatMap((e) =>
    names.map((name) => tensor(`${prefix}.${e}.${name}.weight`, /down|w2/.test(name) ? [C, F] : [F, C])),
  );
}

const QWEN = ["gate_proj", "up_proj", "down_proj"];
const QWEN_LAYER = "model.layers.0.mlp.experts";
const namesOf = (tensors: readonly StoredTensor[], type?: string): string[] =>
  fuseExperts(tensors, type).map((t) => t.name);

describe("fuseExperts", () => {
  it("stacks gate rows, then up rows, of each expert, in the order of the experts' numbers", () => {
    const stored = experts(QWEN_LAYER, [0, 10, 2, 1], QWEN);
    const [gateUp, down, ...rest] = fuseExperts(stored, "qwen3_moe");
    expect(rest).toEqual([]);
    expect(gateUp).toMatchObject({ name: `${QWEN_LAYER}.gate_up_proj`, dtype: "BF16", shape: [4, 2 * F, C] });
    expect(gateUp!.parts.map((part) => part.name.slice(QWEN_LAYER.length + 1))).toEqual(
      [0, 1, 2, 10].flatMap((e) => [`${e}.gate_proj.weight`, `${e}.up_proj.weight`]),
    );
    expect(down).toMatchObject({ name: `${QWEN_LAYER}.down_proj`, shape: [4, C, F] });
    expect(down!.parts.map((part) => part.name.slice(QWEN_LAYER.length + 1))).toEqual(
      [0, 1, 2, 10].map((e) => `${e}.down_proj.weight`),
    );
  });

  it("renames Mixtral's blocks and stacks w1, w3 and w2", () => {
    const block = "model.layers.0.block_sparse_moe";
    const stored = [tensor(`${block}.gate.weight`, [2, C]), ...experts(`${block}.experts`, [0, 1], ["w1", "w2", "w3"])];
    const [router, gateUp, down] = fuseExperts(stored, "mixtral");
    expect(router!.name).toBe("model.layers.0.mlp.gate.weight");
    expect(gateUp!.name).toBe("model.layers.0.mlp.experts.gate_up_proj");
    expect(gateUp!.parts.map((part) => part.name)).toEqual(
      ["0.w1", "0.w3", "1.w1", "1.w3"].map((name) => `${block}.experts.${name}.weight`),
    );
    expect(down!.parts.map((part) => part.name)).toEqual(
      ["0.w2", "1.w2"].map((name) => `${block}.experts.${name}.weight`),
    );
  });

  it("stacks Mixtral experts that already have the newer prefix", () => {
    expect(namesOf(experts(QWEN_LAYER, [0, 1], ["w1", "w2", "w3"]), "mixtral")).toEqual([
      `${QWEN_LAYER}.gate_up_proj`,
      `${QWEN_LAYER}.down_proj`,
    ]);
  });

  it("stacks each layer for itself and keeps what lies between", () => {
    const stored = [0, 1].flatMap((l) => [
      ...experts(`model.layers.${l}.mlp.experts`, [0, 1], QWEN),
      tensor(`model.layers.${l}.mlp.shared_expert.gate_proj.weight`, [F, C]),
    ]);
    expect(namesOf(stored, "qwen2_moe")).toEqual(
      [0, 1].flatMap((l) =>
        ["experts.gate_up_proj", "experts.down_proj", "shared_expert.gate_proj.weight"].map(
          (name) => `model.layers.${l}.mlp.${name}`,
        ),
      ),
    );
  });

  it("changes nothing that is stacked already", () => {
    const stored = [tensor(`${QWEN_LAYER}.gate_up_proj`, [2, 2 * F, C]), tensor(`${QWEN_LAYER}.down_proj`, [2, C, F])];
    expect(namesOf(stored, "qwen3_moe")).toEqual(stored.map((t) => t.name));
  });

  it.each([
    ["of a model type without a rule", "llama", experts(QWEN_LAYER, [0, 1], QWEN)],
    ["of a config without a model type", undefined, experts(QWEN_LAYER, [0, 1], QWEN)],
    ["of a single expert", "qwen3_moe", experts(QWEN_LAYER, [0], QWEN)],
    ["when an expert lacks a matrix", "qwen3_moe", experts(QWEN_LAYER, [0, 1], QWEN).slice(0, -1)],
    [
      "when gate and up have different experts",
      "qwen3_moe",
      [...experts(QWEN_LAYER, [0, 1], ["gate_proj", "down_proj"]), ...experts(QWEN_LAYER, [1, 2], ["up_proj"])],
    ],
    [
      "when scales are stored per expert",
      "deepseek_v3",
      [...experts(QWEN_LAYER, [0, 1], QWEN), tensor(`${QWEN_LAYER}.0.gate_proj.weight_scale_inv`, [1, 1], "F32")],
    ],
    [
      "when types differ",
      "qwen3_moe",
      [...experts(QWEN_LAYER, [0, 1], QWEN).slice(0, -1), tensor(`${QWEN_LAYER}.1.down_proj.weight`, [C, F], "F32")],
    ],
    [
      "when shapes differ",
      "qwen3_moe",
      [
        ...experts(QWEN_LAYER, [0], QWEN),
        ...experts(QWEN_LAYER, [1], QWEN).map((t) => ({ ...t, shape: [F + 1, C + 1] })),
      ],
    ],
  ])("keeps the experts' own names %s", (_, type, stored) => {
    expect(namesOf(stored, type)).toEqual(stored.map((t) => t.name));
  });
});
