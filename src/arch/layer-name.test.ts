import { expect, it } from "vitest";
import { formatLayerName, parseLayerName } from "./layer-name.ts";

it("takes the first number between dots as the layer", () => {
  expect(parseLayerName("model.layers.12.mlp.experts.3.w1.weight")).toEqual({
    tower: "model.layers",
    layer: 12,
    ending: "mlp.experts.3.w1.weight",
  });
  expect(parseLayerName("transformer.h.0.ln_1.bias")).toEqual({
    tower: "transformer.h",
    layer: 0,
    ending: "ln_1.bias",
  });
});

it("does not take numbers inside of words for layers", () => {
  expect(parseLayerName("visual.conv1d_2.weight")).toBeUndefined();
  expect(parseLayerName("lm_head.weight")).toBeUndefined();
});

it("is undone by formatLayerName", () => {
  const name = "encoder.block.3.layer.0.SelfAttention.q.weight";
  expect(formatLayerName(parseLayerName(name)!)).toBe(name);
});
