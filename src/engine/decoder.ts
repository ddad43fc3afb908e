import type { Kernels } from "../kernels/kernels.ts";
import type { Model } from "../model/model.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { createDecoderWeights } from "./decoder-weights.ts";
import type { RoundLimits } from "./generation-rounds.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import { createHeldWeights, type HeldWeights } from "./held-weights.ts";
import { hopKeys, type WeightKeys, weightKeys } from "./hop-keys.ts";
import type { HopStates } from "./hop-states.ts";
import { createKvCache, type KvCache } from "./kv-cache.ts";
import { isQuantised, type MatrixType } from "./matrix-type.ts";
import type { LongRope } from "./rope.ts";
import type { Runtime } from "./runtime.ts";
import { createScoreHead, type ScoreHead } from "./score-head.ts";
import { shapeKey } from "./shape-key.ts";
import { createTrunk, type Trunk } from "./trunk.ts";

/** A model's graphs and buffers. */
export interface Decoder {
  readonly shape: DecoderShape;
  readonly trunk: Trunk;
  readonly head: ScoreHead;
  readonly cache: KvCache;
  readonly limits: RoundLimits;
  /** Most tokens that are read at a time, padding counted. */
  readonly promptTokens: number;
  /** Longest sequence that may be read in parts: all positions of a longer one turn as its length says. */
  readonly dividableTokens: number;
  /** Longest sequence that may become longer; it is read anew then. */
  readonly growableTokens: number;
  /** Tokens that cost as much as a run, however short: in small models the way into the runtime costs more than the weights. */
  readonly runTokens: number;
  /** Most tokens that are guessed and read along where one sequence is written. */
  readonly guessedTokens: number;
  /** Whether the same graphs and buffers fit a model of the given shape. */
  fits(shape: DecoderShape, matrices: MatrixType): boolean;
  /** Checks that a model has all tensors in the shapes expected. @throws model/tensor_missing, engine/bad_shape */
  check(model: Model): void;
  /** Fills the buffers with a model that was checked. @throws what reading raises */
  load(model: Model, kernels: Kernels): void;
  /** Gives the sessions back. */
  [Symbol.dispose](): void;
}

/** What a decoder may use. */
export interface DecoderLimits {
  readonly threads: number;
  /** For key-value caches and intermediate results; weights come on top. */
  readonly memoryBytes: number;
  /** @default "F32" */
  readonly matrices?: MatrixType;
  /** What other models left, and where this one leaves what it computes of prompts. @default nothing is kept */
  readonly states?: HopStates;
  /** Weights that other models left, and where this one leaves its own. @default all are read, into the same memory */
  readonly held?: HeldWeights;
  /** What decoders that are used no more leave to the next. @default none */
  readonly cacheArrays?: Float32Array[];
}

/** More sequences at a time bring no speed. */
const MAX_SEQUENCES = 256;
/** More tokens at a time bring no speed, and make batches of unequal prompts. */
const MAX_PROMPT_TOKENS = 1024;

/** Logits of scored tokens that are in memory at a time, of which there are two copies; more bring no speed. */
const MAX_HEAD_BYTES = 64 * 2 ** 20;

