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

import { roundToGrid } from "../../kernels/grid.ts";
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
function rowDropper(settings: SparsifierSettings, { dtype, kernels, shape, blockElements }: SparsifierTools): Drop {
  const [rowLength, stride] = rowsOf(shape);
  const table = kernels.floats(rowLength);
  table.set(probabilities(settings, rowLength, workingDtype(dtype)));
  const keeps = kernels.floats(blockElements);
  const scratch = kernels.counters(rankScratch(rowLength));
  const [row, rowKeeps] = stride === 1 ? [] : [kernels.floats(rowLength), kernels.floats(rowLength)];
  return (values, words) => {
    for (let at = 0; at < values.length; at += rowLength * stride) {
      for (let column = 0; column < stride; column++) {
        if (row === undefined || rowKeeps === undefined) {
          const end = at + rowLength;
          kernels.spreadByRank(dtype, { values: values.subarray(at, end), table }, keeps.subarray(at, end), scratch);
          continue;
        }
        for (let i = 0; i < rowLength; i++) row[i] = values[at + i * stride + column]!;
        kernels.spreadByRank(dtype, { values: row, table }, rowKeeps, scratch);
        for (let i = 0; i < rowLength; i++) keeps[at + i * stride + column] = rowKeeps[i]!;
      }
    }
    words.dropOutBy(values, keeps.subarray(0, values.length));
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
