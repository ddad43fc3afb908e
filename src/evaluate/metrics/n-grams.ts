/** How often each run of `order` neighbours occurs; runs are joined, which tells them apart as tokens hold no newline. */
export function countNGrams(tokens: readonly string[], order: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= tokens.length; start++) {
    const run = tokens.slice(start, start + order).join("\n");
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

/** How many of the runs occur in the other text too, each at most as often as there. */
export function countMatches(counts: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let matches = 0;
  for (const [run, count] of counts) matches += Math.min(count, other.get(run) ?? 0);
  return matches;
}
