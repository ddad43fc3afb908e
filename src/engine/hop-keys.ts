/** What tells whether two models compute the same up to a layer. */

import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { Model } from "../model/model.ts";
import { tensorIdentity } from "../model/tensor-identity.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import type { MatrixType } from "./matrix-type.ts";
import { shapeKey } from "./shape-key.ts";

/** Names what some weights are: equal names mean equal weights, laid out alike. */
export interface WeightKey {
  readonly key: string;
  /** Of the tensors as they are stored. */
  readonly sizeBytes: number;
}

/** Names of all weights of a model. */
export interface WeightKeys {
  /** [L] wherever a layer stands. */
  readonly layers: readonly WeightKey[];
  /** What comes before and after them. */
  readonly ends: WeightKey;
  /** What comes before them, and how all is computed. */
  readonly start: string;
}

/** @complexity one hash of each tensor's identity. */
export function weightKeys(model: Model, shape: DecoderShape, matrices: MatrixType): WeightKeys {
  const { layers, layerDesigns, headTensor, ...same } = shape;
  const { modules } = shape;
  const starts = [modules.embedding, modules.positions, modules.embeddingNorm].filter((module) => module !== undefined);
  const isStart = (name: string): boolean => starts.some((module) => name.startsWith(`${module}.`));
  const describe = (name: string): readonly string[] => [name, tensorIdentity(model, name)];
  const sizeOf = (names: readonly string[]): number =>
    names.reduce((sum, name) => {
      const { dtype, shape: own } = model.tensors.get(name)!;
      return sum + byteLength(dtype, elementCount(own));
    }, 0);
  const names = [...model.tensors.keys()].toSorted();
  const tensors = byLayer(names, shape);
  const inLayers = new Set([...tensors.values()].flatMap((own) => own.map(({ name }) => name)));
  const ends = names.filter((name) => !inLayers.has(name));
  const how = [shapeKey(same), matrices];
  return {
    layers: layerDesigns.map((design, l) => {
      const own = tensors.get(l) ?? [];
      // Names without the layer's number: the same layer may stand elsewhere.
      const parts = own.map(({ name, part }) => [part, tensorIdentity(model, name)]);
      return { key: hashOf([how, design as unknown as Json, parts]), sizeBytes: sizeOf(own.map(({ name }) => name)) };
    }),
    ends: { key: hashOf([how, headTensor, ends.map(describe)]), sizeBytes: sizeOf(ends) },
    start: hashOf([how, names.filter(isStart).map(describe)]),
  };
}

/**
 * Names what a model computes from its start to each layer: equal names mean equal embeddings, equal weights of all
 * layers so far, in this order, and equal settings. How many layers follow does not matter.
 *
 * @returns [L]
 */
export function hopKeys({ start, layers }: WeightKeys): readonly string[] {
  let key = start;
  return layers.map((layer) => {
    key = hashOf([key, layer.key]);
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
