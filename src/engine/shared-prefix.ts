/** Which prompts begin alike, so that their common beginning is read once. */

/** Where a prompt's beginning can be taken from. */
export interface PrefixSource {
  /** Index among the prompts given, or among those read before. */
  readonly from: number;
  /** Tokens that need not be read again; 0 if none. At most one less than the prompt has. */
  readonly tokens: number;
}

/** A reading of prompts one after another, each from where it begins to differ. */
export interface PrefixPlan {
  /** Indices of the prompts in the order of reading. */
  readonly order: readonly number[];
  /** By prompt; `from` counts the known ones first, then the prompts. */
  readonly sources: readonly PrefixSource[];
}

/** Tokens that cost as much as one: a few are read in the time that the weights take to pass. */
const LEAST_COST = 12;
/** How many times cheaper the sharing must be to be worth its copies. */
const LEAST_GAIN = 1.3;
/** Prompts that have fewer tokens in common belong to different families. */
const FAMILY_TOKENS = 12;

/**
 * Plans how to read prompts that begin alike.
 *
 * @param prompts - each of at least one id.
 * @param known - prompts whose keys and values are still there.
 * @param mostShared - how many of a prompt's tokens need not be read, if they are known. @default all but the last
 * @param runTokens - tokens that cost as much as a run of the model, however short. @default 12
 * @returns undefined where reading all of them together, padded to the longest, costs no more.
 * @complexity O(n log n) comparisons of prompts, and one of the known ones with the first.
 */
export function planPrefixes(
  prompts: readonly (readonly number[])[],
  known: readonly (readonly number[])[],
  mostShared: (index: number) => number = (index) => prompts[index]!.length - 1,
  runTokens = LEAST_COST,
): PrefixPlan | undefined {
  const order = [...prompts.keys()].sort((a, b) => compareIds(prompts[a]!, prompts[b]!));
  const sources: PrefixSource[] = new Array(prompts.length);
  let cost = 0;
  for (const [i, index] of order.entries()) {
    const prompt = prompts[index]!;
    const before = order[i - 1];
    const candidates =
      before === undefined
        ? known.map((ids, from) => ({ from, ids }))
        : [{ from: known.length + before, ids: prompts[before]! }];
    sources[index] = longestSource(prompt, mostShared(index), candidates);
    cost += Math.max(runTokens, prompt.length - sources[index].tokens);
  }
  const longest = prompts.reduce((most, { length }) => Math.max(most, length), 0);
  return cost * LEAST_GAIN < longest * prompts.length ? { order, sources } : undefined;
}

/**
 * Puts prompts that begin alike together.
 *
 * @returns indices, in families whose neighbours have some tokens in common.
 */
export function findFamilies(prompts: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const order = [...prompts.keys()].sort((a, b) => compareIds(prompts[a]!, prompts[b]!));
  const families: number[][] = [];
  for (const [i, index] of order.entries()) {
    const before = order[i - 1];
    const isRelated = before !== undefined && commonLength(prompts[before]!, prompts[index]!) >= FAMILY_TOKENS;
    if (isRelated) families.at(-1)!.push(index);
    else families.push([index]);
  }
  return families;
}

function longestSource(
  prompt: readonly number[],
  most: number,
  candidates: readonly { readonly from: number; readonly ids: readonly number[] }[],
): PrefixSource {
  let best: PrefixSource = { from: 0, tokens: 0 };
  for (const { from, ids } of candidates) {
    const tokens = Math.min(commonLength(prompt, ids), most);
    if (tokens > best.tokens) best = { from, tokens };
  }
  return best;
}

/** Counts the ids that two lists have in common at their beginnings. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

/** Orders lists of ids as dictionaries order words. */
export function compareIds(a: readonly number[], b: readonly number[]): number {
  const at = commonLength(a, b);
  return (a[at] ?? -1) - (b[at] ?? -1);
}
