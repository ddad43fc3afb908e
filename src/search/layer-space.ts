/** Searches over which layers run in which order: their variables, and the path that a point stands for. */

import { CodedError } from "../base/errors.ts";
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
  /** Finds a point whose path these hops are; undefined where there is none. Scales count to four digits. */
  point(hops: readonly Hop[]): readonly number[] | undefined;
}

/** @param depths - layers of each model, in the order of the search's models. */
export function layerOrders(space: LayerSpace, depths: readonly number[]): LayerOrders {
  const orders =
    space.kind === "path"
      ? pathOrders(space, depths)
      : space.kind === "dis"
        ? disOrders(space, depths)
        : surgeryOrders(space, depths);
  const isPathOf = (values: readonly number[], hops: readonly Hop[]): boolean => {
    try {
      const path = orders.path(values);
      return path.length === hops.length && path.every((hop, i) => isSameHop(hop, hops[i]!));
    } catch (error) {
      if (error instanceof CodedError && error.code === "search/bad_path") return false;
      throw error;
    }
  };
  return {
    variables: orders.variables,
    path: orders.path,
    point(hops) {
      const rounded = hops.map((hop) => ({ ...hop, scale: Number(hop.scale.toFixed(SCALE_DIGITS)) }));
      return orders.guesses(rounded).find((values) => isInside(orders.variables, values) && isPathOf(values, rounded));
    },
  };
}

const SCALE_DIGITS = 4;

/** An order of layers as its kind knows it: guesses of points are checked by whoever asks. */
interface GuessedOrders extends Omit<LayerOrders, "point"> {
  /** Points whose path may be these hops; empty where there is none. */
  guesses(hops: readonly Hop[]): readonly (readonly number[])[];
}

function isInside(space: Space, values: readonly number[]): boolean {
  return space.every(({ low, high }, i) => values[i]! >= low && values[i]! <= high);
}

function isSameHop(a: Hop, b: Hop): boolean {
  return isSame(a, b) && Math.abs(a.scale - b.scale) < 10 ** -SCALE_DIGITS;
}

/**
 * All layers of all models in a row, the row repeated: each slot is in or out, and scales what it reads if it is in. The
 * first model's first and last layers always begin and end the path.
 *
 * @source Akiba et al. 2024, "Evolutionary optimization of model merging recipes", section 3.2, https://arxiv.org/abs/2403.13187
 */
function pathOrders(space: PathSpace, depths: readonly number[]): GuessedOrders {
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
    guesses(hops) {
      const values = [...slots.map(() => 0), ...scales.map(({ start }) => start)];
      let next = 0;
      for (const [k, hop] of hops.entries()) {
        const slot = slots.findIndex((place, i) => i >= next && isSame(place, hop));
        // Only the pinned last layer may do without a slot.
        if (slot === -1 && k < hops.length - 1) return [];
        if (slot !== -1) values[slot] = 1;
        if (space.scales === "hop" && slot !== -1 && k > 0 && k < hops.length - 1)
          values[slots.length + slot] = hop.scale;
        if (space.scales === "pair" && k > 0)
          values[slots.length + rowPlace(hops[k - 1]!) * row.length + rowPlace(hop)] = hop.scale;
        next = slot === -1 ? slots.length : slot + 1;
      }
      return [values];
    },
  };
}

/**
 * For each layer position: which models' layers run there, in which order, and a scale on what leaves it. A position
 * that chooses none keeps the first model's layer.
 *
 * @source Su & Geiping 2025, "Fine, I'll merge it myself", section 3.2, https://arxiv.org/abs/2502.04030
 */
function disOrders(space: DisSpace, depths: readonly number[]): GuessedOrders {
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
    guesses(hops) {
      const values: number[] = [];
      let before = 0;
      for (let layer = 0; layer < positions; layer++) {
        const own = hops.slice(before).findIndex((hop) => hop.layer !== layer);
        const chosen = hops.slice(before, own === -1 ? hops.length : before + own).map(({ model }) => model);
        before += chosen.length;
        const order = orders.findIndex((one) =>
          isSubsequence(
            chosen,
            one.map((b) => blocks[b]!),
          ),
        );
        if (order === -1) return [];
        values.push(...blocksOf(chosen, blocks), ...(orders.length > 1 ? [order] : []));
        values.push(hops[before]?.scale ?? space.scale.start);
      }
      return [values];
    },
  };
}

/** Bits of the blocks that are chosen; of equal ones the first. */
function blocksOf(chosen: readonly number[], blocks: readonly number[]): readonly number[] {
  return blocks.map((model, b) => {
    const before = blocks.slice(0, b).filter((other) => other === model).length;
    return Number(chosen.filter((one) => one === model).length > before);
  });
}

function isSubsequence(part: readonly number[], whole: readonly number[]): boolean {
  let next = 0;
  for (const one of whole) if (one === part[next]) next++;
  return next === part.length;
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
function surgeryOrders({ operations, longest }: SurgerySpace, depths: readonly number[]): GuessedOrders {
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
    guesses: () => everyPoint(variables),
  };
}

/** All points of a space of whole numbers. */
function everyPoint(space: Space): readonly (readonly number[])[] {
  return space.reduce<readonly (readonly number[])[]>(
    (points, { low, high }) =>
      points.flatMap((point) => Array.from({ length: high - low + 1 }, (_, k) => [...point, low + k])),
    [[]],
  );
}

function checkLength(layers: number, most: number | undefined): void {
  if (most !== undefined && layers > most)
    throw searchErrors.bad_path({ problem: `the path has ${layers} layers; allowed: ${most}` });
}

function isSame(a: Place, b: Place): boolean {
  return a.model === b.model && a.layer === b.layer;
}
