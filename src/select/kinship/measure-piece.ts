import { changesScratchBytes, signWords } from "../../kernels/comparing.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { Model } from "../../model/model.ts";
import { byteLength, type Dtype } from "../../tensor/dtype.ts";
import type { Piece, Pool } from "./plan-comparison.ts";

/** Sums over a piece, a tensor, or more. Row 0 is the base (or the mean); the others are the models' changes from it. */
export interface RowSums {
  /** One more than the piece has models. */
  readonly rows: number;
  /** [R][R], entries with i ≤ j: dot products. */
  readonly products: Float64Array;
  /** [R] */
  readonly sums: Float64Array;
  /** [R − 1][R − 1] of changes alone, as `countSigns` leaves them. */
  readonly signs: Float64Array;
}

/** Elements read at a time, and widened at a time: the blocks of a few models lie in the second cache. */
const TILE_ELEMENTS = 32_768;
const BLOCK_ELEMENTS = 8192;

/** Bytes of kernel memory that measuring a piece of so many models takes. */
export function measuringBytes(models: number): number {
  const row = TILE_ELEMENTS * 8 + BLOCK_ELEMENTS * 4 + 16 * signWords(BLOCK_ELEMENTS);
  return (models + 1) * row + changesScratchBytes(models + 1) + 16 * (models + 2) ** 2 + 2 ** 20;
}

/**
 * Measures a piece: each of its bytes in each model is read once.
 *
 * @throws what reading raises
 */
export function measurePiece(piece: Piece, pool: Pool, kernels: Kernels): RowSums {
  const mark = kernels.mark();
  try {
    return new PieceMeasurement(piece, pool, kernels).run();
  } finally {
    kernels.release(mark);
  }
}

interface Row {
  readonly model: Model;
  readonly dtype: Dtype;
  readonly buffer: Uint8Array;
  readonly values: Float32Array;
  readonly signs: Uint8Array;
  /** Elements of the whole tensor that the model has. */
  readonly available: number;
  /** The largest magnitude of its changes, as far as it is known. */
  largest: number;
}

class PieceMeasurement {
  readonly #piece: Piece;
  readonly #kernels: Kernels;
  readonly #models: readonly Row[];
  readonly #base: Row | undefined;
  readonly #origin: Float32Array;
  readonly #sums: RowSums;
  /** Where all rows, the base first, are of bfloat16. */
  readonly #scratch: Uint8Array | undefined;

  constructor(piece: Piece, { models, base }: Pool, kernels: Kernels) {
    this.#piece = piece;
    this.#kernels = kernels;
    const open = (model: Model, available: number): Row => {
      const { dtype } = model.tensors.get(piece.name)!;
      const buffer = kernels.bytes(byteLength(dtype, TILE_ELEMENTS));
      const signs = kernels.bytes(16 * signWords(BLOCK_ELEMENTS));
      return { model, dtype, buffer, values: kernels.floats(BLOCK_ELEMENTS), signs, available, largest: 0 };
    };
    this.#models = piece.models.map((m, i) => open(models[m]!, piece.available[i]!));
    this.#base = base === undefined ? undefined : open(base, piece.start + piece.length);
    this.#origin = this.#base?.values ?? kernels.floats(BLOCK_ELEMENTS);
    const rows = this.#models.length + 1;
    const doubles = (n: number): Float64Array => {
      const bytes = kernels.bytes(8 * n);
      return new Float64Array(bytes.buffer, bytes.byteOffset, n).fill(0);
    };
    this.#sums = { rows, products: doubles(rows * rows), sums: doubles(rows), signs: doubles((rows - 1) ** 2) };
    const isPlain = [this.#base, ...this.#models].every((row) => row?.dtype === "BF16");
    this.#scratch = isPlain && !piece.isRounded ? kernels.bytes(changesScratchBytes(rows)) : undefined;
  }

  run(): RowSums {
    if (this.#piece.isRounded) this.#eachTile((tile, from, to) => this.#noteLargest(tile, from, to));
    this.#eachTile((tile, from, to) => this.#addBlock(tile, from, to));
    const { rows, products, sums, signs } = this.#sums;
    return { rows, products: products.slice(), sums: sums.slice(), signs: signs.slice() };
  }

  /** Reads the piece, and calls back for each block of a tile that is not added in one go. */
  #eachTile(onBlock: (tile: number, from: number, to: number) => void): void {
    const { start, length } = this.#piece;
    for (let tile = start; tile < start + length; tile += TILE_ELEMENTS) {
      const tileEnd = Math.min(tile + TILE_ELEMENTS, start + length);
      for (const row of this.#models) readTile(row, this.#piece.name, tile, tileEnd);
      if (this.#base !== undefined) readTile(this.#base, this.#piece.name, tile, tileEnd);
      if (this.#addTile(tileEnd - tile, tileEnd)) continue;
      for (let from = tile; from < tileEnd; from += BLOCK_ELEMENTS) {
        onBlock(tile, from, Math.min(from + BLOCK_ELEMENTS, tileEnd));
      }
    }
  }

  /** @returns whether the tile could be added in one go. */
  #addTile(n: number, tileEnd: number): boolean {
    if (this.#scratch === undefined || this.#models.some(({ available }) => available < tileEnd)) return false;
    const stored = [this.#base!, ...this.#models].map(({ buffer }) => buffer.subarray(0, 2 * n));
    this.#kernels.addChanges(stored, this.#sums, this.#scratch);
    return true;
  }

  #noteLargest(tile: number, from: number, to: number): void {
    this.#takeOrigin(tile, from, to);
    for (const row of this.#models) {
      const { values } = this.#takeChange(row, tile, from, to);
      row.largest = largestMagnitude(values, row.largest);
    }
  }

  #addBlock(tile: number, from: number, to: number): void {
    const origin = this.#takeOrigin(tile, from, to);
    const changes = this.#models.map((row) => {
      const change = this.#takeChange(row, tile, from, to);
      if (this.#piece.isRounded) {
        roundToEightBits(change.values, row.largest);
        this.#kernels.packSigns(change.values, change.bits);
      }
      return change;
    });
    const rows = [origin, ...changes.map(({ values }) => values)];
    this.#kernels.addGram(rows, this.#sums.products, this.#sums.sums);
    this.#kernels.countSigns(
      changes.map(({ bits }) => bits),
      this.#sums.signs,
    );
  }

