/** Fronts of several objectives, all to be minimised. */

/** Whether `a` is nowhere worse than `b`, and somewhere better. Equal points do not dominate each other. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (const [i, x] of a.entries()) {
    if (x > b[i]!) return false;
    if (x < b[i]!) better = true;
  }
  return better;
}

/**
 * Cuts points into fronts: the first is dominated by nobody, the next only by the first, and so on.
 *
 * @param dominated - whether the first index's point dominates the second's.
 * @returns indices, ascending within a front.
 * @complexity O(n²) comparisons.
 * @source Deb et al. 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", https://doi.org/10.1109/4235.996017
 */
export function sortFronts(count: number, dominated: (a: number, b: number) => boolean): number[][] {
  const below: number[][] = Array.from({ length: count }, () => []);
  const above = new Array<number>(count).fill(0);
  for (let a = 0; a < count; a++)
    for (let b = 0; b < count; b++)
      if (a !== b && dominated(a, b)) {
        below[a]!.push(b);
        above[b]!++;
      }
  const fronts: number[][] = [];
  let front = [...above.keys()].filter((i) => above[i] === 0);
  while (front.length > 0) {
    fronts.push(front.toSorted((a, b) => a - b));
    const next: number[] = [];
    for (const a of front) for (const b of below[a]!) if (--above[b]! === 0) next.push(b);
    front = next;
  }
  return fronts;
}

/** Returns the indices of points that no other one dominates, ascending. */
export function paretoFront(points: readonly (readonly number[])[]): number[] {
  return sortFronts(points.length, (a, b) => dominates(points[a]!, points[b]!))[0] ?? [];
}

/**
 * Returns how much room each point of a front has around it: the sides of the box between its neighbours, summed over
 * the objectives, each as a share of the front's extent. Infinite at the ends; an objective without extent adds nothing.
 *
 * @param front - [n][M]; points with equal values keep their order.
 */
export function crowdingDistances(front: readonly (readonly number[])[]): number[] {
  const distances = front.map(() => 0);
  const objectives = front[0]?.length ?? 0;
  for (let m = 0; m < objectives; m++) {
    const order = [...front.keys()].sort((a, b) => front[a]![m]! - front[b]![m]!);
    const value = (place: number): number => front[order[place]!]![m]!;
    const extent = value(order.length - 1) - value(0);
    distances[order[0]!] = Number.POSITIVE_INFINITY;
    distances[order.at(-1)!] = Number.POSITIVE_INFINITY;
    for (let k = 1; k < order.length - 1; k++)
      if (extent > 0) distances[order[k]!]! += (value(k + 1) - value(k - 1)) / extent;
  }
  return distances;
}

/**
 * Returns the volume between points and a reference that is dominated by at least one of them.
 *
 * Cuts space into slabs along the last objective and measures each with one objective less.
 *
 * @param points - [n][M]; those that do not dominate the reference count for nothing.
 * @complexity O(n log n) for two objectives, O(n^(M−1) log n) beyond.
 * @source Zitzler & Thiele 1998, https://doi.org/10.1007/BFb0056872
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const inside = points.filter((point) => point.every((x, m) => x < reference[m]!));
  if (inside.length === 0) return 0;
  const last = reference.length - 1;
  if (last === 0) return reference[0]! - Math.min(...inside.map(([x]) => x!));
  const sorted = inside.toSorted((a, b) => a[last]! - b[last]!);
  let volume = 0;
  for (const [i, point] of sorted.entries()) {
    const height = (sorted[i + 1]?.[last] ?? reference[last]!) - point[last]!;
    if (height <= 0) continue;
    const slab = undominated(sorted.slice(0, i + 1).map((one) => one.slice(0, last)));
    volume += height * hypervolume(slab, reference.slice(0, last));
  }
  return volume;
}

/** Keeps the recursion small: what a slab's other points cover adds no volume. */
function undominated(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return points.filter(
    (point, i) => !points.some((other, j) => dominates(other, point) || (j < i && isEqual(other, point))),
  );
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.every((x, i) => x === b[i]!);
}