/** Makes graphs and buffers for models of a shape. */
export function createDecoder(runtime: Runtime, shape: DecoderShape, limits: DecoderLimits): Decoder {
  const { threads, memoryBytes, matrices = "F32", states, held, cacheArrays = [] } = limits;
  let hops: readonly string[] = [];
  let shared = 0;
  let keys: { readonly model: Model; readonly keys: WeightKeys } | undefined;
  const keysOf = (model: Model): WeightKeys => {
    if (keys?.model !== model) keys = { model, keys: weightKeys(model, shape, matrices) };
    return keys.keys;
  };
  const weights =
    held === undefined || isQuantised(matrices)
      ? createDecoderWeights(runtime, shape, matrices)
      : createHeldWeights(runtime, shape, { matrices, held, keysOf });
  const { layers, kvHeads, width, vocabulary, block: settings } = shape;
  const cacheBytes = Math.floor(memoryBytes / 2);
  const headWidth = paddedHeadWidth(shape.headWidth);
  const cache = createKvCache(runtime, { layers, kvHeads, headWidth, memoryBytes: cacheBytes, arrays: cacheArrays });
  const own = { hops: () => hops, shared: () => shared, leastTokens: runTokens(shape) };
  const reuse = states === undefined ? undefined : { states, ...own };
  const trunk = createTrunk({ runtime, shape, weights, cache, threads }, reuse);
  const headBytes = Math.floor(memoryBytes / 4);
  const scoreBytes = Math.min(MAX_HEAD_BYTES, headBytes);
  const head = createScoreHead({ runtime, weights, settings, vocabulary, width, threads, memoryBytes: scoreBytes });
  const cachePositions = Math.floor(cacheBytes / cache.positionBytes);
  const affordable = Math.floor(memoryBytes / 4 / activationBytes(shape));
  return {
    shape,
    trunk,
    head,
    cache,
    limits: {
      sequences: Math.max(1, Math.min(MAX_SEQUENCES, Math.floor(headBytes / (4 * vocabulary)))),
      cachePositions,
      logitRows: Math.max(1, Math.floor(headBytes / (4 * vocabulary))),
    },
    dividableTokens: leastLong(shape, () => true),
    growableTokens: leastLong(shape, (long) => "frequencies" in long),
    promptTokens: Math.max(1, Math.min(MAX_PROMPT_TOKENS, affordable, cachePositions)),
    runTokens: runTokens(shape),
    guessedTokens: guessedTokens(shape),
    fits: (other, type) => type === matrices && shapeKey(other) === shapeKey(shape),
    check: weights.check,
    load(model, kernels) {
      weights.load(model, kernels);
      if (states !== undefined) {
        hops = hopKeys(keysOf(model));
        shared = states.meet(hops);
      }
      keys = undefined;
    },
    [Symbol.dispose]() {
      trunk[Symbol.dispose]();
      head[Symbol.dispose]();
    },
  };
}

const MAX_GUESSED_TOKENS = 7;

/** Tokens of several experts read the weights of all of these; and where long texts turn differently, nothing may be read that is not sure to stay. */
function guessedTokens({ experts, ropes }: DecoderShape): number {
  return experts === undefined && ropes.every(({ long }) => long === undefined) ? MAX_GUESSED_TOKENS : 0;
}

/** Length up to which a sequence turns as short ones do, as far as the chosen rotations go. */
function leastLong({ ropes }: DecoderShape, isMeant: (long: LongRope) => boolean): number {
  const lengths = ropes.flatMap(({ long }) => (long !== undefined && isMeant(long) ? [long.beyond] : []));
  return Math.min(...lengths, Number.POSITIVE_INFINITY);
}

/** Bytes that one token's intermediate results take at most: those of one layer, all alive at a time. */
export function activationBytes(shape: DecoderShape): number {
  const { width: C, heads: H, kvHeads: K, headWidth, feedForward, experts, block } = shape;
  const Q = (H + 2 * K) * paddedHeadWidth(headWidth);
  const F = feedForward + (experts === undefined ? 0 : experts.perToken * experts.feedForward + experts.count);
  const biases = block.positions.endsWith("alibi") ? H * MAX_PROMPT_TOKENS : 0;
  return 4 * (4 * C + 3 * Q + 3 * F + biases);
}

/** Multiplications that take as long as a layer's way into the runtime: about 0.1 ms. */
const RUN_PRODUCTS = 5e6;
const RUN_TOKENS = { least: 12, most: 40 } as const;

function runTokens({ width: C, heads, kvHeads, headWidth, feedForward }: DecoderShape): number {
  const products = C * (2 * (heads + kvHeads) * headWidth + 3 * feedForward);
  return Math.min(RUN_TOKENS.most, RUN_TOKENS.least + Math.round(RUN_PRODUCTS / products));
}
