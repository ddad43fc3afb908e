/**
 * What a tensor is in its model, read off its name: which layer it belongs to, and what it does outside of the layers.
 *
 * There is no table of architectures. The first number between dots is the layer; what has none stands before or after
 * the layers by what it is called.
 */

import { type NamingRules, namingRulesOf } from "./naming-rules.ts";

/** A name cut at its layer number: `model.layers.3.mlp.up_proj.weight` is layer 3 of `model.layers` with ending `mlp.up_proj.weight`. */
export interface LayerName {
  /** Text before the layer's number, without the dot. */
  readonly tower: string;
  readonly layer: number;
  /** Text after the number, without the dot. */
  readonly ending: string;
}

/** Cuts a name at the first number between dots; undefined for tensors outside of all layers. */
export function parseLayerName(name: string): LayerName | undefined {
  const match = /^(.*?)\.(\d+)\.(.+)$/.exec(name);
  if (match === null) return undefined;
  const [, tower, digits, ending] = match as unknown as [string, string, string, string];
  return { tower, layer: Number(digits), ending };
}

/** The inverse of `parseLayerName`. */
export function formatLayerName({ tower, layer, ending }: LayerName): string {
  return `${tower}.${layer}.${ending}`;
}

const INPUT_EMBEDDING =
  /(?:^|\.)(?:embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|embd|shared|backbone\.embeddings)\.weight$/;
const EMBEDDING = /(?:^|\.)(?:embed\w*|wte|wpe|embd|\w+_embeddings|embeddings|shared)(?:\.|$)/;
const HEAD = /(?:^|\.)(?:lm_head|embed_out|output|output_layer|decoder)(?:\.linear)?\.(?:weight|bias)$/;
const AFTER =
  /(?:^|\.)(?:lm_head|embed_out|output|output_layer|score|classifier|cls|qa_outputs|pooler|norm|norm_f|ln_f|final_\w*norm|final_layernorm)(?:\.|$)/;

/** Whether a tensor outside of the layers comes before the first or after the last. What is not known comes before. */
export function sideOf(name: string): "before" | "after" {
  if (EMBEDDING.test(name) && !HEAD.test(name)) return "before";
  return AFTER.test(name) ? "after" : "before";
}

/** Whether the tensor turns token ids into vectors. Its axis 0 counts the vocabulary. */
export function isInputEmbedding(name: string): boolean {
  return INPUT_EMBEDDING.test(name);
}

/** Whether the tensor turns vectors into scores of tokens. Its axis 0 counts the vocabulary. */
export function isHead(name: string): boolean {
  return HEAD.test(name) && parseLayerName(name) === undefined;
}

/** Whether axis 0 of the tensor counts the vocabulary. */
export function hasVocabularyAxis(name: string): boolean {
  return isInputEmbedding(name) || isHead(name);
}

/** The tensors of one model, sorted by where they belong. */
export interface TensorMap {
  /** Stored names of the tensors outside of the layers, by canonical name. */
  readonly loose: ReadonlyMap<string, string>;
  /** Layers by tower: most models have one, `model.layers`; encoder and decoder are two. */
  readonly towers: ReadonlyMap<string, Tower>;
}

/** A row of equal layers. */
export interface Tower {
  /** Stored names by ending, for each layer in the files. */
  readonly layers: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** One more than the largest layer number in the files. */
  readonly count: number;
}

/**
 * Sorts a model's tensor names.
 *
 * @param names - as stored.
 * @param architecture - the class in config.json, which decides on old spellings and on buffers that are left out.
 */
export function mapTensors(names: Iterable<string>, architecture: string): TensorMap {
  const rules = namingRulesOf(architecture);
  const loose = new Map<string, string>();
  const towers = new Map<string, Map<number, Map<string, string>>>();
  for (const stored of names) {
    const name = canonicalName(stored, rules);
    if (rules.dropped?.test(name)) continue;
    const place = parseLayerName(name);
    if (place === undefined) {
      loose.set(name, stored);
      continue;
    }
    const layers = towers.get(place.tower) ?? new Map<number, Map<string, string>>();
    const layer = layers.get(place.layer) ?? new Map<string, string>();
    towers.set(place.tower, layers.set(place.layer, layer.set(place.ending, stored)));
  }
  const withCount = (layers: Map<number, Map<string, string>>): Tower => ({
    layers,
    count: Math.max(...layers.keys()) + 1,
  });
  return { loose, towers: new Map([...towers].map(([name, layers]) => [name, withCount(layers)])) };
}

function canonicalName(stored: string, rules: NamingRules): string {
  const { prefix, renamed } = rules;
  const full = prefix?.bare.test(stored) ? prefix.text + stored : stored;
  return renamed?.reduce((name, [pattern, text]) => name.replace(pattern, text), full) ?? full;
}
