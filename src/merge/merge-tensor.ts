/**
 * Carries out the merge of one tensor in bounded memory: reads every input tile by tile, sends blocks through the
 * method, and hands the result's bytes on. What `merge` writes and what a virtual merge reads both come from here.
 */

import { invariant } from "../base/errors.ts";
import { front } from "../kernels/front.ts";
import { BLOCK_ELEMENTS, type Kernels } from "../kernels/kernels.ts";
import type { AnyMethod, Block, TensorMerge } from "../methods/method.ts";
import type { Model } from "../model/model.ts";
import type { CopyWork, MergeWork, PlannedInput, PlannedTensor } from "../recipe/plan.ts";
import { byteLength, type ComputeDtype, type Dtype, isComputeDtype } from "../tensor/dtype.ts";
import { elementCount, type Shape } from "../tensor/shape.ts";
import { mergeErrors } from "./errors.ts";
import { mergeStored } from "./merge-stored.ts";
import type { Emit, TensorTask, Workbench } from "./tensor-task.ts";

/** Blocks that are read at a time, just before they are needed: those of four bfloat16 models fit a processor's cache. */
const CHUNK_BLOCKS = 2;

/** Blocks of a tile when one reading is enough. */
const STREAMING_BLOCKS = 4;

/** Bytes that are copied at a time: hashed and written while they are in the processor's cache. */
const COPY_BYTES = 256 * 2 ** 10;

/** Bytes of kernel memory that a merge needs besides its tiles: blocks, output, statistics and the method's scratch. */
export const SCRATCH_BYTES = 16 * 2 ** 20;

/** The inputs that a tensor's work reads, base first. */
export function inputsOf(work: PlannedTensor["work"]): readonly PlannedInput[] {
  if (work.kind === "copy") return [work.from, ...work.equalTo];
  return work.base === undefined ? work.models : [work.base, ...work.models];
}

/**
 * Merges one tensor and emits its bytes in ascending order.
 *
 * @returns how many of the result's elements are infinite or not a number; 0 for copies, which are not looked at.
 * @throws merge/buffers_differ, kernels/out_of_memory, and what reading raises.
 */
export function mergeTensor(task: TensorTask, bench: Workbench, emit: Emit): number {
  const mark = bench.kernels.mark();
  try {
    const { work } = task.tensor;
    if (work.kind === "merge") return runMethod(task, work, bench, emit);
    if (work.grid !== undefined) return castCopy(task, { from: work.from, grid: work.grid }, bench, emit);
    copyBytes(task, work, bench, emit);
    return 0;
  } finally {
    bench.kernels.release(mark);
  }
}

function runMethod(task: TensorTask, work: MergeWork, bench: Workbench, emit: Emit): number {
  const { tensor, method, seed } = task;
  const { kernels } = bench;
  invariant(isComputeDtype(tensor.dtype), `${tensor.name} is written in a type that merging can round to`);
  const n = elementCount(tensor.shape);
  const tileBytes = n * inputBytes(task, work);
  const keepsRewrites = tileBytes <= bench.tileBytes && holdsGrid(task, work);
  const spareBytes = Math.max(0, bench.tileBytes - tileBytes);
  const merge = method.begin(
    { n, shape: tensor.shape, dtype: work.compute, modelCount: work.models.length, hasBase: work.base !== undefined },
    work.settings,
    { kernels, randomAt: (word) => kernels.mersenneWords(seed, work.drawStart + word), keepsRewrites, spareBytes },
  );
  const applyStored = isStoredAs(task, work) ? merge.applyStored : undefined;
  if (applyStored !== undefined && work.base === undefined && isOneReading(merge))
    return mergeStored(task, work, applyStored, bench, emit);
  const tiles = new Tiles(task, work, n, bench, merge);
  const keep = merge.rewrites === true && keepsRewrites;
  for (const pass of merge.passes) tiles.forEachBlock(pass, keep);
  if (applyStored !== undefined) return tiles.writeStored(tensor.dtype, emit, applyStored);
  return tiles.writeOut(tensor.dtype, emit, method.result === undefined && tensor.dtype === work.compute);
}

