const double = new Float64Array(1);
const pattern = new BigInt64Array(double.buffer);

/**
 * a * b + c of float32, rounded to float32 once.
 *
 * Float64 holds the product exactly. What the sum loses goes into its last bit, so that the second rounding goes the way
 * that the whole sum would have gone (Boldo and Melquiond 2008, "Emulation of FMA and correctly rounded sums").
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const ofC = sum - product;
  const lost = product - (sum - ofC) + (c - ofC);
  if (lost === 0 || Number.isNaN(lost)) return Math.fround(sum);
  double[0] = sum;
  if ((pattern[0]! & 1n) === 0n) pattern[0]! += lost > 0 === sum > 0 ? 1n : -1n;
  return Math.fround(double[0]);
}
