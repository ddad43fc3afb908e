/** Names for models that are merged from others: plain data, so that a score can be kept under what it is the score of. */

/** A model of the zoo, a merge of two trees by an operator, or the plain mean of several models. */
export type MergeTree =
  | string
  | { readonly operator: string; readonly parents: readonly [MergeTree, MergeTree] }
  | { readonly mean: readonly string[] };

/** Writes a tree on one line: `ties(math-en,slerp(ja,code))`, `mean(code,ja,math-en)`. Equal trees have equal names. */
export function treeName(tree: MergeTree): string {
  if (typeof tree === "string") return tree;
  if ("mean" in tree) return `mean(${tree.mean.toSorted().join(",")})`;
  return `${tree.operator}(${tree.parents.map(treeName).join(",")})`;
}