/** What becomes of a tensor that only changes its type. */
const UNCHANGED: TensorMerge = { passes: [], apply: ({ models: [values], out }) => out.set(values!) };

function castCopy(
  task: TensorTask,
  { from, grid }: { readonly from: PlannedInput; readonly grid: ComputeDtype },
  bench: Workbench,
  emit: Emit,
): number {
  const { dtype, shape, name } = task.tensor;
  invariant(isComputeDtype(dtype), `${name} is written in a type that can be rounded to`);
  const work: MergeWork = { kind: "merge", compute: grid, base: undefined, models: [from], settings: {}, drawStart: 0 };
  return new Tiles(task, work, elementCount(shape), bench, UNCHANGED).writeOut(dtype, emit);
}

/** The inputs of one tensor, cut into tiles that are read and blocks that are computed. */
class Tiles {
  readonly #kernels: Kernels;
  readonly #compute: ComputeDtype;
  readonly #readers: readonly InputReader[];
  readonly #hasBase: boolean;
  readonly #blocks: readonly Float32Array[];
  readonly #out: Float32Array;
  readonly #merge: TensorMerge;
  readonly #n: number;
  readonly #blockElements: number;
  readonly #tileElements: number;
  readonly #onRead: TensorTask["onRead"];
  #tileStart = -1;
  #loadedTo = 0;
  #seenTo = 0;

