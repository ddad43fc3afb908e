/**
 * Finds the largest of some values, the first one of equals.
 *
 * @param values - read from `start` to `end`, at least one.
 * @returns its index, counted from `start`; −1 if any value is not a number.
 */
export function argmax(values: Float32Array, start: number, end: number): number {
  let best = start;
  let largest = values[start]!;
  if (Number.isNaN(largest)) return -1;
  for (let i = start + 1; i < end; ) {
    // Hardly any value exceeds those before it: four at a time are passed over twice as fast. Comparing with what is not a number fails.
    if (
      i + 4 <= end &&
      values[i]! <= largest &&
      values[i + 1]! <= largest &&
      values[i + 2]! <= largest &&
      values[i + 3]! <= largest
    ) {
      i += 4;
      continue;
    }
    const value = values[i]!;
    if (Number.isNaN(value)) return -1;
    if (value > largest) {
      largest = value;
      best = i;
    }
    i++;
  }
  return best - start;
}
