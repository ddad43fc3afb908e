/** Paths through the layers of models, as ordinary recipes. */

import type { Json } from "../base/canonical-json.ts";
import { searchErrors } from "./errors.ts";
import { toRecipeText } from "./recipe-text.ts";
import type { SearchModel } from "./search.ts";

/** One layer of a path. */
export interface Hop {
  /** Index into the models. */
  readonly model: number;
  /** From 0. */
  readonly layer: number;
  /** Factor on the hidden state that the layer reads. */
  readonly scale: number;
}

/** Which tensors take the factor of the path so far, as parts of their names; the engine knows them for an architecture. */
export interface ScaleFolding {
  /** Divided by the factor. */
  readonly divided: readonly string[];
  /** Multiplied by it. */
  readonly multiplied: readonly string[];
  /** Multiplied by its sign; undefined where that is impossible. */
  readonly signed: readonly string[] | undefined;
  /** The norm after the last layer, which takes the last sign. */
  readonly finalNorm: string | undefined;
}

/** What a path's recipe is written for. */
export interface PathModels {
  readonly models: readonly SearchModel[];
  readonly dtype: string | undefined;
  /** Undefined where only paths without scales can be written. */
  readonly folding: ScaleFolding | undefined;
}

/** Factors beyond this lose digits in 16 bits. */
const FACTOR_RANGE = [1e-4, 1e4] as const;
const DIGITS = 8;

/**
 * Writes the recipe of a path: passthrough slices in the path's order, whose scales stand in the weights.
 *
 * With hop scales s the stream is multiplied by c_t = s_1 … s_t before hop t; it is kept divided by c_t instead, and
 * whatever is added to it is divided too. Embeddings come from the first hop's model, the final norm and the head from
 * the last's.
 *
 * @param hops - at least one.
 * @throws search/bad_path for factors that are 0, beyond 10⁴ or below 10⁻⁴, or negative where signs cannot be folded.
 */
export function pathRecipe({ models, dtype, folding }: PathModels, hops: readonly Hop[]): string {
  let factor = 1;
  const placed = hops.map((hop) => {
    factor = Number((factor * hop.scale).toPrecision(DIGITS));
    checkFactor(factor, folding);
    return { ...hop, factor };
  });
  const slices = joinNeighbours(placed).map(({ model, first, last, factor: c }, i, all) => {
    const scale = factorScales(c, folding, i === all.length - 1);
    const source: { readonly [key: string]: Json | undefined } = {
      model: models[model]!.path,
      layer_range: [first, last + 1],
      parameters: scale.length === 0 ? undefined : { scale },
    };
    return { sources: [source] };
  });
  return toRecipeText({ merge_method: "passthrough", dtype, slices: slices as unknown as Json });
}

function checkFactor(factor: number, folding: ScaleFolding | undefined): void {
  const size = Math.abs(factor);
  if (factor === 1) return;
  if (folding === undefined) throw searchErrors.bad_path({ problem: "scales cannot be written into these models" });
  if (!(size >= FACTOR_RANGE[0] && size <= FACTOR_RANGE[1])) {
    const problem = `the scales multiply to ${factor}; allowed: ${FACTOR_RANGE[0]} to ${FACTOR_RANGE[1]}`;
    throw searchErrors.bad_path({ problem });
  }
  if (factor < 0 && folding.signed === undefined)
    throw searchErrors.bad_path({ problem: "negative scales cannot be written into these models" });
}

interface Stretch {
  readonly model: number;
  readonly first: number;
  last: number;
  readonly factor: number;
}

/** Consecutive layers of one model under one factor are one slice. */
function joinNeighbours(hops: readonly (Hop & { readonly factor: number })[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const { model, layer, factor } of hops) {
    const before = stretches.at(-1);
    if (before?.model === model && before.last + 1 === layer && before.factor === factor) before.last = layer;
    else stretches.push({ model, first: layer, last: layer, factor });
  }
  return stretches;
}

function factorScales(
  factor: number,
  folding: ScaleFolding | undefined,
  isLast: boolean,
): { filter: string; value: number }[] {
  if (factor === 1 || folding === undefined) return [];
  const entry = (value: number) => (filter: string) => ({ filter, value: Number(value.toPrecision(DIGITS)) });
  const signs = factor < 0 ? [...(folding.signed ?? []), ...(isLast ? [folding.finalNorm!] : [])] : [];
  return [...folding.divided.map(entry(1 / factor)), ...folding.multiplied.map(entry(factor)), ...signs.map(entry(-1))];
}
