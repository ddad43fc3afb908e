import type { Tensor } from "onnxruntime-node";
import { namingRulesOf } from "../arch/naming-rules.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { missingTensor } from "../model/folder-model.ts";
import type { Model } from "../model/model.ts";
import { readFloatRange } from "../model/read-floats.ts";
import { elementCount, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { type CodeBits, createQuantisedMatrix, type QuantisedMatrix, quantiseRows } from "./block-quantisation.ts";
import { engineErrors } from "./errors.ts";
import { FORM_BITS, isHalf, isQuantised, type MatrixType } from "./matrix-type.ts";
import type { Runtime } from "./runtime.ts";
import { placeRows, type WeightLayout } from "./weight-layout.ts";

/** Elements of a tensor that are laid out anew at a time: 4 MiB. */
const PIECE_ELEMENTS = 2 ** 20;

/** A tensor of a checkpoint. */
export interface StoredWeight {
  readonly name: string;
  /** As stored. */
  readonly shape: Shape;
  /** The first of the rows that are wanted, and the first that is not. @default all */
  readonly rows?: readonly [number, number];
  /** @default as stored */
  readonly layout?: WeightLayout;
}

/** Memory that models of one shape are loaded into, one after another. */
export interface WeightMemory {
  /** Takes float32 memory for tensors that lie one after the other, as one tensor of the given shape. Zero until loaded. */
  take(stored: readonly StoredWeight[], dims: Shape): Tensor;
  /** The same for matrices, which are held as the 16-bit floats that are stored if these were asked for: as uint16, which are not changed. */
  takeMatrix(stored: readonly StoredWeight[], dims: Shape): Tensor;
  /**
   * The same for matrices of linear maps, which are also held in few bits if these were asked for: as codes, of which
   * `quantisedOf` knows more.
   *
   * @param leastBits - of a code, whatever was asked for. @default 4
   */
  takeLinear(stored: readonly StoredWeight[], dims: readonly [number, number], leastBits?: CodeBits): Tensor;
  /** Returns what a tensor holds, if that is a matrix in few bits. */
  quantisedOf(tensor: Tensor): QuantisedMatrix | undefined;
  /** Checks that a model has all tensors in the shapes expected, but for those that its class may lack. @throws model/tensor_missing, engine/bad_shape */
  check(model: Model): void;
  /** Fills all that was taken from a model that was checked. @throws what reading raises */
  load(model: Model, kernels: Kernels): void;
}

/** Where a weight goes. */
interface Part {
  readonly weight: StoredWeight;
  readonly into: Float32Array | Uint16Array | QuantisedPlace;
}

/** Rows of a matrix in few bits. */
interface QuantisedPlace {
  readonly matrix: QuantisedMatrix;
  readonly firstRow: number;
}

/** How memory is taken. */
export interface WeightMemoryOptions {
  /** Gives zeros; memory that is used again must be zeroed by whoever hands it out. */
  readonly allocate?: (elements: number) => Float32Array;
  /** Of a 16-bit type only if all matrices are stored in it. @default "F32" */
  readonly matrices?: MatrixType;
  /** Whether nothing will be loaded: then tensors are of the right types and empty. @default false */
  readonly isSketch?: boolean;
}

/** Starts without any memory. */
export function createWeightMemory(
  runtime: Runtime,
  { allocate = (elements) => new Float32Array(elements), matrices = "F32", isSketch = false }: WeightMemoryOptions = {},
): WeightMemory {
  const parts: Part[] = [];
  const quantised = new Map<Tensor, QuantisedMatrix>();
  const keep = (stored: readonly StoredWeight[], data: Float32Array | Uint16Array): void => {
    let end = 0;
    for (const weight of stored) {
      const start = end;
      end += sizeInMemory(weight);
      parts.push({ weight, into: data.subarray(start, end) });
    }
  };
  const take: WeightMemory["take"] = (stored, dims) => {
    const held = isSketch ? [0] : dims;
    const data = allocate(elementCount(held));
    keep(stored, data);
    return new runtime.Tensor("float32", data, held);
  };
  const takeMatrix: WeightMemory["takeMatrix"] = (stored, dims) => {
    if (!isHalf(matrices)) return take(stored, dims);
    const held = isSketch ? [0] : dims;
    const data = new Uint16Array(elementCount(held));
    keep(stored, data);
    return new runtime.Tensor("uint16", data, held);
  };
  return {
    take,
    takeMatrix,
    takeLinear(stored, dims, leastBits = 4) {
      if (!isQuantised(matrices)) return takeMatrix(stored, dims);
      const [rows, columns] = dims;
      const matrix = createQuantisedMatrix(leastBits === 8 ? 8 : FORM_BITS[matrices], rows, columns);
      let firstRow = 0;
      for (const weight of stored) {
        parts.push({ weight, into: { matrix, firstRow } });
        firstRow += sizeInMemory(weight) / columns;
      }
      const tensor = new runtime.Tensor("uint8", matrix.codes, [matrix.codes.length]);
      quantised.set(tensor, matrix);
      return tensor;
    },
    quantisedOf: (tensor) => quantised.get(tensor),
    check(model) {
      for (const { weight } of parts) checkShape(model, weight);
    },
    load(model, kernels) {
      for (const { weight, into } of parts) loadWeight(model, { weight, into }, kernels);
    },
  };
}

function sizeInMemory({ shape, rows, layout }: StoredWeight): number {
  if (layout !== undefined) return layout.rows * layout.columns;
  return rows === undefined ? elementCount(shape) : (rows[1] - rows[0]) * columnsOf(shape);
}

/** Elements of what counts as a row. */
function columnsOf(shape: Shape): number {
  return shape.length === 1 ? 1 : shape.at(-1)!;
}

function checkShape(model: Model, { name, shape }: StoredWeight): void {
  const found = model.tensors.get(name);
  if (found === undefined && isOptional(model, name)) return;
  if (found === undefined) throw missingTensor(model.name, name, model.tensors.keys());
  if (sameShape(found.shape, shape)) return;
  const [got, expected] = [formatShape(found.shape), formatShape(shape)];
  throw engineErrors.bad_shape({ model: model.name, tensor: name, got, expected });
}

/** Whether files of the model's class may lack a tensor, which then is 0. */
function isOptional({ config }: Model, name: string): boolean {
  const listed = config["architectures"];
  const [className] = Array.isArray(listed) ? listed : [];
  return typeof className === "string" && namingRulesOf(className).optional?.test(name) === true;
}

function loadWeight(model: Model, { weight, into }: Part, kernels: Kernels): void {
  const { name } = weight;
  if ("matrix" in into) loadQuantised(model, weight, into, kernels);
  else if (!model.tensors.has(name) && isOptional(model, name)) into.fill(0);
  else if (into instanceof Float32Array)
    loadRows(weight, into, (start, values) => readFloatRange({ model, name, start }, values, kernels));
  else
    loadRows(weight, into, (start, { buffer, byteOffset, byteLength }) =>
      model.read(name, 2 * start, new Uint8Array(buffer, byteOffset, byteLength)),
    );
}

/** Quantises piece by piece what is laid out as it is stored, else as a whole. */
function loadQuantised(
  model: Model,
  weight: StoredWeight,
  { matrix, firstRow }: QuantisedPlace,
  kernels: Kernels,
): void {
  const { columns } = matrix;
  const count = sizeInMemory(weight) / columns;
  const pieceRows = weight.layout === undefined ? Math.max(1, Math.floor(PIECE_ELEMENTS / columns)) : count;
  const [start] = weight.rows ?? [0];
  for (let row = 0; row < count; row += pieceRows) {
    const end = Math.min(count, row + pieceRows);
    const values = new Float32Array((end - row) * columns);
    const piece = weight.layout === undefined ? { ...weight, rows: [start + row, start + end] as const } : weight;
    loadWeight(model, { weight: piece, into: values }, kernels);
    quantiseRows(values, firstRow + row, matrix);
  }
}

/** @param read - fills an array with the elements from `start` on. */
function loadRows<A extends Float32Array | Uint16Array>(
  { shape, layout, rows }: StoredWeight,
  into: A,
  read: (start: number, values: A) => void,
): void {
  const columns = columnsOf(shape);
  const [start, end] = rows ?? [0, elementCount(shape) / columns];
  if (layout === undefined) {
    read(start * columns, into);
    return;
  }
  const pieceRows = Math.max(1, Math.min(end - start, Math.floor(PIECE_ELEMENTS / columns)));
  const piece = (
    into instanceof Float32Array ? new Float32Array(pieceRows * columns) : new Uint16Array(pieceRows * columns)
  ) as A;
  for (let firstRow = start; firstRow < end; firstRow += pieceRows) {
    const values = piece.subarray(0, Math.min(pieceRows, end - firstRow) * columns) as A;
    read(firstRow * columns, values);
    placeRows({ values, firstRow, columns }, layout, into);
  }
}
