/**
 * Attention with linear biases: a product of query and key grows with the key's position, head by head at other speed.
 *
 * @source Press et al. 2022, "Train Short, Test Long", https://arxiv.org/abs/2108.12409
 */

/** Which heads there are, and what becomes of the products. */
export interface AlibiSettings {
  /** H */
  readonly heads: number;
  /** Slopes and their products with positions are rounded to bfloat16. */
  readonly isRounded: boolean;
  /** Factor on the products, after rounding. */
  readonly scale: number;
}

/** Tabulates what positions add. @returns [H, positions] */
export function tabulateAlibi({ heads, isRounded, scale }: AlibiSettings, positions: number): Float32Array {
  const round = isRounded ? toBfloat16 : (value: number): number => value;
  const table = new Float32Array(heads * positions);
  for (const [head, slope] of alibiSlopes(heads).entries()) {
    const own = round(slope);
    for (let position = 0; position < positions; position++)
      table[head * positions + position] = scale * round(own * round(position));
  }
  return table;
}

/** Slopes of each head: powers of one number for the largest power of two of heads, and every other of its root's for the rest. */
export function alibiSlopes(heads: number): readonly number[] {
  const whole = 2 ** Math.floor(Math.log2(heads));
  const base = (count: number): number => 2 ** -(2 ** -(Math.log2(count) - 3));
  const first = Array.from({ length: whole }, (_, i) => base(whole) ** (i + 1));
  const rest = Array.from({ length: heads - whole }, (_, i) => base(2 * whole) ** (2 * i + 1));
  return [...first, ...rest];
}

/** Rounds to the nearest bfloat16, to the even one of two. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(Uint32Array.of(rounded).buffer)[0]!;
}
