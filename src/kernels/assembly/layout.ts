// Where the first bytes of memory go; arrays live after ARENA.

/** [MAX_INPUTS] addresses of the arrays a call combines. */
export const POINTERS: u32 = 0;
/** [MAX_INPUTS] weights. */
export const WEIGHTS: u32 = 4096;
/** [MAX_INPUTS] factors. */
export const FACTORS: u32 = 8192;
/** [MAX_INPUTS][2] vectors, scratch. */
export const TERMS: u32 = 12288;
/** [628] words: the Mersenne Twister's state, and its first four words again. */
export const MERSENNE: u32 = 45056;
/** [2] counters of a band. */
export const PROGRESS: u32 = 47616;
/** Vectors that loops use; see constants.ts. */
export const CONSTANTS: u32 = 47632;
/** [8][256] float32: the values of one-byte types. */
export const TABLES: u32 = 48128;
/** [256][8] 16-bit numbers: of masks; see ranks.ts. */
export const PACKED: u32 = 56320;
/** Vectors of exponential.ts. */
export const EXPONENTIAL: u32 = 60416;
export const ARENA: u32 = 60608;
