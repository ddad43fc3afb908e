/**
 * Returns the indices of values from the smallest to the largest.
 *
 * Equal values keep their order, and NaN ranks last, also in that order.
 */
export function rankValues(values: readonly number[]): number[] {
  const key = (value: number): number => (Number.isNaN(value) ? 1 : 0);
  return [...values.keys()].sort((a, b) => {
    const [va, vb] = [values[a]!, values[b]!];
    return key(va) - key(vb) || (va < vb ? -1 : va > vb ? 1 : 0);
  });
}
