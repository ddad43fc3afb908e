/**
 * Finds the largest of some values, the first one of equals.
 *
 * @param values - read from `start` to `end`, at least one.
 * @returns its index, counted from `start`; −1 if any value is not a number.
 */
export function argmax(values: Float32Array, start: number, end: number): number {
  let best = start;
  let largest = values[start]!;
  let isNumber = !Number.isNaN(largest);
  for (let i = start + 1; i < end; i++) {
    const value = values[i]!;
    if (value > largest) {
      largest = value;
      best = i;
    } else if (Number.isNaN(value)) isNumber = false;
  }
  return isNumber ? best - start : -1;
}
