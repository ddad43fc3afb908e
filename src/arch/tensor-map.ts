import { parseLayerName } from "./layer-name.ts";
import { type NamingRules, namingRulesOf } from "./naming-rules.ts";

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
