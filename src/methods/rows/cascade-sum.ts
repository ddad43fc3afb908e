/** Levels of partial sums. */
const LEVELS = 4;

/** Sums kept beside each other, each over every fourth group of lanes. */
const STRANDS = 4;

/** Lanes of a group. */
const LANES = 8;

/** Least power of two of additions after which a level is handed up. */
const LEAST_STEP = 4;

const { fround } = Math;

/**
 * Adds up float32 numbers in float32, in the order in which torch adds up rows on processors of any vector width from 8
 * on: four groups of eight lanes, each a cascade of four levels.
 *
 * @param halves - the numbers were 16 bits wide: two groups of lanes are then added to each other first.
 * @returns the sum, before any rounding to 16 bits.
 */
export function cascadeSum(values: Float32Array, halves: boolean): number {
  const width = halves ? 2 * LANES : LANES;
  if (values.length < width) return sumLanes(values, 1)[0]!;
  const whole = values.length - (values.length % width);
  const sums = sumLanes(halves ? addHalves(values.subarray(0, whole)) : values.subarray(0, whole), LANES);
  let sum = 0;
  for (let i = whole; i < values.length; i++) sum = fround(sum + values[i]!);
  for (let lane = 0; lane < LANES; lane++) sum = fround(sum + sums[lane]!);
  return sum;
}

/** Adds the second of each two groups of lanes to the first: [n] to [n / 2]. */
function addHalves(values: Float32Array): Float32Array {
  const sums = new Float32Array(values.length / 2);
  for (let i = 0; i < sums.length; i++) {
    const first = i + LANES * Math.floor(i / LANES);
    sums[i] = values[first]! + values[first + LANES]!;
  }
  return sums;
}

/** Sums of each lane: values [groups, lanes], the first `lanes` numbers of the result. */
function sumLanes(values: Float32Array, lanes: number): Float32Array {
  const groups = Math.floor(values.length / lanes);
  const rows = Math.floor(groups / STRANDS);
  const width = STRANDS * lanes;
  const sums = cascade(values, rows, width);
  for (let group = rows * STRANDS; group < groups; group++) {
    for (let lane = 0; lane < lanes; lane++) sums[lane]! += values[group * lanes + lane]!;
  }
  for (let strand = 1; strand < STRANDS; strand++) {
    for (let lane = 0; lane < lanes; lane++) sums[lane]! += sums[strand * lanes + lane]!;
  }
  return sums;
}

/** Sums of columns: values [rows, width]. */
function cascade(values: Float32Array, rows: number, width: number): Float32Array {
  const power = Math.max(LEAST_STEP, Math.floor(Math.ceil(Math.log2(Math.max(1, rows))) / LEVELS));
  const levels = Array.from({ length: LEVELS }, () => new Float32Array(width));
  const [lowest] = levels as [Float32Array];
  for (let row = 0; row < rows; ) {
    for (let column = 0; column < width; column++) lowest[column]! += values[row * width + column]!;
    row++;
    if (row % 2 ** power === 0) handUp(levels, row, power);
  }
  for (const level of levels.slice(1)) addTo(lowest, level);
  return lowest;
}

/** Empties full levels into those above them. */
function handUp(levels: readonly Float32Array[], row: number, power: number): void {
  for (let j = 1; j < LEVELS; j++) {
    addTo(levels[j]!, levels[j - 1]!);
    levels[j - 1]!.fill(0);
    if (Math.floor(row / 2 ** (j * power)) % 2 ** power !== 0) return;
  }
}

function addTo(sums: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}
