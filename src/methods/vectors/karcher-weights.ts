import { clampCosine } from "./rounding.ts";

/** When the search for a Karcher mean ends. */
export interface KarcherSettings {
  /** Most steps towards the mean. */
  readonly steps: number;
  /** Angles, steps and lengths below this count as 0. */
  readonly tol: number;
  /** Rounds the mean length. */
  readonly round?: (length: number) => number;
}

/**
 * Karcher mean of vectors as a weighted sum of them: every point on the way is one, so that products of the vectors are
 * all that has to be known of them. In float64 throughout.
 *
 * @param products - [M][M] of the vectors with each other.
 * @returns [M] weights; all 0 where no vector has a length.
 */
export function karcherWeights(
  products: readonly (readonly number[])[],
  { steps, tol, round = (length) => length }: KarcherSettings,
): readonly number[] {
  const lengths = products.map((row, m) => Math.sqrt(row[m]!));
  const valid = [...lengths.keys()].filter((m) => lengths[m]! > tol);
  if (valid.length === 0) return lengths.map(() => 0);
  const cosines = valid.map((i) => valid.map((j) => products[i]![j]! / (lengths[i]! * lengths[j]!)));
  const point = meanOf(cosines, { steps, tol });
  const meanLength = round(lengths.reduce((sum, length) => sum + length / lengths.length, 0));
  return lengths.map((length, m) => {
    const place = valid.indexOf(m);
    return place < 0 ? 0 : (meanLength * point[place]!) / length;
  });
}

/** The mean of directions, [M] coordinates in terms of them. */
function meanOf(cosines: readonly (readonly number[])[], { steps, tol }: KarcherSettings): readonly number[] {
  const share = 1 / cosines.length;
  const start = cosines.map(() => share);
  const first = lengthOf(start, cosines);
  let point = first < tol ? start.map((_, m) => Number(m === 0)) : start.map((part) => part / first);
  for (let step = 0; step < steps; step++) {
    const tangent = tangentAt(point, cosines, tol);
    const length = lengthOf(tangent, cosines);
    if (length < tol) break;
    const along = Math.sin(length) / length;
    const next = point.map((part, m) => Math.cos(length) * part + along * tangent[m]!);
    const norm = lengthOf(next, cosines);
    point = norm > tol ? next.map((part) => part / norm) : next;
  }
  return point;
}

/** The mean of the arcs from a point to the directions. */
function tangentAt(point: readonly number[], cosines: readonly (readonly number[])[], tol: number): readonly number[] {
  const tangent = point.map(() => 0);
  for (const [m, row] of cosines.entries()) {
    const cosine = clampCosine(dot(row, point));
    const angle = Math.acos(cosine);
    if (angle < tol) continue;
    const weight = angle / Math.sin(angle) / cosines.length;
    tangent[m]! += weight;
    for (let i = 0; i < tangent.length; i++) tangent[i]! -= weight * cosine * point[i]!;
  }
  return tangent;
}

function lengthOf(vector: readonly number[], cosines: readonly (readonly number[])[]): number {
  return Math.sqrt(
    Math.max(
      0,
      dot(
        vector,
        cosines.map((row) => dot(row, vector)),
      ),
    ),
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
