/** Plans one output tensor: its type and shape, and whether it goes through the method or is copied. */

import { hasVocabularyAxis } from "../arch/tensor-roles.ts";
import type { AnyMethod } from "../methods/method.ts";
import type { TensorInfo } from "../model/model.ts";
import { type ComputeDtype, type Dtype, isComputeDtype, kindOf, promote } from "../tensor/dtype.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import type { CopyWork, MergeWork, PlannedInput, PlannedTensor } from "./plan.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";
import { resolveSettings } from "./resolve-settings.ts";
import type { SlotInput, TensorSlot } from "./tensor-slots.ts";

/** What planning a tensor needs. */
export interface TensorContext {
  readonly recipe: Recipe;
  readonly method: AnyMethod;
  /** Whether surplus rows of embeddings may be dropped. */
  readonly unsafeTruncateEmbeddings: boolean;
  readonly report: Report;
}

/** An input with what its header says. */
interface Input extends SlotInput {
  readonly info: TensorInfo;
}

/** Buffers of this name are integers by definition and keep their type. */
const POSITION_IDS = /(?:^|\.)position_ids$/;

/**
 * Plans a tensor, noting what stands in its way. Its share of the random stream is not known yet and set to 0.
 *
 * @returns undefined if its inputs do not go together.
 */
export function planTensor(context: TensorContext, slot: TensorSlot): PlannedTensor | undefined {
  const inputs = slot.inputs.map((input): Input => {
    const info = input.source.opened.model.tensors.get(input.stored)!;
    return { ...input, info };
  });
  const shape = commonShape(context, slot, inputs);
  if (shape === undefined) return undefined;
  if (isBuffer(context, slot, inputs)) return planBuffer(context, slot, inputs, shape);
  if (isKept(context, slot, inputs)) return planCopy(slot, inputs[0]!, shape);
  const compute = computeDtype(context, slot, inputs);
  if (compute === undefined) return undefined;
  return planMerge(context, { slot, inputs, shape, compute });
}

function commonShape(
  { unsafeTruncateEmbeddings, report }: TensorContext,
  slot: TensorSlot,
  inputs: readonly Input[],
): Shape | undefined {
  const shapes = inputs.map(({ info }) => info.shape);
  const [first] = shapes;
  if (shapes.every((shape) => sameShape(shape, first!))) return first;
  const odd = inputs.find(({ info }) => !sameShape(info.shape, first!))!;
  const list = inputs
    .map(({ source, info }) => `"${source.opened.reference.text}" ${formatShape(info.shape)}`)
    .join(", ");
  const rowsOnly = shapes.every((shape) => sameShape(shape.slice(1), first!.slice(1)) && shape.length > 0);
  if (!hasVocabularyAxis(slot.name) || !rowsOnly) {
    report.error("shape_mismatch", odd.source.place, { tensor: slot.name, shapes: list });
    return undefined;
  }
  if (!unsafeTruncateEmbeddings) {
    report.error("vocabulary_mismatch", odd.source.place, { tensor: slot.name, shapes: list });
    return undefined;
  }
  const rows = Math.min(...shapes.map(([axis]) => axis!));
  report.warn("vocabulary_truncated", odd.source.place, { tensor: slot.name, rows, shapes: list });
  return [rows, ...first!.slice(1)];
}

function isBuffer({ recipe }: TensorContext, slot: TensorSlot, inputs: readonly Input[]): boolean {
  const whole = inputs.every(({ info }) => kindOf(info.dtype) === "integer" || kindOf(info.dtype) === "boolean");
  return whole && (recipe.dtype === undefined || POSITION_IDS.test(slot.name));
}

/** Integers cannot be merged: they must agree, which is seen when they are read. */
function planBuffer(
  { report }: TensorContext,
  slot: TensorSlot,
  inputs: readonly Input[],
  shape: Shape,
): PlannedTensor | undefined {
  const first = inputs.find(({ at }) => at === slot.slice.baseAt) ?? inputs[0]!;
  const others = inputs.filter((input) => input !== first);
  if (others.some(({ info }) => info.dtype !== first.info.dtype)) {
    report.error("mixed_types", first.source.place, { tensor: slot.name, types: listTypes(inputs) });
    return undefined;
  }
  const work: CopyWork = { kind: "copy", from: toPlanned(first), equalTo: others.map(toPlanned), grid: undefined };
  return { name: slot.name, shape, dtype: first.info.dtype, work };
}

/** Types without arithmetic (eight bits and fewer, complex, float64) go through unchanged where nothing is done to them. */
function isKept(context: TensorContext, slot: TensorSlot, inputs: readonly Input[]): boolean {
  const { recipe, method } = context;
  const [input, ...others] = inputs;
  if (others.length > 0 || isComputeDtype(input!.info.dtype)) return false;
  if (recipe.dtype !== undefined || recipe.outDtype !== undefined) return false;
  return isLoneCopy(context, slot, inputs) || (method.keeps?.(settingsOf(context, slot, inputs)) ?? false);
}

