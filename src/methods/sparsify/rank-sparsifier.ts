/**
 * Keeps each entry with a probability that rises with its place in its row, from density - epsilon for the smallest
 * change to density + epsilon for the largest, as drawn from the merge's random stream.
 *
 * A row runs along the second axis, and is the whole tensor where there is only one axis. The lower index has the lower
 * place among equal changes. An entry that is alone in its row is kept with the probability `density`, where mergekit
 * fails.
 *
 * @source Deep et al. 2024, "DELLA-Merging" ("MAGPRUNE"), https://arxiv.org/abs/2406.11617
 */

import { front } from "../../kernels/front.ts";
import { roundToGrid } from "../../kernels/grid.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { dropLimit } from "../../kernels/random-words.ts";
import { rankScratch } from "../../kernels/selecting.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";
import { elementCount, type Shape } from "../../tensor/shape.ts";
import { methodErrors } from "../errors.ts";
import { ANY_NUMBER, number } from "../method.ts";
import { type Drop, dropAtRandom, workingDtype } from "./drop-at-random.ts";
import type { Sparsifier, SparsifierSettings, SparsifierTools } from "./sparsifier.ts";

export const byRank: Sparsifier = {
  densities: ANY_NUMBER,
  params: {
    epsilon: number("model", 0.15, ANY_NUMBER, "How far the probability of keeping a change strays from the density."),
  },
  grain: (shape) => Math.max(1, elementCount(shape.length < 2 ? shape : shape.slice(1))),
  draws: ({ density, epsilon }) => {
    if (density <= 0) return false;
    if (density + epsilon < 1 && density - epsilon > 0) return true;
    throw methodErrors.epsilon_out_of_range({ density, epsilon });
  },

  begin(settings, tools) {
    if (settings.density <= 0 || tools.n === 0) return { passes: [], apply: (_block, out) => void out.fill(0) };
    return dropAtRandom(settings, tools, rowDropper(settings, tools));
  },
};

/** Drops entries of whole slices of the first axis, in place. */
function rowDropper(settings: SparsifierSettings, tools: SparsifierTools): Drop {
  const { dtype, kernels, shape, blockElements } = tools;
  const [rowLength, stride] = rowsOf(shape);
  const limits = kernels.counters(rowLength);
  limits.set(probabilities(settings, rowLength, workingDtype(dtype)).map(dropLimit));
  const drawn = kernels.counters(blockElements);
  const scratch = kernels.counters(rankScratch(rowLength));
  const dropRows: DropDrawn = (values, own) => kernels.dropByRank(dtype, { values, limits }, own, scratch);
  const drop = stride === 1 ? dropRows : alongColumns(kernels, rowLength, stride, dropRows);
  return (values, words) => {
    const own = front(drawn, values.length);
    words.fill(own);
    drop(values, own);
  };
}

/** Drops entries by the words that were drawn for them, in place. */
type DropDrawn = (values: Float32Array, drawn: Uint32Array) => void;

/** The same for rows whose elements are `stride` apart. */
function alongColumns(kernels: Kernels, rowLength: number, stride: number, dropRow: DropDrawn): DropDrawn {
  const row = kernels.floats(rowLength);
  const rowDrawn = kernels.counters(rowLength);
  return (values, drawn) => {
    for (let slice = 0; slice < values.length; slice += rowLength * stride) {
      for (let start = slice; start < slice + stride; start++) {
        for (let i = 0; i < rowLength; i++) {
          row[i] = values[start + i * stride]!;
          rowDrawn[i] = drawn[start + i * stride]!;
        }
        dropRow(row, rowDrawn);
        for (let i = 0; i < rowLength; i++) values[start + i * stride] = row[i]!;
      }
    }
  };
}

/** Elements in a row, and how far they are apart. */
function rowsOf(shape: Shape): [rowLength: number, stride: number] {
  if (shape.length < 2) return [elementCount(shape), 1];
  return [shape[1]!, elementCount(shape.slice(2))];
}

/** The probability of keeping the entry at each place, [rowLength]. */
function probabilities(
  { density, epsilon }: SparsifierSettings,
  rowLength: number,
  working: ComputeDtype,
): Float32Array {
  const round = (value: number): number => roundToGrid(working, Math.fround(value));
  if (rowLength === 1) return Float32Array.of(round(density));
  const placeOf = (rank: number): number => round(round(rank) + 1);
  const range = round(placeOf(rowLength - 1) - 1);
  const least = round(density - epsilon);
  return Float32Array.from({ length: rowLength }, (_, rank) => {
    const share = Math.min(Math.max(round(round(placeOf(rank) - 1) / range), 0), 1);
    return round(least + round(round(2 * share) * Math.fround(epsilon)));
  });
}
