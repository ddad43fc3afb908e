/** The edit distance of TER: insertions, deletions, substitutions, and moves of whole phrases, each of cost 1. */

/** Limits of tercom, which scores are compared with. */
const MAX_PHRASE = 10;
const MAX_DISTANCE = 50;
const BEAM = 25;
/** Moves that are tried for a text at most. */
const MAX_TRIED = 1000;

/**
 * Counts the edits that turn one text into another. Moves are found greedily, as finding the best is NP-hard.
 *
 * @complexity O(1000 · n · min(m, 50)).
 * @source Snover et al. 2006, "A study of translation edit rate", https://aclanthology.org/2006.amta-papers.25
 */
export function countEdits(said: readonly string[], wanted: readonly string[]): number {
  if (wanted.length === 0) return said.length;
  const budget = { left: MAX_TRIED };
  let words = said;
  for (let moves = 0; ; moves++) {
    const moved = bestMove(words, wanted, budget);
    if (moved === undefined || budget.left <= 0) return moves + align(words, wanted).distance;
    words = moved;
  }
}

interface Alignment {
  readonly distance: number;
  /** For each word wanted, the last word said that is at or before its place; -1 for none. */
  readonly saidAt: readonly number[];
  readonly saidIsWrong: readonly boolean[];
  readonly wantedIsWrong: readonly boolean[];
}

interface Move {
  readonly words: readonly string[];
  /** Higher is better, entry by entry: edits saved, length, minus the start, minus the target. */
  readonly rank: readonly number[];
}

/** @returns the text after the move that saves most edits; undefined if none saves any. */
function bestMove(
  words: readonly string[],
  wanted: readonly string[],
  budget: { left: number },
): readonly string[] | undefined {
  const before = align(words, wanted);
  let best: Move | undefined;
  for (let start = 0; start < words.length && budget.left > 0; start++) {
    for (let at = 0; at < wanted.length && budget.left > 0; at++) {
      if (Math.abs(at - start) > MAX_DISTANCE) continue;
      for (let length = 1; length <= MAX_PHRASE && budget.left > 0; length++) {
        if (words[start + length - 1] === undefined || words[start + length - 1] !== wanted[at + length - 1]) break;
        for (const target of targetsOf(before, start, at, length)) {
          const shifted = move(words, start, length, target);
          const rank = [before.distance - align(shifted, wanted).distance, length, -start, -target];
          budget.left--;
          if (best === undefined || isHigher(rank, best.rank)) best = { words: shifted, rank };
        }
      }
    }
  }
  return best !== undefined && best.rank[0]! > 0 ? best.words : undefined;
}

/** Places before which a phrase may be put: only phrases that are wrong where they are, and wanted where they are not. */
function targetsOf(before: Alignment, start: number, at: number, length: number): readonly number[] {
  if (!before.saidIsWrong.slice(start, start + length).includes(true)) return [];
  if (!before.wantedIsWrong.slice(at, at + length).includes(true)) return [];
  const now = before.saidAt[at]!;
  if (now >= start && now < start + length) return [];
  const places: number[] = [];
  for (let i = at - 1; i < at + length; i++) {
    const place = i < 0 ? 0 : before.saidAt[i]! + 1;
    if (place !== places.at(-1)) places.push(place);
  }
  return places;
}

/** @param target - the place before which the phrase goes, counted with the phrase still in. */
function move(words: readonly string[], start: number, length: number, target: number): readonly string[] {
  const phrase = words.slice(start, start + length);
  const rest = words.toSpliced(start, length);
  // A target inside the phrase moves it by that much, as tercom does.
  const place = target > start + length ? target - length : target;
  return rest.toSpliced(Math.min(place, rest.length), 0, ...phrase);
}

function isHigher(first: readonly number[], second: readonly number[]): boolean {
  const i = first.findIndex((value, k) => value !== second[k]);
  return i >= 0 && first[i]! > second[i]!;
}

const [KEEP, DROP, ADD] = [0, 1, 2] as const;

/** Levenshtein's distance in a band around the diagonal, and the alignment it stands for. */
function align(said: readonly string[], wanted: readonly string[]): Alignment {
  const [n, m] = [said.length, wanted.length];
  const width = m + 1;
  const costs = new Float64Array((n + 1) * width).fill(Number.POSITIVE_INFINITY);
  const steps = new Uint8Array((n + 1) * width);
  for (let j = 0; j <= m; j++) [costs[j], steps[j]] = [j, ADD];
  const slope = n === 0 ? 1 : m / n;
  const beam = Math.max(BEAM, slope / 2 > BEAM ? Math.ceil(slope / 2 + BEAM) : 0);
  for (let i = 1; i <= n; i++) {
    const diagonal = Math.floor(i * slope);
    const end = i === n ? width : Math.min(width, diagonal + beam);
    for (let j = Math.max(0, diagonal - beam); j < end; j++) {
      const here = i * width + j;
      const drop = costs[here - width]! + 1;
      [costs[here], steps[here]] = [drop, DROP];
      if (j === 0) continue;
      const keep = costs[here - width - 1]! + Number(said[i - 1] !== wanted[j - 1]);
      const add = costs[here - 1]! + 1;
      if (keep <= drop) [costs[here], steps[here]] = [keep, KEEP];
      if (add < costs[here]!) [costs[here], steps[here]] = [add, ADD];
    }
  }
  return { distance: costs[n * width + m]!, ...trace(said, wanted, steps) };
}

function trace(said: readonly string[], wanted: readonly string[], steps: Uint8Array): Omit<Alignment, "distance"> {
  const saidAt = wanted.map(() => -1);
  const saidIsWrong = said.map(() => true);
  const wantedIsWrong = wanted.map(() => true);
  let [i, j] = [said.length, wanted.length];
  while (i > 0 || j > 0) {
    const step = i === 0 ? ADD : j === 0 ? DROP : steps[i * (wanted.length + 1) + j]!;
    if (step !== DROP) saidAt[j - 1] = i - 1;
    if (step === KEEP && said[i - 1] === wanted[j - 1]) saidIsWrong[i - 1] = wantedIsWrong[j - 1] = false;
    if (step !== ADD) i--;
    if (step !== DROP) j--;
  }
  return { saidAt, saidIsWrong, wantedIsWrong };
}
