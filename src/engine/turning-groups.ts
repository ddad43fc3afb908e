import type { Batch } from "./batch.ts";

/**
 * Cuts a batch of whole prompts where positions begin to turn otherwise: the attention operator takes one beginning for
 * all prompts of a run. What has no padding of its own kind left loses it.
 *
 * @param turning - names the way in which the positions of a sequence of a length turn.
 * @returns batches of neighbouring sequences, whose rows follow each other as the batch's do if those are sorted.
 */
export function splitByTurning(batch: Batch, turning: (length: number) => string): readonly Batch[] {
  const kinds = Array.from(batch.last, (index) => turning(index + 1));
  const starts = [...kinds.keys()].filter((b) => b === 0 || kinds[b] !== kinds[b - 1]);
  if (starts.length <= 1) return [batch];
  return starts.map((start, i) => cutOut(batch, start, starts[i + 1] ?? kinds.length));
}

function cutOut({ ids, last, slot, rows, before, isEnd = false }: Batch, start: number, end: number): Batch {
  const T = ids.length / last.length;
  const own = last.slice(start, end);
  const length = own.reduce((longest, index) => Math.max(longest, index + 1), 1);
  const cut = new Int32Array(own.length * length);
  for (let b = 0; b < own.length; b++) cut.set(ids.subarray((start + b) * T, (start + b) * T + length), b * length);
  const wanted = rows.filter((row) => row >= start * T && row < end * T);
  return {
    ids: cut,
    last: own,
    slot: slot + start,
    rows: wanted.map((row) => (Math.floor(row / T) - start) * length + (row % T)),
    ...(before === undefined ? {} : { before }),
    ...(isEnd ? { isEnd } : {}),
  };
}
