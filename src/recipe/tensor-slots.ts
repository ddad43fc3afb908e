/** Lists the output tensors of a merge and, for each, what every input has to offer. */

import { formatLayerName } from "../arch/layer-name.ts";
import { namingRulesOf } from "../arch/naming-rules.ts";
import { isHead, isInputEmbedding, sideOf } from "../arch/tensor-roles.ts";
import { compareCodePoints } from "../base/code-points.ts";
import type { LaidModule, LaidSlice, LaidSource } from "./lay-out.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { Report } from "./report.ts";

/** One output tensor. */
export interface TensorSlot {
  /** Canonical name in the output. */
  readonly name: string;
  readonly slice: LaidSlice;
  /** Place in the slice's layers, from 0 to 1; 0 outside of the layers. */
  readonly t: number;
  /** The inputs that have it, in the order of the slice's sources. */
  readonly inputs: readonly SlotInput[];
  /** Whether models may lack it. */
  readonly optional: boolean;
  /** Tensors are worked on in the code-point order of this, the largest name in the inputs' files, empty if none has it. */
  readonly order: string;
}

/** One model's tensor for a slot. */
export interface SlotInput {
  readonly source: LaidSource;
  /** Index of the source in the slice. */
  readonly at: number;
  /** Canonical name in the input, with its own layer number. */
  readonly name: string;
  /** Name in the model's table. */
  readonly stored: string;
}

/** What listing slots needs. */
export interface SlotContext {
  readonly modules: readonly LaidModule[];
  /** Whether GPT-NeoX models may lack the buffers that mergekit demands. */
  readonly allowMissingBuffers: boolean;
  readonly report: Report;
}

/** Lists the output tensors, of each module what comes before the layers, the layers, and what comes after. */
export function listSlots(context: SlotContext): TensorSlot[] {
  return context.modules.flatMap((module) => moduleSlots(context, module));
}

function moduleSlots(context: SlotContext, module: LaidModule): TensorSlot[] {
  const { slices } = module;
  const slots = looseSlots(context, module, slices[0]!, "before");
  const written = new Map<string, number>();
  for (const slice of slices) {
    for (const [tower, count] of slice.towers) {
      const offset = written.get(tower) ?? 0;
      for (let k = 0; k < count; k++) slots.push(...layerSlots(context, slice, { tower, count, k, out: offset + k }));
      written.set(tower, offset + count);
    }
  }
  return [...slots, ...looseSlots(context, module, closingSlice(module, context.report), "after")];
}

/**
 * What follows the layers is read through the last slice. mergekit takes as many sources of it as the first slice has
 * and leaves out the rest; so do we, with a warning, but never the base.
 */
function closingSlice({ slices }: LaidModule, report: Report): LaidSlice {
  const last = slices.at(-1)!;
  const { sources, baseAt } = last;
  const counted = slices[0]!.sources.length;
  const kept = sources.filter((_, i) => i < counted || i === baseAt);
  for (const source of sources) {
    if (kept.includes(source)) continue;
    report.warn("source_left_out", source.place, {
      model: source.opened.reference.text,
      first: counted,
      last: sources.length,
    });
  }
  return { ...last, sources: kept, baseAt: baseAt === undefined ? undefined : kept.indexOf(sources[baseAt]!) };
}

function looseSlots(
  context: SlotContext,
  { owns }: LaidModule,
  slice: LaidSlice,
  side: "before" | "after",
): TensorSlot[] {
  const names = new Set(slice.sources.flatMap(({ opened }) => [...opened.map.loose.keys()]));
  const wanted = [...names].filter((name) => sideOf(name) === side && owns(name));
  return wanted.map((name) => {
    const offer = ({ opened }: LaidSource): Offer => ({
      name,
      stored: tensorOutsideLayers(opened, name),
    });
    return makeSlot(context, { name, slice, t: 0 }, offer);
  });
}

/** Finds a tensor outside of the layers under its name in the model's table; what ties it to another counts. */
export function tensorOutsideLayers(opened: OpenedModel, name: string): string | undefined {
  return opened.map.loose.get(name) ?? tiedTo(opened, name);
}

/** A model without a head of its own uses its input embedding. */
function tiedTo({ map }: OpenedModel, name: string): string | undefined {
  if (!isHead(name) || !name.endsWith(".weight")) return undefined;
  const embedding = [...map.loose.keys()].find(isInputEmbedding);
  return embedding === undefined ? undefined : map.loose.get(embedding);
}

interface LayerPlace {
  readonly tower: string;
  readonly count: number;
  /** Layer in the slice. */
  readonly k: number;
  /** Layer in the output. */
  readonly out: number;
}

function layerSlots(context: SlotContext, slice: LaidSlice, { tower, count, k, out }: LayerPlace): TensorSlot[] {
  const { sources } = slice;
  const t = count > 1 ? k / (count - 1) : 1;
  const layers = sources.map(({ opened, start }) => {
    const own = towerOf(opened, tower);
    return { tower: own, layer: start + k, tensors: opened.map.towers.get(own)?.layers.get(start + k) };
  });
  const endings = new Set(layers.flatMap(({ tensors }) => [...(tensors?.keys() ?? [])]));
  for (const ending of namingRulesOf(sources[0]!.opened.architecture).buffers ?? []) endings.add(ending);
  return [...endings].flatMap((ending) => {
    const name = formatLayerName({ tower, layer: out, ending });
    const slot = makeSlot(context, { name, slice, t }, (_source, i) => {
      const own = layers[i]!;
      return {
        name: formatLayerName({ tower: own.tower, layer: own.layer, ending }),
        stored: own.tensors?.get(ending),
      };
    });
    return slot.inputs.length === 0 ? [] : [slot];
  });
}

/** Models of different classes may call their only tower differently. */
function towerOf({ map }: OpenedModel, tower: string): string {
  if (map.towers.has(tower) || map.towers.size !== 1) return tower;
  const [only] = map.towers.keys();
  return only!;
}

interface Offer {
  readonly name: string;
  readonly stored: string | undefined;
}

function makeSlot(
  { allowMissingBuffers, report }: SlotContext,
  slot: Pick<TensorSlot, "name" | "slice" | "t">,
  offerOf: (source: LaidSource, i: number) => Offer,
): TensorSlot {
  const { sources } = slot.slice;
  const offers = sources.map((source, at) => ({ source, at, ...offerOf(source, at) }));
  const inputs = offers.filter((offer): offer is SlotInput => offer.stored !== undefined);
  const { architecture } = sources[0]!.opened;
  const rules = namingRulesOf(architecture);
  const isBuffer = rules.buffers?.some((ending) => slot.name.endsWith(`.${ending}`)) ?? false;
  const optional = (isBuffer && allowMissingBuffers) || (rules.optional?.test(slot.name) ?? false);
  if (!optional) {
    for (const { source, name, stored } of offers) {
      if (stored !== undefined) continue;
      const model = source.opened.reference.text;
      if (isBuffer) report.error("buffers_missing", source.place, { model, tensor: name, architecture });
      else
        report.error("tensor_missing", source.place, {
          model,
          tensor: name,
          other: inputs[0]!.source.opened.reference.text,
        });
    }
  }
  const order = inputs.map(nameInFile).reduce((a, b) => (compareCodePoints(a, b) < 0 ? b : a), "");
  return { ...slot, inputs, optional, order };
}

/** mergekit sorts what it puts together when it reads, as fused experts, before everything that has a name in a file. */
function nameInFile({ source, stored }: SlotInput): string {
  return source.opened.model.tensors.get(stored)?.converted === true ? "" : stored;
}
