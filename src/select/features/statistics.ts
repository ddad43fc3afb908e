/** The q-quantile of a sample, interpolated between neighbours; NaN of nothing. @param q - in [0, 1] */
export function quantile(sample: readonly number[], q: number): number {
  if (sample.length === 0) return Number.NaN;
  const sorted = sample.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const next = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return sorted[low]! + (at - low) * (next - sorted[low]!);
}

/** The arithmetic mean; NaN of nothing. */
export function meanOf(sample: readonly number[]): number {
  return sample.reduce((sum, value) => sum + value, 0) / sample.length;
}

/** The standard deviation of a whole population; NaN of nothing. */
export function deviation(sample: readonly number[]): number {
  const mean = meanOf(sample);
  return Math.sqrt(meanOf(sample.map((value) => (value - mean) ** 2)));
}

/** Pearson's correlation; NaN where one side does not vary. */
export function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [meanOf(x), meanOf(y)];
  const xy = meanOf(x.map((value, i) => (value - mx) * (y[i]! - my)));
  return xy / (deviation(x) * deviation(y));
}
