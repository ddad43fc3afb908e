/** Searches over which layers run in which order: their variables, and the path that a point stands for. */

import type { Space, Variable } from "../optim/optimiser.ts";
import { searchErrors } from "./errors.ts";
import type { Hop } from "./layer-path.ts";
import type { DisSpace, LayerSpace, PathSpace, SurgerySpace } from "./search.ts";

/** A layer of one of the models. */
interface Place {
  readonly model: number;
  readonly layer: number;
}

/** A space of layer orders over models of known depths. */
export interface LayerOrders {
  readonly variables: Space;
  /** @throws search/bad_path for a path that is longer than allowed. */
  path(values: readonly number[]): readonly Hop[];
}

/** @param depths - layers of each model, in the order of the search's models. */
export function layerOrders(space: LayerSpace, depths: readonly number[]): LayerOrders {
  if (space.kind === "path") return pathOrders(space, depths);
  if (space.kind === "dis") return disOrders(space, depths);
  return surgeryOrders(space, depths);
}

/**
 * All layers of all models in a row, the row repeated: each slot is in or out, and scales what it reads if it is in. The
 * first model's first and last layers always begin and end the path.
 *
 * @source Akiba et al. 2024, "Evolutionary optimization of model merging recipes", section 3.2, https://arxiv.org/abs/2403.13187
 */
function pathOrders(space: PathSpace, depths: readonly number[]): LayerOrders {
  const row = depths.flatMap((depth, model) => Array.from({ length: depth }, (_, layer): Place => ({ model, layer })));
  const slots = Array.from({ length: space.repeats }, () => row).flat();
  const ends = { first: { model: 0, layer: 0 }, last: { model: 0, layer: depths[0]! - 1 } };
  const bits = slots.map((slot, i): Variable => {
    const start = i < depths[0]! ? space.startFirst : space.startOthers;
    return {
      name: `use ${i + 1}: model ${slot.model + 1} layer ${slot.layer}`,
      kind: "choice",
      low: 0,
      high: 1,
      start,
    };
  });
  const scale = (name: string): Variable => ({ name, ...space.scale });
  const scales: Variable[] =
    space.scales === "hop"
      ? slots.map((_, i) => ({ ...scale(`scale ${i + 1}`), onlyIf: { variable: i, equals: 1 } }))
      : space.scales === "pair"
        ? row.flatMap((_, a) => row.map((_b, b) => scale(`scale ${a + 1} to ${b + 1}`)))
        : [];
  const rowPlace = ({ model, layer }: Place): number =>
    depths.slice(0, model).reduce((sum, depth) => sum + depth, 0) + layer;
  return {
    variables: [...bits, ...scales],
    path(values) {
      const chosen = slots.flatMap((slot, i) => (values[i] === 1 ? [{ ...slot, slot: i }] : []));
      const inner = chosen.filter(
        ({ model, layer }, k) =>
          !(k === 0 && model === 0 && layer === 0) && !(k === chosen.length - 1 && isSame({ model, layer }, ends.last)),
      );
      const places = [{ ...ends.first, slot: -1 }, ...inner, { ...ends.last, slot: -1 }];
      checkLength(places.length, space.mostLayers);
      return places.map(({ model, layer, slot }, k): Hop => {
        if (space.scales === "hop") return { model, layer, scale: slot < 0 ? 1 : values[slots.length + slot]! };
        if (space.scales === "none" || k === 0) return { model, layer, scale: 1 };
        const pair = rowPlace(places[k - 1]!) * row.length + rowPlace({ model, layer });
        return { model, layer, scale: values[slots.length + pair]! };
      });
    },
  };
}

/**
 * For each layer position: which models' layers run there, in which order, and a scale on what leaves it. A position
 * that chooses none keeps the first model's layer.
 *
 * @source Su & Geiping 2025, "Fine, I'll merge it myself", section 3.2, https://arxiv.org/abs/2502.04030
 */
