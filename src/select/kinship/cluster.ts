/** A tree over models: a leaf is a model's index, a fork joins two trees at a distance. */
export type Tree = number | Fork;

/** Two trees that were joined. */
export interface Fork {
  readonly left: Tree;
  readonly right: Tree;
  /** Mean distance between the leaves of both sides. */
  readonly height: number;
}

/**
 * Joins the two nearest groups, again and again, until one is left: average linkage (UPGMA).
 *
 * @param distances - [n][n], symmetric; NaN counts as the largest distance there is. n ≥ 1.
 * @complexity n³
 */
export function clusterByDistance(distances: readonly (readonly number[])[]): Tree {
  const largest = distances.flat().reduce((max, d) => (d > max ? d : max), 0);
  let groups: readonly Tree[] = distances.map((_, i) => i);
  while (groups.length > 1) groups = joinNearest(groups, (i, j) => nanTo(distances[i]![j]!, largest));
  return groups[0]!;
}

function nanTo(value: number, replacement: number): number {
  return Number.isNaN(value) ? replacement : value;
}

function joinNearest(groups: readonly Tree[], distance: (i: number, j: number) => number): readonly Tree[] {
  let best = { left: 0, right: 1, height: Number.POSITIVE_INFINITY };
  const leaves = groups.map(leavesOf);
  for (let left = 0; left < groups.length; left++) {
    for (let right = left + 1; right < groups.length; right++) {
      const all = leaves[left]!.flatMap((i) => leaves[right]!.map((j) => distance(i, j)));
      const height = all.reduce((sum, d) => sum + d, 0) / all.length;
      if (height < best.height) best = { left, right, height };
    }
  }
  const joined: Fork = { left: groups[best.left]!, right: groups[best.right]!, height: best.height };
  return [...groups.filter((_, g) => g !== best.left && g !== best.right), joined];
}

/** The leaves of a tree, left to right: an order in which similar models are neighbours. */
export function leavesOf(tree: Tree): readonly number[] {
  return typeof tree === "number" ? [tree] : [...leavesOf(tree.left), ...leavesOf(tree.right)];
}