function isLoneCopy({ method }: TensorContext, { slice }: TensorSlot, inputs: readonly Input[]): boolean {
  return inputs.length === 1 && slice.sources.length > 1 && method.lone === "copy";
}

function planCopy({ name }: TensorSlot, input: Input, shape: Shape): PlannedTensor {
  const work: CopyWork = { kind: "copy", from: toPlanned(input), equalTo: [], grid: undefined };
  return { name, shape, dtype: input.info.dtype, work };
}

function computeDtype(
  { recipe, report }: TensorContext,
  slot: TensorSlot,
  inputs: readonly Input[],
): ComputeDtype | undefined {
  const asked = recipe.dtype?.value;
  const kinds = new Set(inputs.map(({ info }) => kindOf(info.dtype)));
  if (asked === undefined && kinds.size > 1) {
    report.error("mixed_types", inputs[0]!.source.place, { tensor: slot.name, types: listTypes(inputs) });
    return undefined;
  }
  for (const { info, source } of inputs) {
    if (isReadable(info.dtype, asked !== undefined)) continue;
    const model = source.opened.reference.text;
    report.error("stored_type", source.place, { tensor: slot.name, model, dtype: info.dtype });
    return undefined;
  }
  if (asked !== undefined) return asked as ComputeDtype;
  if (inputs.some(({ info }) => info.dtype === "F64")) {
    report.warn("float64", inputs[0]!.source.place, { what: `tensor "${slot.name}"` });
  }
  return inputs.map(({ info }) => (isComputeDtype(info.dtype) ? info.dtype : "F32")).reduce(promote);
}

/** Eight-bit floats and integers can be cast to the recipe's dtype, but there is no arithmetic in them. */
function isReadable(dtype: Dtype, isCast: boolean): boolean {
  if (isComputeDtype(dtype) || dtype === "F64") return true;
  const isPlain = !/^(?:F4|F6|F8_E8M0|C64)/.test(dtype);
  return isCast && isPlain;
}

interface MergeDraft {
  readonly slot: TensorSlot;
  readonly inputs: readonly Input[];
  readonly shape: Shape;
  readonly compute: ComputeDtype;
}

function planMerge(context: TensorContext, { slot, inputs, shape, compute }: MergeDraft): PlannedTensor | undefined {
  const { recipe, method, report } = context;
  const { name, slice } = slot;
  const base = method.base === "ordinary" ? undefined : inputs.find(({ at }) => at === slice.baseAt);
  const models = inputs.filter((input) => input !== base);
  const written = recipe.outDtype?.value;
  if (models.length === 0 || isLoneCopy(context, slot, inputs)) {
    return { name, shape, dtype: written ?? compute, work: copyLone(inputs[0]!, compute, written ?? compute) };
  }
  if (method.base === "required" && base === undefined) {
    const lacking = slice.baseAt === undefined ? undefined : slice.sources[slice.baseAt]!;
    if (lacking !== undefined)
      report.error("base_tensor_missing", lacking.place, {
        method: method.name,
        base: lacking.opened.reference.text,
        tensor: name,
      });
    return undefined;
  }
  const settings = settingsOf(context, slot, models);
  const work: MergeWork = {
    kind: "merge",
    compute,
    base: base === undefined ? undefined : toPlanned(base),
    models: models.map(toPlanned),
    settings,
    drawStart: 0,
  };
  return { name, shape, dtype: written ?? method.result ?? compute, work };
}

function settingsOf(
  { recipe, method, report }: TensorContext,
  { name, slice, t }: TensorSlot,
  models: readonly Input[],
): Readonly<Record<string, unknown>> {
  const shared = [slice.parameters, slice.module.parameters, recipe.parameters];
  return resolveSettings(
    { method, shared, tensor: name, t, report },
    models.map(({ source, name: tensor }) => {
      return { model: source.opened.reference.text, tensor, parameters: source.parameters, place: source.place };
    }),
  );
}

function copyLone(input: Input, compute: ComputeDtype, written: Dtype): CopyWork {
  const isAsStored = input.info.dtype === compute && compute === written;
  return { kind: "copy", from: toPlanned(input), equalTo: [], grid: isAsStored ? undefined : compute };
}

function toPlanned({ source, stored }: Input): PlannedInput {
  return { model: source.opened.index, tensor: stored };
}

function listTypes(inputs: readonly Input[]): string {
  return inputs.map(({ source, info }) => `"${source.opened.reference.text}" ${info.dtype}`).join(", ");
}
