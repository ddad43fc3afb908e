import type { Regressor } from "./regressor.ts";

/** A tree: what it adds, or which half to look into. */
type Tree = number | { readonly feature: number; readonly limit: number; readonly below: Tree; readonly above: Tree };

/** A sum of trees. */
interface BoostedState {
  readonly start: number;
  readonly trees: readonly Tree[];
}

/** Settings of boosted trees. */
export interface BoostedSettings {
  readonly trees: number;
  /** Questions on the way to a leaf, at most. */
  readonly depth: number;
  /** Share of what a tree finds that is added. */
  readonly rate: number;
  /** Examples in a leaf, at least. */
  readonly leaf: number;
}

/** Examples of 0 that every leaf is thought to have as well. */
const PENALTY = 1;

/**
 * Gradient-boosted regression trees with squared error: each tree is fitted to what the ones before leave over. Splits are
 * searched exactly; nothing is random.
 *
 * @complexity O(trees · depth · n · N) after sorting.
 * @source Friedman 2001, "Greedy function approximation: a gradient boosting machine"; the penalty on leaves is that of Chen &
 * Guestrin 2016, "XGBoost: A scalable tree boosting system", equations 5 to 7
 */
export function boostedTrees(settings: BoostedSettings): Regressor<BoostedState> {
  return {
    name: `trees(${settings.trees}x${settings.depth})`,
    fit(inputs, targets) {
      const start = targets.reduce((sum, y) => sum + y, 0) / targets.length;
      const left = Float64Array.from(targets, (y) => y - start);
      const orders = inputs[0]!.map((_, k) =>
        [...inputs.keys()].sort((a, b) => inputs[a]![k]! - inputs[b]![k]! || a - b),
      );
      const count = orders.length === 0 ? 0 : settings.trees;
      const trees = Array.from({ length: count }, () => {
        const tree = growTree({ inputs, left, settings }, orders, settings.depth);
        for (const [i, input] of inputs.entries()) left[i]! -= evaluateTree(tree, input);
        return tree;
      });
      return { start, trees };
    },
    predict: ({ start, trees }, input) => trees.reduce<number>((sum, tree) => sum + evaluateTree(tree, input), start),
  };
}

function evaluateTree(tree: Tree, input: readonly number[]): number {
  let at = tree;
  while (typeof at !== "number") at = input[at.feature]! < at.limit ? at.below : at.above;
  return at;
}

interface Growth {
  readonly inputs: readonly (readonly number[])[];
  /** [n] what is left over so far. */
  readonly left: Float64Array;
  readonly settings: BoostedSettings;
}

/** @param orders - of each figure, the examples of this part by its value; all the same examples. */
function growTree(growth: Growth, orders: readonly (readonly number[])[], depth: number): Tree {
  const { inputs, left, settings } = growth;
  const members = orders[0] ?? [];
  const total = members.reduce((sum, i) => sum + left[i]!, 0);
  const split = depth > 0 ? bestSplit(growth, orders, total) : undefined;
  if (split === undefined) return (settings.rate * total) / (members.length + PENALTY);
  const { feature, limit } = split;
  const half = (isBelow: boolean): Tree =>
    growTree(
      growth,
      orders.map((order) => order.filter((i) => inputs[i]![feature]! < limit === isBelow)),
      depth - 1,
    );
  return { feature, limit, below: half(true), above: half(false) };
}

interface Split {
  readonly feature: number;
  readonly limit: number;
}

/** The question that lowers the error most, the first of equals; undefined where none does. */
function bestSplit({ inputs, left, settings }: Growth, orders: Growth["inputs"], total: number): Split | undefined {
  const n = orders[0]!.length;
  let best: Split | undefined;
  let least = total ** 2 / (n + PENALTY) + 1e-12;
  for (const [feature, order] of orders.entries()) {
    let sum = 0;
    for (let count = 1; count <= n - settings.leaf; count++) {
      sum += left[order[count - 1]!]!;
      const [value, next] = [inputs[order[count - 1]!]![feature]!, inputs[order[count]!]![feature]!];
      if (count < settings.leaf || value === next) continue;
      const gain = sum ** 2 / (count + PENALTY) + (total - sum) ** 2 / (n - count + PENALTY);
      if (gain <= least) continue;
      least = gain;
      best = { feature, limit: value + (next - value) / 2 };
    }
  }
  return best;
}
