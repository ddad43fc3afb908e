import { describe, expect, it } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import type { ModelConfig } from "../model/model.ts";
import { readDecoderShape } from "./decoder-shape.ts";
import { positionNeeds } from "./position-graph.ts";
import { createPositionInputs } from "./position-inputs.ts";
import { loadRuntime } from "./runtime.ts";

const runtime = await loadRuntime();
const FACTORS = [1, 1, 1, 1, 1, 1, 1, 1];
const LONG = { rope_type: "longrope", short_factor: FACTORS, long_factor: FACTORS.map(() => 2) };

function prepare(changes: ModelConfig, source: "ids" | "hidden" = "ids") {
  const shape = readDecoderShape(generateModel({ ...LLAMA_CONFIG, ...changes }, LLAMA_SHAPES));
  const needs = positionNeeds(shape, shape.layerDesigns, source);
  const inputs = createPositionInputs(runtime, shape);
  return {
    needs,
    at: (last: readonly number[], length: number) => inputs({ last: Int32Array.from(last), length }, needs),
  };
}

describe("createPositionInputs", () => {
  it("asks for tables and the longest position, and no more, where positions turn", () => {
    const { needs, at } = prepare({});
    expect(needs).toEqual({ ropes: [0], ids: false, alibi: false });
    const inputs = at([2, 4], 5);
    expect(Object.keys(inputs).toSorted()).toEqual(["cos.0", "last", "sin.0", "total"]);
    expect([...(inputs["total"]!.data as Int32Array)]).toEqual([5]);
    expect(inputs["cos.0"]!.dims).toEqual([5, 8]);
  });

  it("keeps its tables until they are too short, and then doubles them within the context", () => {
    const { at } = prepare({});
    const first = at([4], 5)["cos.0"];
    expect(at([3], 1)["cos.0"]).toBe(first);
    expect(at([5], 1)["cos.0"]!.dims).toEqual([10, 8]);
    expect(at([50], 1)["cos.0"]!.dims).toEqual([51, 8]);
    expect(at([51], 1)["cos.0"]!.dims).toEqual([64, 8]);
  });

  it("writes the positions of long sequences behind those of short ones", () => {
    const { at } = prepare({ rope_scaling: { ...LONG, original_max_position_embeddings: 4 } });
    const inputs = at([5, 3], 6);
    expect(inputs["cos.0"]!.dims).toEqual([12, 8]);
    const ids = [...(inputs["position_ids"]!.data as BigInt64Array)].map(Number);
    expect(ids.slice(0, 6)).toEqual([6, 7, 8, 9, 10, 11]);
    expect(ids.slice(6, 10)).toEqual([0, 1, 2, 3]);
    expect([...(at([4, 2], 1)["position_ids"]!.data as BigInt64Array)].map(Number)).toEqual([6, 2]);
  });

  it("counts learned positions from where a piece begins, and only where embeddings are looked up", () => {
    const gpt2 = { architectures: ["GPT2LMHeadModel"], n_embd: 32, n_head: 2, n_layer: 1, tie_word_embeddings: true };
    const shapes = { "transformer.wte.weight": [28, 32] };
    const shape = readDecoderShape(generateModel(gpt2, shapes));
    expect(positionNeeds(shape, shape.layerDesigns, "hidden").ids).toBe(false);
    const needs = positionNeeds(shape, shape.layerDesigns, "ids");
    const inputs = createPositionInputs(runtime, shape)({ last: Int32Array.of(6), length: 3 }, needs);
    expect([...(inputs["position_ids"]!.data as BigInt64Array)].map(Number)).toEqual([4, 5, 6]);
    expect(Object.keys(inputs)).not.toContain("cos.0");
  });
});