  constructor(task: TensorTask, work: MergeWork, n: number, bench: Workbench, merge: TensorMerge) {
    const inputs = inputsOf(work);
    const dtypes = inputs.map((input) => storedDtype(task.models, input));
    this.#kernels = bench.kernels;
    this.#compute = work.compute;
    this.#hasBase = work.base !== undefined;
    this.#merge = merge;
    this.#n = n;
    this.#onRead = task.onRead;
    this.#blockElements = Math.min(n, blockElements(task.method.grain?.(task.tensor.shape) ?? 1));
    this.#tileElements = tileElements({
      n,
      fitting: fittingElements(task, work, bench),
      rereads: !isOneReading(merge),
      block: this.#blockElements,
    });
    this.#blocks = inputs.map(() => bench.kernels.floats(this.#blockElements));
    this.#out = bench.kernels.floats(this.#blockElements);
    this.#readers = inputs.map((input, i) => {
      const dtype = dtypes[i]!;
      const buffer = bench.kernels.bytes(byteLength(dtype, this.#tileElements));
      return { model: task.models[input.model]!, tensor: input.tensor, dtype, buffer };
    });
  }

  /** @param keep - whether what becomes of the models in a block is to be found there by the next reading. */
  forEachBlock(visit: (block: Block) => void, keep = false): void {
    this.#forEachRange((from, to) => {
      const block = this.#block(from, to);
      visit(block);
      if (keep) this.#keep(block);
    });
  }

  /** @param onGrid - whether what the method gives lies on the type's grid already. */
  writeOut(dtype: ComputeDtype, emit: Emit, onGrid = false): number {
    return this.#write(dtype, emit, (from, to, bytes) => {
      const block = this.#block(from, to);
      this.#merge.apply(block);
      return onGrid ? this.#kernels.pack(dtype, block.out, bytes) : this.#kernels.narrow(dtype, block.out, bytes);
    });
  }

  /** Writes what becomes of stored elements, none of which is widened. */
  writeStored(dtype: ComputeDtype, emit: Emit, apply: NonNullable<TensorMerge["applyStored"]>): number {
    return this.#write(dtype, emit, (from, to, bytes) => {
      const inputs = this.#readers.map((reader) => this.#stored(reader, from, to));
      const [base, models] = this.#hasBase ? [inputs[0], inputs.slice(1)] : [undefined, inputs];
      return apply({ base, models }, bytes);
    });
  }

  /** @param fill - writes the result's bytes, and returns how many elements are not finite. */
  #write(dtype: ComputeDtype, emit: Emit, fill: (from: number, to: number, bytes: Uint8Array) => number): number {
    const outElements = Math.min(this.#tileElements, outputElements(this.#blockElements));
    const outBytes = this.#kernels.bytes(byteLength(dtype, outElements));
    let nonFinite = 0;
    let filled = 0;
    let emitted = 0;
    this.#forEachRange((from, to) => {
      const length = byteLength(dtype, to - from);
      nonFinite += fill(from, to, outBytes.subarray(filled, filled + length));
      filled += length;
      if (filled < outBytes.length && to < this.#n) return;
      emit(outBytes.subarray(0, filled), emitted);
      emitted += filled;
      filled = 0;
    });
    return nonFinite;
  }

  /** Goes through all blocks, whose bytes are there when they are visited. */
  #forEachRange(visit: (from: number, to: number) => void): void {
    for (let start = 0; start < this.#n; start += this.#tileElements) {
      const end = Math.min(start + this.#tileElements, this.#n);
      for (let from = start; from < end; from += this.#blockElements) {
        this.#load(start, from, end);
        visit(from, Math.min(from + this.#blockElements, end));
      }
    }
  }

  /** Puts a block's models back into the one tile. */
  #keep({ start, models }: Block): void {
    for (const [m, values] of models.entries()) {
      const reader = this.#readers[m + Number(this.#hasBase)]!;
      invariant(isComputeDtype(reader.dtype), "values on a grid are kept in tensors that hold it");
      this.#kernels.pack(reader.dtype, values, this.#stored(reader, start, start + values.length));
    }
  }

  /** Reads the next blocks of a tile, unless they are there. */
  #load(tileStart: number, from: number, tileEnd: number): void {
    if (this.#tileStart !== tileStart) {
      this.#tileStart = tileStart;
      this.#loadedTo = tileStart;
    }
    if (from < this.#loadedTo) return;
    const to = Math.min(from + CHUNK_BLOCKS * this.#blockElements, tileEnd);
    for (const [i, reader] of this.#readers.entries()) {
      const bytes = this.#stored(reader, from, to);
      reader.model.read(reader.tensor, byteLength(reader.dtype, from), bytes);
      if (from === this.#seenTo) this.#onRead?.(i, bytes);
    }
    this.#loadedTo = to;
    this.#seenTo = Math.max(this.#seenTo, to);
  }

  /** An input's bytes in the tile. */
  #stored({ dtype, buffer }: InputReader, from: number, to: number): Uint8Array {
    return buffer.subarray(byteLength(dtype, from - this.#tileStart), byteLength(dtype, to - this.#tileStart));
  }

  #block(from: number, to: number): Block {
    const widened = (input: number): Float32Array => {
      const reader = this.#readers[input]!;
      const values = front(this.#blocks[input]!, to - from);
      this.#kernels.widen(reader.dtype, this.#stored(reader, from, to), values);
      if (reader.dtype !== this.#compute) this.#kernels.round(this.#compute, values);
      return values;
    };
    const hasBase = this.#hasBase;
    let base: Float32Array | undefined;
    return {
      start: from,
      // Not every pass looks at it.
      get base() {
        if (hasBase) base ??= widened(0);
        return base;
      },
      models: this.#readers.slice(Number(hasBase)).map((_, m) => widened(m + Number(hasBase))),
      out: front(this.#out, to - from),
    };
  }
}

interface InputReader {
  readonly model: Model;
  readonly tensor: string;
  readonly dtype: Dtype;
  readonly buffer: Uint8Array;
}

/** Elements that a method gets at a time: as many whole grains as fit, at least one. */
function blockElements(grain: number): number {
  return grain * Math.max(1, Math.floor(BLOCK_ELEMENTS / grain));
}

/** Elements of a tile when one reading is enough. */
export function streamingElements(shape: Shape, method: AnyMethod): number {
  return STREAMING_BLOCKS * blockElements(method.grain?.(shape) ?? 1);
}

interface TileNeeds {
  readonly n: number;
  /** Elements for which there is memory. */
  readonly fitting: number;
  /** Whether the method reads the tensor more than once. */
  readonly rereads: boolean;
  readonly block: number;
}

/** Without statistics small streaming tiles are best; with them the whole tensor is kept, if it fits, to be read once. */
function tileElements({ n, fitting, rereads, block }: TileNeeds): number {
  if (n === 0) return 1;
  if (rereads && n <= fitting) return n;
  const blocks = Math.max(1, Math.min(Math.floor(fitting / block), STREAMING_BLOCKS));
  return Math.min(n, blocks * block);
}

/** Elements that are written at a time, while they are in the processor's cache: whole blocks, at least one. */
function outputElements(blockElements: number): number {
  return blockElements * Math.max(1, Math.floor((STREAMING_BLOCKS * BLOCK_ELEMENTS) / blockElements));
}

/** How many elements of all inputs fit into the memory at once. */
function fittingElements(task: TensorTask, work: MergeWork, { tileBytes }: Workbench): number {
  return Math.floor(tileBytes / inputBytes(task, work));
}

/** Bytes of one element in all inputs. */
function inputBytes({ models }: TensorTask, work: MergeWork): number {
  const dtypes = inputsOf(work).map((input) => storedDtype(models, input));
  return dtypes.reduce((sum, dtype) => sum + byteLength(dtype, 1), 0);
}

/** Whether the inputs and the result are stored in the type of the computation. */
function isStoredAs({ models, tensor }: TensorTask, work: MergeWork): boolean {
  return [tensor.dtype, ...inputsOf(work).map((input) => storedDtype(models, input))].every(
    (dtype) => dtype === work.compute,
  );
}

function isOneReading({ passes }: TensorMerge): boolean {
  return Array.isArray(passes) && passes.length === 0;
}

/** Whether all models are stored in types that hold what lies on the grid of the computation. */
function holdsGrid({ models }: TensorTask, { models: inputs, compute }: MergeWork): boolean {
  return inputs.every((input) => [compute, "F32"].includes(storedDtype(models, input)));
}

function storedDtype(models: readonly Model[], { model, tensor }: PlannedInput): Dtype {
  const info = models[model]?.tensors.get(tensor);
  invariant(info !== undefined, `the plan names tensors that exist (${tensor})`);
  return info.dtype;
}

function copyBytes(
  { tensor, models, onRead }: TensorTask,
  work: CopyWork,
  { kernels, tileBytes }: Workbench,
  emit: Emit,
): void {
  const total = byteLength(tensor.dtype, elementCount(tensor.shape));
  const chunk = Math.max(1, Math.min(total, Math.floor(tileBytes / 2), COPY_BYTES));
  const bytes = kernels.bytes(chunk);
  const others = work.equalTo.length === 0 ? bytes : kernels.bytes(chunk);
  const source = models[work.from.model]!;
  for (let start = 0; start < total; start += chunk) {
    const part = bytes.subarray(0, Math.min(chunk, total - start));
    source.read(work.from.tensor, start, part);
    onRead?.(0, part);
    for (const [i, input] of work.equalTo.entries()) {
      const other = models[input.model]!;
      const theirs = others.subarray(0, part.length);
      other.read(input.tensor, start, theirs);
      if (Buffer.compare(part, theirs) !== 0) {
        throw mergeErrors.buffers_differ({ tensor: tensor.name, models: [source.name, other.name] });
      }
      onRead?.(i + 1, theirs);
    }
    emit(part, start);
  }
}