function disOrders(space: DisSpace, depths: readonly number[]): LayerOrders {
  const positions = Math.min(...depths);
  const blocks = depths.flatMap((_, model) => Array.from({ length: space.repeats }, () => model));
  const orders = permutations(blocks);
  const width = blocks.length + (orders.length > 1 ? 2 : 1);
  const variables = Array.from({ length: positions }, (_, layer): Variable[] => [
    ...blocks.map(
      (model, b): Variable => ({
        name: `position ${layer}: block ${b + 1} of model ${model + 1}`,
        kind: "choice",
        low: 0,
        high: 1,
        start: b === 0 ? 0.9 : 0.1,
      }),
    ),
    ...(orders.length > 1
      ? [{ name: `position ${layer}: order`, kind: "choice" as const, low: 0, high: orders.length - 1, start: 0 }]
      : []),
    { name: `position ${layer}: scale`, ...space.scale },
  ]).flat();
  return {
    variables,
    path(values) {
      const hops: Hop[] = [];
      let scale = 1;
      for (let layer = 0; layer < positions; layer++) {
        const own = values.slice(layer * width, (layer + 1) * width);
        const order = orders[orders.length > 1 ? own[blocks.length]! : 0]!;
        const chosen = order.filter((b) => own[b] === 1).map((b) => blocks[b]!);
        for (const model of chosen.length === 0 ? [0] : chosen) {
          hops.push({ model, layer, scale });
          scale = 1;
        }
        scale = own.at(-1)!;
      }
      checkLength(hops.length, space.mostLayers);
      return hops;
    },
  };
}

/** Orders of blocks that differ: equal blocks keep theirs. */
function permutations(blocks: readonly number[]): readonly (readonly number[])[] {
  const extend = (prefix: readonly number[]): readonly (readonly number[])[] => {
    if (prefix.length === blocks.length) return [prefix];
    const free = blocks.map((_, b) => b).filter((b) => !prefix.includes(b));
    const next = free.filter((b) => !free.some((other) => other < b && blocks[other] === blocks[b]));
    return next.flatMap((b) => extend([...prefix, b]));
  };
  return extend([]);
}

/** One change by hand: leave a range of the first model's layers out, run it twice, or take it from another model. */
function surgeryOrders({ operations, longest }: SurgerySpace, depths: readonly number[]): LayerOrders {
  const depth = depths[0]!;
  const donors = depths.length - 1;
  const variables: Variable[] = [
    ...(operations.length > 1
      ? [{ name: "operation", kind: "choice" as const, low: 0, high: operations.length - 1, start: 0 }]
      : []),
    { name: "first layer", kind: "whole", low: 0, high: depth - 1, start: Math.floor(depth / 2) },
    ...(longest > 1 ? [{ name: "layers", kind: "whole" as const, low: 1, high: longest, start: 1 }] : []),
    ...(donors > 1 ? [{ name: "donor", kind: "choice" as const, low: 1, high: donors, start: 1 }] : []),
  ];
  return {
    variables,
    path(values) {
      const value = (name: string, fallback: number): number => {
        const i = variables.findIndex((variable) => variable.name === name);
        return i === -1 ? fallback : values[i]!;
      };
      const operation = operations[value("operation", 0)]!;
      const first = value("first layer", 0);
      const end = Math.min(depth, first + value("layers", 1));
      const donor = value("donor", 1);
      const range = (from: number, to: number, model = 0): Hop[] =>
        Array.from({ length: to - from }, (_, i) => ({ model, layer: from + i, scale: 1 }));
      const middle = {
        skip: [],
        repeat: [...range(first, end), ...range(first, end)],
        swap: range(first, end, donor),
      }[operation];
      const path = [...range(0, first), ...middle, ...range(end, depth)];
      if (path.length === 0) throw searchErrors.bad_path({ problem: "no layer is left" });
      return path;
    },
  };
}

function checkLength(layers: number, most: number | undefined): void {
  if (most !== undefined && layers > most)
    throw searchErrors.bad_path({ problem: `the path has ${layers} layers; allowed: ${most}` });
}

function isSame(a: Place, b: Place): boolean {
  return a.model === b.model && a.layer === b.layer;
}
