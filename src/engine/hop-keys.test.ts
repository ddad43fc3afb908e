import { describe, expect, it } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import type { Model } from "../model/model.ts";
import { readDecoderShape } from "./decoder-shape.ts";
import { hopKeys, weightKeys } from "./hop-keys.ts";
import type { MatrixType } from "./matrix-type.ts";

/** A model of the layers that `path` names; tensors whose name holds `changed` are others. */
function follow(path: readonly number[], changed = "nothing", config: object = {}): Model {
  const first = Object.entries(LLAMA_SHAPES).filter(([name]) => !name.includes("layers.1."));
  const shapes = first.flatMap(([name, shape]) =>
    name.includes("layers.0.")
      ? path.map((_, l) => [name.replace("layers.0.", `layers.${l}.`), shape])
      : [[name, shape]],
  );
  const sizes = { num_hidden_layers: path.length };
  return {
    ...generateModel({ ...LLAMA_CONFIG, ...sizes, ...config }, Object.fromEntries(shapes)),
    tensorIdentity: (name) =>
      name.includes(changed)
        ? `other ${name}`
        : name.replace(/layers\.(\d+)\./, (_, l) => `layers.${path[Number(l)]}.`),
  };
}

const keysOf = (model: Model, matrices: MatrixType = "F32") =>
  hopKeys(weightKeys(model, readDecoderShape(model), matrices));

describe("hopKeys", () => {
  it("are equal as far as models begin with the same layers, however many follow", () => {
    const [first, second, third] = keysOf(follow([0, 1, 2]));
    expect(keysOf(follow([0, 1]))).toEqual([first, second]);
    expect(keysOf(follow([0, 1, 1, 2])).slice(0, 3)).toEqual([first, second, expect.not.stringMatching(third!)]);
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it("tell the order of layers", () => {
    const one = keysOf(follow([0, 1]));
    const other = keysOf(follow([1, 0]));
    expect(new Set([...one, ...other]).size).toBe(4);
  });

  it("differ from the layer on that has another tensor", () => {
    const plain = keysOf(follow([0, 1, 2]));
    const changed = keysOf(follow([0, 1, 2], "layers.1.mlp.up_proj"));
    expect(changed.map((key, l) => key === plain[l])).toEqual([true, false, false]);
  });

  it.each(["embed_tokens", "layers.0.input_layernorm"])("differ everywhere where %s does", (tensor) => {
    const plain = keysOf(follow([0, 1]));
    expect(keysOf(follow([0, 1], tensor)).filter((key) => plain.includes(key))).toEqual([]);
  });

  it.each(["lm_head", "model.norm"])("do not depend on %s, which comes after the layers", (tensor) => {
    expect(keysOf(follow([0, 1], tensor))).toEqual(keysOf(follow([0, 1])));
  });

  it("differ with what layers compute by, and with how matrices are held", () => {
    const plain = keysOf(follow([0, 1]));
    expect(keysOf(follow([0, 1], "nothing", { rms_norm_eps: 1e-6 }))[0]).not.toBe(plain[0]);
    expect(keysOf(follow([0, 1], "nothing", { rope_theta: 600 }))[0]).not.toBe(plain[0]);
    expect(keysOf(follow([0, 1]), "BF16")[0]).not.toBe(plain[0]);
  });
});
