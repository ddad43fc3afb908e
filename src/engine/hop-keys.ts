/** What tells whether two models compute the same up to a layer. */

import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { Model } from "../model/model.ts";
import { tensorIdentity } from "../model/tensor-identity.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import type { MatrixType } from "./matrix-type.ts";
import { shapeKey } from "./shape-key.ts";

/**
 * Names what a model computes from its start to each layer: equal names mean equal embeddings, equal weights of all
 * layers so far, in this order, and equal settings. How many layers follow does not matter.
 *
 * @returns [L]
 * @complexity one hash of each tensor's identity.
 */
export function hopKeys(model: Model, shape: DecoderShape, matrices: MatrixType): readonly string[] {
  const { layers, layerDesigns, headTensor, ...same } = shape;
  const { modules } = shape;
  const starts = [modules.embedding, modules.positions, modules.embeddingNorm].filter((module) => module !== undefined);
  const isStart = (name: string): boolean => starts.some((module) => name.startsWith(`${module}.`));
  const describe = (name: string): readonly string[] => [name, tensorIdentity(model, name)];
  const names = [...model.tensors.keys()].toSorted();
  const tensors = byLayer(names, shape);
  let key = hashOf([shapeKey(same), matrices, names.filter(isStart).map(describe)]);
  return layerDesigns.map((design, l) => {
    // Names without the layer's number: the same layer may stand elsewhere.
    const own = (tensors.get(l) ?? []).map(({ name, part }) => [part, tensorIdentity(model, name)]);
    key = hashOf([key, design as unknown as Json, own]);
    return key;
  });
}

interface LayerTensor {
  readonly name: string;
  /** What follows the layer's number. */
  readonly part: string;
}

function byLayer(names: readonly string[], { modules }: DecoderShape): ReadonlyMap<number, readonly LayerTensor[]> {
  const before = new Set(
    JSON.stringify(modules)
      .split('"')
      .filter((text) => text.includes("{layer}"))
      .map((module) => module.slice(0, module.indexOf("{layer}"))),
  );
  const found = new Map<number, LayerTensor[]>();
  for (const name of names) {
    const start = [...before].find((prefix) => name.startsWith(prefix));
    const number = start === undefined ? null : /^\d+/.exec(name.slice(start.length));
    if (start === undefined || number === null) continue;
    const layer = Number(number[0]);
    const own = found.get(layer) ?? [];
    found.set(layer, own);
    own.push({ name, part: name.slice(start.length + number[0].length) });
  }
  return found;
}

function hashOf(facts: Json): string {
  return createHash("sha256").update(canonicalJson(facts)).digest("hex");
}
