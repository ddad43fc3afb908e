/** The same memory as bit patterns, which survive where numbers that are NaN would not. */
export function patternsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Makes an entry zero, of the sign it had. */
export function dropEntry(patterns: Uint32Array, index: number): void {
  patterns[index] = patterns[index]! & 0x80000000;
}