  #takeOrigin(tile: number, from: number, to: number): Float32Array {
    const origin = this.#origin.subarray(0, to - from);
    if (this.#base === undefined) this.#takeMean(tile, from, to, origin);
    else this.#kernels.widen(this.#base.dtype, storedPart(this.#base, tile, from, to), origin);
    return origin;
  }

  /** Once the origin is there. */
  #takeChange(row: Row, tile: number, from: number, to: number): { values: Float32Array; bits: Uint8Array } {
    const values = row.values.subarray(0, to - from);
    const bits = row.signs.subarray(0, 16 * signWords(to - from));
    this.#kernels.change(row.dtype, storedPart(row, tile, from, to), this.#origin.subarray(0, to - from), values, bits);
    if (row.available < to) {
      values.fill(0, Math.max(0, row.available - from));
      this.#kernels.packSigns(values, bits);
    }
    return { values, bits };
  }

  #takeMean(tile: number, from: number, to: number, origin: Float32Array): void {
    const inputs = this.#models.map((row) => {
      const values = row.values.subarray(0, to - from);
      this.#kernels.widen(row.dtype, storedPart(row, tile, from, to), values);
      return values;
    });
    this.#kernels.weightedMean("F32", { inputs, weights: inputs.map(() => 1), divisor: inputs.length }, origin);
  }
}

/** NaN if there is one. */
function largestMagnitude(values: Float32Array, start: number): number {
  let largest = start;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (!(magnitude <= largest)) largest = magnitude > largest ? magnitude : Number.NaN;
  }
  return largest;
}

/** A float64 next to which there are whole numbers only: adding it rounds, ties to even. */
const ROUNDER = 1.5 * 2 ** 52;

/** Rounds to 127ths of the largest magnitude, ties to even. */
function roundToEightBits(values: Float32Array, largest: number): void {
  if (largest === 0) return;
  for (let i = 0; i < values.length; i++) {
    values[i] = (((127 * values[i]!) / largest + ROUNDER - ROUNDER) * largest) / 127;
  }
}

function storedPart({ dtype, buffer }: Row, tile: number, from: number, to: number): Uint8Array {
  return buffer.subarray(byteLength(dtype, from - tile), byteLength(dtype, to - tile));
}

/** Elements that the model does not have keep whatever was in the buffer. */
function readTile({ model, dtype, buffer, available }: Row, name: string, from: number, to: number): void {
  const end = Math.min(to, available);
  if (end > from) model.read(name, byteLength(dtype, from), buffer.subarray(0, byteLength(dtype, end - from)));
}
