/** In which runs of the model the rows of a scoring are read. */

import { batchRows, type ScoreRow, type Target } from "./score-rows.ts";
import { findFamilies, planPrefixes } from "./shared-prefix.ts";

/** Part of a row. */
export interface RowPiece {
  /** At least one. */
  readonly ids: readonly number[];
  /** Those whose positions lie in the piece. */
  readonly targets: readonly Target[];
}

/** One run of the model. */
export interface RowReading {
  /** How the cache is laid out first; undefined where the run goes on from what the last one left in slot 0. */
  readonly layOut: { readonly slots: number; readonly positions: number } | undefined;
  /** Position of the first id of every piece; 0 if there are several. */
  readonly start: number;
  /** What stands before the piece; nothing where several are read. */
  readonly before: readonly number[];
  /** Whether no run goes on from this one. */
  readonly isEnd: boolean;
  /** The longest first. */
  readonly pieces: readonly RowPiece[];
}

/** Bounds of a run. */
export interface ReadingLimits {
  /** Most tokens, padding counted. */
  readonly promptTokens: number;
  /** Longest row that may be read in parts. */
  readonly dividableTokens: number;
  /** As `planPrefixes` takes it. */
  readonly runTokens?: number;
}

/**
 * Plans the runs. Rows that begin alike are read one after another, each from where it differs from the one before; long rows
 * are read in pieces; all others in batches of like length.
 */
export function planReadings(rows: readonly ScoreRow[], limits: ReadingLimits): readonly RowReading[] {
  const isDividable = ({ ids }: ScoreRow): boolean => ids.length <= limits.dividableTokens;
  const dividable = rows.filter(isDividable);
  const whole = rows.filter((row) => !isDividable(row));
  const readings: RowReading[] = [];
  for (const family of findFamilies(dividable.map(({ ids }) => ids))) {
    const members = family.map((index) => dividable[index]!);
    const walk = planWalk(members, limits);
    if (walk === undefined) whole.push(...members);
    else readings.push(...walk);
  }
  const batches = batchRows(whole, limits.promptTokens).map((batch): RowReading => {
    const layOut = { slots: batch.length, positions: batch[0]!.ids.length };
    return { layOut, start: 0, before: [], isEnd: true, pieces: batch };
  });
  return [...batches, ...readings];
}

/** @returns undefined where the rows had better be read together. */
function planWalk(
  rows: readonly ScoreRow[],
  { promptTokens, runTokens }: ReadingLimits,
): readonly RowReading[] | undefined {
  const ids = rows.map((row) => row.ids);
  const firstTarget = (index: number): number =>
    rows[index]!.targets.reduce((first, { position }) => Math.min(first, position), ids[index]!.length - 1);
  const isLong = rows.length === 1 && ids[0]!.length > promptTokens;
  const plan = planPrefixes(ids, [], firstTarget, runTokens);
  if (plan === undefined && !isLong) return undefined;
  const { order, sources } = plan ?? { order: [0], sources: [{ from: 0, tokens: 0 }] };
  const positions = ids.reduce((longest, { length }) => Math.max(longest, length), 0);
  return order.flatMap((index, i) => {
    const pieces = cutRow(rows[index]!, sources[index]!.tokens, promptTokens);
    return i === 0 ? [{ ...pieces[0]!, layOut: { slots: 1, positions } }, ...pieces.slice(1)] : pieces;
  });
}

function cutRow({ ids, targets }: ScoreRow, start: number, promptTokens: number): readonly RowReading[] {
  const readings: RowReading[] = [];
  for (let begin = start; begin < ids.length; begin += promptTokens) {
    const end = begin + promptTokens;
    const own = targets.filter(({ position }) => position >= begin && position < end);
    const before = ids.slice(0, begin);
    const pieces = [{ ids: ids.slice(begin, end), targets: own }];
    readings.push({ layOut: undefined, start: begin, before, isEnd: false, pieces });
  }
  return readings;
}
