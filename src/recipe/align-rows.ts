/** Decides where every row of every aligned embedding comes from. */

import { type GatheredTensor, ROW_KINDS } from "../model/gathered-model.ts";
import { type ComputeDtype, isComputeDtype, promote } from "../tensor/dtype.ts";
import { elementCount, formatShape, sameShape } from "../tensor/shape.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { Recipe, TokenizerSetting, TokenRule } from "./recipe.ts";
import type { Report } from "./report.ts";
import { type TensorSlot, tensorOutsideLayers } from "./tensor-slots.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What the rows depend on besides the tensor. */
export interface RowContext {
  readonly recipe: Recipe;
  readonly setting: TokenizerSetting;
  /** The output's tokens by id; undefined where an id has none. */
  readonly tokens: readonly (string | undefined)[];
  /** Of the output, padding included. */
  readonly rows: number;
  readonly opened: readonly OpenedModel[];
  /** Of each of `opened`, and how many ids its config.json grants. */
  readonly vocabularies: readonly { readonly vocabulary: Vocabulary; readonly size: number }[];
  readonly report: Report;
}

/** One model's tensor with as many rows as its file has. */
interface RowSource {
  /** Index into `opened`. */
  readonly model: number;
  readonly tensor: string;
  readonly rows: number;
}

/** Which row of which source a token has: an index into the sources, or one of ROW_KINDS, and the row. */
type Row = readonly [source: number, row: number];

/**
 * Aligns one embedding or head: every input's matrix gets the rows of the output's vocabulary.
 *
 * @returns the gathered tensors by the index of their model; undefined if the matrices do not go together.
 */
export function alignRows(context: RowContext, slot: TensorSlot): ReadonlyMap<number, GatheredTensor> | undefined {
  const { opened, report, recipe } = context;
  const infos = slot.inputs.map(({ source, stored }) => source.opened.model.tensors.get(stored)!);
  const [first] = infos;
  const odd = infos.findIndex(({ shape }) => !sameShape(shape.slice(1), first!.shape.slice(1)));
  if (odd >= 0) {
    const shapes = infos
      .map(({ shape }, i) => `"${slot.inputs[i]!.source.opened.reference.text}" ${formatShape(shape)}`)
      .join(", ");
    report.error("shape_mismatch", slot.inputs[odd]!.source.place, { tensor: slot.name, shapes });
    return undefined;
  }
  const types = infos.map(({ dtype }) => (isComputeDtype(dtype) ? dtype : "F32"));
  const dtype = (recipe.dtype?.value ?? types.reduce(promote)) as ComputeDtype;
  const sources = listSources(opened, slot);
  const fallback = fallbackRows(context, slot, sources);
  const shape = [context.rows, ...first!.shape.slice(1)];
  return new Map(
    slot.inputs.map(({ source }, i): [number, GatheredTensor] => {
      const tensor = ownRows(context, sources, i, fallback);
      const from = sources.map(({ model, tensor: name }) => ({ model, tensor: name }));
      return [source.opened.index, { name: slot.name, dtype, shape, from, averages: fallback.averages, ...tensor }];
    }),
  );
}

/** The slot's inputs in their order, then whatever other model has the tensor, for rules that name it. */
function listSources(opened: readonly OpenedModel[], slot: TensorSlot): RowSource[] {
  const inputs = slot.inputs.map(({ source, stored }) => ({ model: source.opened, stored }));
  const others = opened
    .filter((model) => inputs.every((input) => input.model !== model))
    .flatMap((model) => {
      const stored = tensorOutsideLayers(model, slot.name);
      return stored === undefined ? [] : [{ model, stored }];
    });
  const [first] = inputs;
  const width = (model: OpenedModel, stored: string): number =>
    elementCount(model.model.tensors.get(stored)!.shape.slice(1));
  return [...inputs, ...others]
    .filter(({ model, stored }) => width(model, stored) === width(first!.model, first!.stored))
    .map(({ model, stored }) => ({
      model: model.index,
      tensor: stored,
      rows: model.model.tensors.get(stored)!.shape[0] ?? 0,
    }));
}

interface Fallback {
  readonly rowSource: Int32Array;
  readonly rowIndex: Int32Array;
  readonly averages: readonly (readonly Row[])[];
}

