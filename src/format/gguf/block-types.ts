/**
 * How GGUF stores elements: plainly, or in blocks of small integers with shared scales.
 *
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (numbers of the types)
 */

import type { Dtype } from "../../tensor/dtype.ts";
import { decodeQ40, decodeQ41, decodeQ50, decodeQ51, decodeQ80 } from "./plain-blocks.ts";
import { decodeQ2K, decodeQ3K, decodeQ4K, decodeQ5K, decodeQ6K } from "./super-blocks.ts";

/**
 * Computes a block's elements.
 *
 * @param bytes - holds the block at `at`.
 * @param out - written from `to` on.
 */
export type DecodeBlock = (bytes: DataView, at: number, out: Float32Array, to: number) => void;

/** A way of storing elements. */
export interface BlockType {
  readonly name: string;
  /** Elements of a block, which lie in one row; 1 where elements are stored plainly. */
  readonly elements: number;
  readonly bytes: number;
  /** Type in which elements are handed out: their own, or F32 for blocks, which it holds exactly as the formula gives them. */
  readonly dtype: Dtype;
  /** Absent where elements are stored plainly. */
  readonly decode?: DecodeBlock;
}

function plain(name: Dtype, bytes: number): BlockType {
  return { name, elements: 1, bytes, dtype: name };
}

function block(name: string, elements: number, bytes: number, decode: DecodeBlock): BlockType {
  return { name, elements, bytes, dtype: "F32", decode };
}

/** By the type's number. */
export const BLOCK_TYPES: ReadonlyMap<number, BlockType> = new Map([
  [0, plain("F32", 4)],
  [1, plain("F16", 2)],
  [2, block("Q4_0", 32, 18, decodeQ40)],
  [3, block("Q4_1", 32, 20, decodeQ41)],
  [6, block("Q5_0", 32, 22, decodeQ50)],
  [7, block("Q5_1", 32, 24, decodeQ51)],
  [8, block("Q8_0", 32, 34, decodeQ80)],
  [10, block("Q2_K", 256, 84, decodeQ2K)],
  [11, block("Q3_K", 256, 110, decodeQ3K)],
  [12, block("Q4_K", 256, 144, decodeQ4K)],
  [13, block("Q5_K", 256, 176, decodeQ5K)],
  [14, block("Q6_K", 256, 210, decodeQ6K)],
  [24, plain("I8", 1)],
  [25, plain("I16", 2)],
  [26, plain("I32", 4)],
  [27, plain("I64", 8)],
  [28, plain("F64", 8)],
  [30, plain("BF16", 2)],
]);

/** Names of types that are known and not read, for a clear refusal. */
export const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [4, "Q4_2"],
  [5, "Q4_3"],
  [9, "Q8_1"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [17, "IQ2_XS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [20, "IQ4_NL"],
  [21, "IQ3_S"],
  [22, "IQ2_S"],
  [23, "IQ4_XS"],
  [29, "IQ1_M"],
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
]);
