/** Levels of partial sums. */
export const CASCADE_LEVELS = 4;

/** Sums kept beside each other, each over every fourth group of lanes. */
const STRANDS = 4;

/** Lanes of a group. */
export const CASCADE_LANES = 8;

/** Numbers of a row of all strands. */
export const CASCADE_WIDTH = STRANDS * CASCADE_LANES;

/** Least power of two of additions after which a level is handed up. */
const LEAST_STEP = 4;

const { fround } = Math;

/** How numbers are added up in columns; its twins are in WebAssembly and plain TypeScript. */
export interface Cascade {
  /**
   * Adds up columns in levels of sums, a level being handed up after 2^power additions.
   *
   * @param values - [rows][CASCADE_WIDTH], or twice as many `halves`: the second of each two groups of lanes is then
   * added to the first.
   * @returns [CASCADE_WIDTH] sums in float32; good until the next call.
   */
  cascade(values: Float32Array, rows: number, power: number, halves: boolean): Float32Array;
}

/**
 * Adds up float32 numbers in float32, in the order in which torch adds up rows on processors of any vector width from 8
 * on: four groups of eight lanes, each a cascade of four levels.
 *
 * @param halves - the numbers were 16 bits wide: two groups of lanes are then added to each other first.
 * @returns the sum, before any rounding to 16 bits.
 */
export function cascadeSum(steps: Cascade, values: Float32Array, halves: boolean): number {
  const unit = halves ? 2 * CASCADE_LANES : CASCADE_LANES;
  if (values.length < unit) return sumFew(values);
  const groups = Math.floor(values.length / unit);
  const rows = Math.floor(groups / STRANDS);
  const sums = steps.cascade(values.subarray(0, rows * STRANDS * unit), rows, stepOf(rows), halves);
  for (let group = rows * STRANDS; group < groups; group++) {
    for (let lane = 0; lane < CASCADE_LANES; lane++) {
      const at = group * unit + lane;
      sums[lane]! += halves ? fround(values[at]! + values[at + CASCADE_LANES]!) : values[at]!;
    }
  }
  for (let i = CASCADE_LANES; i < CASCADE_WIDTH; i++) sums[i % CASCADE_LANES]! += sums[i]!;
  let sum = 0;
  for (let i = groups * unit; i < values.length; i++) sum = fround(sum + values[i]!);
  for (let lane = 0; lane < CASCADE_LANES; lane++) sum = fround(sum + sums[lane]!);
  return sum;
}

/** Log2 of the additions of a level. */
function stepOf(rows: number): number {
  return Math.max(LEAST_STEP, Math.floor(Math.ceil(Math.log2(Math.max(1, rows))) / CASCADE_LEVELS));
}

/** The same for less than a group: each strand has a lane of its own. */
function sumFew(values: Float32Array): number {
  const rows = Math.floor(values.length / STRANDS);
  const sums = new Float32Array(STRANDS);
  for (let i = 0; i < rows * STRANDS; i++) sums[i % STRANDS]! += values[i]!;
  for (let i = rows * STRANDS; i < values.length; i++) sums[0]! += values[i]!;
  return sums.reduce((sum, own) => fround(sum + own));
}