/** The row that stands in for models that lack a token. */
function fallbackRows(context: RowContext, slot: TensorSlot, sources: readonly RowSource[]): Fallback {
  const { tokens, rows, setting, report } = context;
  const rowSource = new Int32Array(rows).fill(ROW_KINDS.mean);
  const rowIndex = new Int32Array(rows);
  const averages: (readonly Row[])[] = [];
  const put = (id: number, [source, row]: Row): void => {
    rowSource[id] = source;
    rowIndex[id] = row;
  };
  for (const [id, token] of tokens.entries()) {
    const rule = token === undefined ? undefined : setting.tokens.get(token);
    const held = token === undefined ? [] : heldRows(context, slot, sources, token);
    const base = held.find(([source]) => source === baseSource(slot));
    if (rule?.source.kind === "none" && held.length < slot.inputs.length)
      report.error("token_without_source", rule.place, { token: token! });
    if (rule !== undefined) put(id, ruledRow(context, sources, token!, rule));
    else if (held.length === 1 || base !== undefined) put(id, base ?? held[0]!);
    else if (held.length > 1) put(id, [ROW_KINDS.average, averages.push(held) - 1]);
    else {
      put(id, [ROW_KINDS.zero, 0]);
      noteAbsent(context, slot, token);
    }
  }
  return { rowSource, rowIndex, averages };
}

function baseSource({ inputs, slice }: TensorSlot): number {
  return inputs.findIndex(({ at }) => at === slice.baseAt);
}

/** The rows of the slot's inputs for a token, in their order. */
function heldRows(context: RowContext, slot: TensorSlot, sources: readonly RowSource[], token: string): Row[] {
  return sources.slice(0, slot.inputs.length).flatMap((source, i): Row[] => {
    const row = rowOf(context, source, token);
    return row === undefined ? [] : [[i, row]];
  });
}

/** A token whose id lies beyond what the config states or the file holds has no row. */
function rowOf({ vocabularies }: RowContext, { model, rows }: RowSource, token: string): number | undefined {
  const { vocabulary, size } = vocabularies[model]!;
  const id = vocabulary.ids.get(token);
  return id === undefined || id >= size || id >= rows ? undefined : id;
}

/**
 * mergekit stops at models that have a token without a row, but for the base and for one that is alone. In a union it is
 * transformers that gives the lone model the token, and the written tokenizer would lack it.
 */
function noteAbsent(
  { vocabularies, opened, setting, report }: RowContext,
  { inputs, slice }: TensorSlot,
  token: string | undefined,
): void {
  if (token === undefined) return;
  const base = inputs.find(({ at }) => at === slice.baseAt)?.source.opened.index;
  const owner = vocabularies.findIndex(
    ({ vocabulary, size }, i) => i !== base && (vocabulary.ids.get(token) ?? -1) >= size,
  );
  const isAlone = inputs.length === 1 && setting.source !== "union";
  if (owner < 0 || isAlone) {
    report.warn("token_unknown", setting.place, { token });
    return;
  }
  const { vocabulary, size } = vocabularies[owner]!;
  const details = { token, model: opened[owner]!.reference.text, id: vocabulary.ids.get(token)!, rows: size };
  report.error("token_without_row", setting.place, details);
}

function ruledRow(
  context: RowContext,
  sources: readonly RowSource[],
  token: string,
  { source, place }: TokenRule,
): Row {
  const { opened, vocabularies, report } = context;
  const nothing: Row = [ROW_KINDS.zero, 0];
  if (source.kind === "zero" || source.kind === "none") return nothing;
  const { text, overrideArchitecture } = source.model;
  const model = opened.findIndex(
    ({ reference }) => reference.text === text && reference.overrideArchitecture === overrideArchitecture,
  );
  const at = sources.findIndex((candidate) => candidate.model === model);
  if (model < 0 || at < 0) {
    report.error("token_source_not_merged", source.model.place, { token, model: text });
    return nothing;
  }
  const wanted = source.kind === "same" ? token : source.token;
  const { ids } = vocabularies[model]!.vocabulary;
  const row = typeof wanted === "number" ? wanted : ids.get(wanted);
  if (row !== undefined && row < sources[at]!.rows) return [at, row];
  report.error("token_not_in_model", place, { token: String(wanted), model: text, rows: sources[at]!.rows });
  return nothing;
}

/** A model keeps its own rows, but for forced tokens. */
function ownRows(
  context: RowContext,
  sources: readonly RowSource[],
  own: number,
  fallback: Fallback,
): Pick<GatheredTensor, "rowSource" | "rowIndex"> {
  const rowSource = fallback.rowSource.slice();
  const rowIndex = fallback.rowIndex.slice();
  for (const [id, token] of context.tokens.entries()) {
    if (token === undefined || context.setting.tokens.get(token)?.force === true) continue;
    const row = rowOf(context, sources[own]!, token);
    if (row === undefined) continue;
    rowSource[id] = own;
    rowIndex[id] = row;
  }
  return { rowSource, rowIndex };
}
